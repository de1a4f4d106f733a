variable "subscription_id" {
  description = "The subscription that the function app lives in, and that it watches."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "subscription_id: use the subscription's id, a UUID in lower case."
  }
}

variable "location" {
  description = "The region of the function app, as in westeurope."
  type        = string
}

variable "name" {
  description = "What everything is named after: 3 to 16 lower-case letters and digits."
  type        = string
  default     = "steward"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,15}$", var.name))
    error_message = "name: use 3 to 16 lower-case letters and digits, a letter first."
  }
}

variable "steward_url" {
  description = "The control plane's address, as in https://steward.example.com."
  type        = string

  validation {
    condition     = startswith(var.steward_url, "https://")
    error_message = "steward_url: use https."
  }
}

variable "steward_tenant" {
  description = "Your tenant at Steward."
  type        = string
}

variable "bundle" {
  description = "The folder that scripts/bundle_native.py made."
  type        = string
}

variable "cost_storage_account_id" {
  description = "The storage account that cost exports are written to; without one no cost export is forwarded."
  type        = string
  default     = null
}

variable "cost_container" {
  description = "The container of the cost exports."
  type        = string
  default     = "costs"
}

variable "spool_mb" {
  description = "How many megabytes may wait while the control plane is away."
  type        = number
  default     = 256
}

variable "tags" {
  description = "Tags for everything that takes some."
  type        = map(string)
  default     = {}
}
