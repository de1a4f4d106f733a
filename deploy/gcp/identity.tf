# Two service accounts: one that the functions are, and one that may call them. Neither has a key.

resource "google_service_account" "steward" {
  account_id   = "${var.name}-function"
  display_name = "Steward's functions"
}

resource "google_service_account" "trigger" {
  account_id   = "${var.name}-trigger"
  display_name = "What calls Steward's functions"
}

# Its own id tokens, minted one by one: each delivery needs a fresh one.
resource "google_service_account_iam_member" "mints" {
  service_account_id = google_service_account.steward.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = google_service_account.steward.member
}

resource "google_storage_bucket_iam_member" "costs" {
  count  = var.cost_bucket == null ? 0 : 1
  bucket = var.cost_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.steward.member
}

resource "google_project_iam_member" "receives" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.trigger.member
}

resource "google_cloud_run_service_iam_member" "calls" {
  for_each = local.functions
  location = var.region
  service  = google_cloudfunctions2_function.native[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.trigger.member
}
