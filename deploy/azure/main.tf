provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true
  features {}
}

data "azurerm_client_config" "current" {}

data "azurerm_subscription" "watched" {
  subscription_id = var.subscription_id
}

resource "azurerm_resource_group" "steward" {
  name     = var.name
  location = var.location
  tags     = var.tags
}

resource "random_string" "suffix" {
  length  = 8
  special = false
  upper   = false
}

resource "azurerm_storage_account" "code" {
  # checkov:skip=CKV_AZURE_59:A function without a network of its own reaches its code by the public endpoint; no container is public, keys are off.
  # checkov:skip=CKV_AZURE_206:Kept in three zones; what it holds is code that can be put there again, and undelivered events.
  # checkov:skip=CKV_AZURE_33:The account has no queues.
  # checkov:skip=CKV2_AZURE_33:A private endpoint needs a network that costs money while nothing happens.
  # checkov:skip=CKV2_AZURE_1:Holds code and undelivered events, encrypted with the platform's keys.
  name                            = "${var.name}${random_string.suffix.result}"
  resource_group_name             = azurerm_resource_group.steward.name
  location                        = azurerm_resource_group.steward.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  default_to_oauth_authentication = true
  tags                            = var.tags

  blob_properties {
    delete_retention_policy {
      days = 7
    }
  }
}

resource "azurerm_storage_container" "code" {
  # checkov:skip=CKV2_AZURE_21:Holds nothing but the code of the functions.
  name                  = "code"
  storage_account_id    = azurerm_storage_account.code.id
  container_access_type = "private"
}

resource "azurerm_log_analytics_workspace" "steward" {
  name                = var.name
  location            = azurerm_resource_group.steward.location
  resource_group_name = azurerm_resource_group.steward.name
  sku                 = "PerGB2018"
  retention_in_days   = 30
  tags                = var.tags
}

resource "azurerm_application_insights" "steward" {
  name                = var.name
  location            = azurerm_resource_group.steward.location
  resource_group_name = azurerm_resource_group.steward.name
  workspace_id        = azurerm_log_analytics_workspace.steward.id
  application_type    = "other"
  tags                = var.tags
}

resource "azurerm_service_plan" "steward" {
  # checkov:skip=CKV_AZURE_212:Runs no instance while nothing happens.
  # checkov:skip=CKV_AZURE_225:A plan by consumption; Event Grid keeps and repeats what could not be delivered.
  name                = var.name
  location            = azurerm_resource_group.steward.location
  resource_group_name = azurerm_resource_group.steward.name
  os_type             = "Linux"
  sku_name            = "FC1"
  tags                = var.tags
}

data "archive_file" "bundle" {
  type        = "zip"
  source_dir  = var.bundle
  output_path = "${path.module}/.bundle.zip"
}

resource "azurerm_function_app_flex_consumption" "steward" {
  name                              = "${var.name}-${random_string.suffix.result}"
  location                          = azurerm_resource_group.steward.location
  resource_group_name               = azurerm_resource_group.steward.name
  service_plan_id                   = azurerm_service_plan.steward.id
  storage_container_type            = "blobContainer"
  storage_container_endpoint        = "${azurerm_storage_account.code.primary_blob_endpoint}${azurerm_storage_container.code.name}"
  storage_authentication_type       = "UserAssignedIdentity"
  storage_user_assigned_identity_id = azurerm_user_assigned_identity.function.id
  runtime_name                      = "python"
  runtime_version                   = "3.12"
  # What waits keeps its order on one instance's disk.
  maximum_instance_count = 40
  instance_memory_in_mb  = 2048
  https_only             = true
  zip_deploy_file        = data.archive_file.bundle.output_path
  tags                   = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.function.id]
  }

  site_config {
    application_insights_connection_string = azurerm_application_insights.steward.connection_string
    minimum_tls_version                    = "1.2"
    http2_enabled                          = true
  }

  app_settings = {
    AzureWebJobsStorage__accountName = azurerm_storage_account.code.name
    AzureWebJobsStorage__clientId    = azurerm_user_assigned_identity.function.client_id
    AzureWebJobsStorage__credential  = "managedidentity"
    STEWARD_APPLICATION_ID           = azuread_application.steward.client_id
    STEWARD_AUDIENCE                 = azuread_application_identifier_uri.steward.identifier_uri
    STEWARD_DIRECTORY_ID             = data.azurerm_client_config.current.tenant_id
    STEWARD_IDENTITY_CLIENT_ID       = azurerm_user_assigned_identity.function.client_id
    STEWARD_SPOOL_MB                 = tostring(var.spool_mb)
    STEWARD_TENANT                   = var.steward_tenant
    STEWARD_URL                      = var.steward_url
  }

  depends_on = [azurerm_role_assignment.code]
}
