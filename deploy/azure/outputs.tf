output "steward_sender" {
  description = "What to give to: steward senders add ISSUER SUBJECT --audience AUDIENCE --name NAME."
  value = {
    issuer   = "https://login.microsoftonline.com/${data.azurerm_client_config.current.tenant_id}/v2.0"
    subject  = azuread_service_principal.steward.object_id
    audience = azuread_application.steward.client_id
    name     = var.name
  }
}

output "health" {
  description = "Where the function app says what waits."
  value       = "https://${azurerm_function_app_flex_consumption.steward.default_hostname}/api/health"
}
