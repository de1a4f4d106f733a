# Eventarc's audit triggers name one service and one method each; a pattern stands for the methods of a service
# whose names end alike. Reading methods are in no trigger.
locals {
  audited = merge([
    for service, methods in var.audited_methods : {
      for method in methods : lower(replace("${split(".", service)[0]}-${method}", "/[^a-zA-Z0-9]+/", "-")) => {
        service = service
        method  = method
      }
    }
  ]...)
}

resource "google_eventarc_trigger" "audit" {
  for_each        = local.audited
  name            = substr("${var.name}-${each.key}", 0, 63)
  location        = "global"
  service_account = google_service_account.trigger.email
  labels          = var.labels

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.audit.log.v1.written"
  }

  matching_criteria {
    attribute = "serviceName"
    value     = each.value.service
  }

  matching_criteria {
    attribute = "methodName"
    value     = each.value.method
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.native["audit"].name
      region  = var.region
    }
  }
}

resource "google_pubsub_topic" "assets" {
  # checkov:skip=CKV_GCP_83:Carries descriptions of resources for seven days, encrypted with the platform's keys.
  name                       = "${var.name}-assets"
  labels                     = var.labels
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic_iam_member" "feed" {
  topic  = google_pubsub_topic.assets.id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-${data.google_project.watched.number}@gcp-sa-cloudasset.iam.gserviceaccount.com"
}

resource "google_cloud_asset_project_feed" "resources" {
  project      = var.project
  feed_id      = "${var.name}-resources"
  content_type = "RESOURCE"
  asset_types  = var.asset_types

  feed_output_config {
    pubsub_destination {
      topic = google_pubsub_topic.assets.id
    }
  }

  depends_on = [google_pubsub_topic_iam_member.feed]
}

# A feed tells of one kind of content alone.
resource "google_cloud_asset_project_feed" "policies" {
  project      = var.project
  feed_id      = "${var.name}-policies"
  content_type = "IAM_POLICY"
  asset_types  = var.asset_types

  feed_output_config {
    pubsub_destination {
      topic = google_pubsub_topic.assets.id
    }
  }

  depends_on = [google_pubsub_topic_iam_member.feed]
}
