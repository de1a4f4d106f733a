output "steward_sender" {
  description = "What to give to: steward senders add ISSUER SUBJECT --audience AUDIENCE --name NAME."
  value = {
    issuer   = "https://accounts.google.com"
    subject  = google_service_account.steward.unique_id
    audience = local.audience
    name     = var.name
  }
}
