resource "azurerm_eventgrid_system_topic" "subscription" {
  name                = "${var.name}-resources"
  location            = "Global"
  resource_group_name = azurerm_resource_group.steward.name
  source_resource_id  = data.azurerm_subscription.watched.id
  topic_type          = "Microsoft.Resources.Subscriptions"
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_eventgrid_system_topic_event_subscription" "resources" {
  name                  = "${var.name}-resources"
  system_topic          = azurerm_eventgrid_system_topic.subscription.name
  resource_group_name   = azurerm_resource_group.steward.name
  event_delivery_schema = "CloudEventSchemaV1_0"
  included_event_types = [
    "Microsoft.Resources.ResourceWriteSuccess",
    "Microsoft.Resources.ResourceDeleteSuccess",
    "Microsoft.Resources.ResourceActionSuccess",
  ]

  azure_function_endpoint {
    function_id                       = "${azurerm_function_app_flex_consumption.steward.id}/functions/resource_event"
    max_events_per_batch              = 1
    preferred_batch_size_in_kilobytes = 64
  }

  retry_policy {
    max_delivery_attempts = 30
    event_time_to_live    = 1440
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = azurerm_storage_account.code.id
    storage_blob_container_name = azurerm_storage_container.dead.name
  }
}

resource "azurerm_storage_container" "dead" {
  # checkov:skip=CKV2_AZURE_21:Holds names of resources and no data; who may read it is in the roles.
  name                  = "dead-letters"
  storage_account_id    = azurerm_storage_account.code.id
  container_access_type = "private"
}

resource "azurerm_eventgrid_system_topic" "costs" {
  count               = var.cost_storage_account_id == null ? 0 : 1
  name                = "${var.name}-costs"
  location            = var.location
  resource_group_name = azurerm_resource_group.steward.name
  source_resource_id  = var.cost_storage_account_id
  topic_type          = "Microsoft.Storage.StorageAccounts"
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_eventgrid_system_topic_event_subscription" "costs" {
  count                 = var.cost_storage_account_id == null ? 0 : 1
  name                  = "${var.name}-costs"
  system_topic          = azurerm_eventgrid_system_topic.costs[0].name
  resource_group_name   = azurerm_resource_group.steward.name
  event_delivery_schema = "CloudEventSchemaV1_0"
  included_event_types  = ["Microsoft.Storage.BlobCreated"]

  subject_filter {
    subject_begins_with = "/blobServices/default/containers/${var.cost_container}/"
  }

  azure_function_endpoint {
    function_id                       = "${azurerm_function_app_flex_consumption.steward.id}/functions/cost_export"
    max_events_per_batch              = 1
    preferred_batch_size_in_kilobytes = 64
  }

  retry_policy {
    max_delivery_attempts = 30
    event_time_to_live    = 1440
  }

  storage_blob_dead_letter_destination {
    storage_account_id          = azurerm_storage_account.code.id
    storage_blob_container_name = azurerm_storage_container.dead.name
  }
}
