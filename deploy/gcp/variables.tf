variable "project" {
  description = "The project that the functions live in, and that they watch."
  type        = string
}

variable "region" {
  description = "The region of the functions, as in europe-west3."
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

variable "cost_bucket" {
  description = "The bucket that cost exports are written to; without one no cost export is forwarded."
  type        = string
  default     = null
}

variable "spool_mb" {
  description = "How many megabytes may wait while the control plane is away."
  type        = number
  default     = 256
}

variable "asset_types" {
  description = "Asset types that the feed tells of, as regular expressions."
  type        = list(string)
  default     = [".*"]
}

variable "labels" {
  description = "Labels for everything that takes some."
  type        = map(string)
  default     = {}
}

variable "audited_methods" {
  description = "The calls that audit triggers tell of, by service: who changed what the asset feed shows."
  type        = map(list(string))
  default = {
    "bigquery.googleapis.com"  = ["google.cloud.bigquery.v2.DatasetService.InsertDataset", "google.cloud.bigquery.v2.DatasetService.DeleteDataset"]
    "cloudsql.googleapis.com"  = ["cloudsql.instances.create", "cloudsql.instances.update", "cloudsql.instances.delete"]
    "compute.googleapis.com"   = ["v1.compute.instances.insert", "v1.compute.instances.delete", "v1.compute.instances.start", "v1.compute.instances.stop", "v1.compute.firewalls.insert", "v1.compute.firewalls.patch", "v1.compute.firewalls.delete", "v1.compute.disks.insert", "v1.compute.disks.delete"]
    "container.googleapis.com" = ["google.container.v1.ClusterManager.CreateCluster", "google.container.v1.ClusterManager.UpdateCluster", "google.container.v1.ClusterManager.DeleteCluster"]
    "iam.googleapis.com"       = ["google.iam.admin.v1.CreateServiceAccount", "google.iam.admin.v1.DeleteServiceAccount", "google.iam.admin.v1.CreateServiceAccountKey"]
    "storage.googleapis.com"   = ["storage.buckets.create", "storage.buckets.update", "storage.buckets.delete", "storage.setIamPermissions"]
  }
}
