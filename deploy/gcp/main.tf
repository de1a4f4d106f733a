provider "google" {
  project = var.project
  region  = var.region
}

locals {
  audience = "${var.steward_url}/intake/${var.steward_tenant}"
  environment = {
    STEWARD_AUDIENCE        = local.audience
    STEWARD_PROJECT         = var.project
    STEWARD_PROJECTS        = "${data.google_project.watched.number}=${var.project}"
    STEWARD_SERVICE_ACCOUNT = google_service_account.steward.email
    STEWARD_SPOOL_MB        = tostring(var.spool_mb)
    STEWARD_TENANT          = var.steward_tenant
    STEWARD_URL             = var.steward_url
  }
  # Each function, and what triggers it.
  functions = merge(
    {
      audit = {
        event_type = "google.cloud.audit.log.v1.written"
        topic      = null
        filters    = {}
      }
      asset = {
        event_type = "google.cloud.pubsub.topic.v1.messagePublished"
        topic      = google_pubsub_topic.assets.id
        filters    = {}
      }
    },
    var.cost_bucket == null ? {} : {
      export = {
        event_type = "google.cloud.storage.object.v1.finalized"
        topic      = null
        filters    = { bucket = var.cost_bucket }
      }
    },
  )
}

data "google_project" "watched" {
  project_id = var.project
}

resource "google_project_service" "needed" {
  for_each = toset([
    "cloudasset.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "eventarc.googleapis.com",
    "iamcredentials.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
  ])
  service            = each.value
  disable_on_destroy = false
}

resource "google_storage_bucket" "code" {
  # checkov:skip=CKV_GCP_62:Holds nothing but the code of the functions; the audit log says who wrote it.
  name                        = "${var.project}-${var.name}-code"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = var.labels

  versioning {
    enabled = true
  }
}

data "archive_file" "bundle" {
  type        = "zip"
  source_dir  = var.bundle
  output_path = "${path.module}/.bundle.zip"
}

resource "google_storage_bucket_object" "code" {
  name   = "steward-${data.archive_file.bundle.output_sha256}.zip"
  bucket = google_storage_bucket.code.name
  source = data.archive_file.bundle.output_path
}

resource "google_cloudfunctions2_function" "native" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"
  location = var.region
  labels   = var.labels

  build_config {
    runtime     = "python312"
    entry_point = each.key

    source {
      storage_source {
        bucket = google_storage_bucket.code.name
        object = google_storage_bucket_object.code.name
      }
    }
  }

  service_config {
    available_memory                 = "512M"
    timeout_seconds                  = 120
    max_instance_count               = 10
    max_instance_request_concurrency = 1
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    service_account_email            = google_service_account.steward.email
    environment_variables            = local.environment
  }

  dynamic "event_trigger" {
    for_each = each.key == "audit" ? [] : [each.value]
    content {
      event_type            = event_trigger.value.event_type
      pubsub_topic          = event_trigger.value.topic
      trigger_region        = var.region
      retry_policy          = "RETRY_POLICY_RETRY"
      service_account_email = google_service_account.trigger.email

      dynamic "event_filters" {
        for_each = event_trigger.value.filters
        content {
          attribute = event_filters.key
          value     = event_filters.value
        }
      }
    }
  }

  depends_on = [google_project_service.needed]
}
