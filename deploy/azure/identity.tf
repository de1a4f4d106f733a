# The function's managed identity reads the subscription, and vouches for the application whose tokens the
# control plane takes: a managed identity's own come from a cache, and each delivery needs a fresh one.

resource "azurerm_user_assigned_identity" "function" {
  name                = "${var.name}-function"
  location            = azurerm_resource_group.steward.location
  resource_group_name = azurerm_resource_group.steward.name
  tags                = var.tags
}

resource "azuread_application" "steward" {
  display_name     = "${var.name}-delivery"
  sign_in_audience = "AzureADMyOrg"

  api {
    requested_access_token_version = 2
  }
}

resource "azuread_application_identifier_uri" "steward" {
  application_id = azuread_application.steward.id
  identifier_uri = "api://${azuread_application.steward.client_id}"
}

resource "azuread_service_principal" "steward" {
  client_id = azuread_application.steward.client_id
}

resource "azuread_application_federated_identity_credential" "function" {
  # checkov:skip=CKV_AZURE_249:The trusted issuer is this directory, and the subject one managed identity; no pipeline is trusted.
  application_id = azuread_application.steward.id
  display_name   = "${var.name}-function"
  description    = "The function app's managed identity speaks for this application."
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://login.microsoftonline.com/${data.azurerm_client_config.current.tenant_id}/v2.0"
  subject        = azurerm_user_assigned_identity.function.principal_id
}

# What the events do not say is read: resources and their changes, and nothing that is a secret.
resource "azurerm_role_definition" "reader" {
  name        = "${var.name}-change-reader"
  scope       = data.azurerm_subscription.watched.id
  description = "Reads resources and their changes for Steward; no data, no keys."

  permissions {
    actions = [
      "*/read",
      "Microsoft.ResourceGraph/resources/read",
    ]
    not_actions = [
      "Microsoft.KeyVault/vaults/secrets/read",
    ]
  }

  assignable_scopes = [data.azurerm_subscription.watched.id]
}

resource "azurerm_role_assignment" "reader" {
  scope              = data.azurerm_subscription.watched.id
  role_definition_id = azurerm_role_definition.reader.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.function.principal_id
}

resource "azurerm_role_assignment" "code" {
  scope                = azurerm_storage_account.code.id
  role_definition_name = "Storage Blob Data Owner"
  principal_id         = azurerm_user_assigned_identity.function.principal_id
}

resource "azurerm_role_assignment" "costs" {
  count                = var.cost_storage_account_id == null ? 0 : 1
  scope                = var.cost_storage_account_id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.function.principal_id
}
