"""Resources of plans, and what a month of each uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

H = "730"
TERRAFORM: dict[str, tuple[Mapping[str, Any], dict[str, str]]] = {
    "aws_instance": (
        {
            "instance_type": "m5.large",
            "root_block_device": [{"volume_size": 50, "volume_type": "gp3"}],
        },
        {"BoxUsage:m5.large": H, "EBS:VolumeUsage.gp3": "50"},
    ),
    "aws_ebs_volume": (
        {"size": 100, "type": "gp3", "iops": 4000, "throughput": 253},
        {
            "EBS:VolumeUsage.gp3": "100",
            "EBS:VolumeP-IOPS.gp3": "1000",
            "EBS:VolumeP-Throughput.gp3": "0.125",
        },
    ),
    "aws_db_instance": (
        {
            "instance_class": "db.m5.large",
            "engine": "postgres",
            "multi_az": True,
            "allocated_storage": 100,
            "storage_type": "gp3",
        },
        {
            "Multi-AZUsage:db.m5.large/CreateDBInstance:0014": H,
            "RDS:Multi-AZ-GP3-Storage": "100",
        },
    ),
    "aws_rds_cluster_instance": (
        {"instance_class": "db.r5.large", "engine": "aurora-postgresql"},
        {"InstanceUsage:db.r5.large/CreateDBInstance:0021": H},
    ),
    "aws_elasticache_cluster": (
        {"node_type": "cache.m5.large", "num_cache_nodes": 2},
        {"NodeUsage:cache.m5.large": "1460"},
    ),
    "aws_elasticache_replication_group": (
        {"node_type": "cache.r5.large", "num_node_groups": 2, "replicas_per_node_group": 1},
        {"NodeUsage:cache.r5.large": "2920"},
    ),
    "aws_nat_gateway": ({}, {"NatGateway-Hours": H, "NatGateway-Bytes": "100"}),
    "aws_lb": ({}, {"LoadBalancerUsage": H, "LCUUsage": H}),
    "aws_eip": ({}, {"PublicIPv4:InUseAddress": H}),
    "aws_lambda_function": (
        {"memory_size": 512, "architectures": ["arm64"]},
        {"Lambda-GB-Second-ARM": "100000", "lambda/Request-ARM": "1000000"},
    ),
    "aws_dynamodb_table": (
        {"billing_mode": "PROVISIONED", "read_capacity": 10, "write_capacity": 5},
        {
            "ReadCapacityUnit-Hrs": "7300",
            "WriteCapacityUnit-Hrs": "3650",
            "dynamodb/TimedStorage-ByteHrs": "10",
        },
    ),
    "aws_s3_bucket": (
        {},
        {
            "s3/TimedStorage-ByteHrs": "100",
            "Requests-Tier1": "10000",
            "Requests-Tier2": "100000",
        },
    ),
    "aws_cloudwatch_log_group": ({}, {"DataProcessing-Bytes": "10"}),
    "aws_efs_file_system": ({}, {"efs/TimedStorage-ByteHrs": "100"}),
    "aws_opensearch_domain": (
        {
            "cluster_config": [{"instance_type": "m5.large.search", "instance_count": 3}],
            "ebs_options": [{"ebs_enabled": True, "volume_size": 20, "volume_type": "gp3"}],
        },
        {"ESInstance:m5.large": "2190", "ES:GP3-Storage": "60"},
    ),
    "aws_redshift_cluster": (
        {"node_type": "ra3.xlplus", "number_of_nodes": 2},
        {"Node:ra3.xlplus": "1460"},
    ),
    "aws_kinesis_stream": ({"shard_count": 4}, {"Storage-ShardHour": "2920"}),
    "aws_vpc_endpoint": (
        {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]},
        {"VpcEndpoint-Hours": "1460"},
    ),
    "aws_eks_node_group": (
        {"instance_types": ["m5.large"], "scaling_config": [{"desired_size": 3}]},
        {"BoxUsage:m5.large": "2190", "EBS:VolumeUsage.gp2": "60"},
    ),
    "aws_sagemaker_notebook_instance": (
        {"instance_type": "ml.t3.medium"},
        {"Notebk:ml.t3.medium": H},
    ),
    "aws_eks_cluster": ({}, {"AmazonEKS-Hours:perCluster": H}),
    "aws_kms_key": ({}, {"KMS-Keys": "1"}),
    "aws_secretsmanager_secret": ({}, {"AWSSecretsManager-Secrets": "1"}),
    "aws_route53_zone": ({}, {"HostedZone": "1"}),
    "azurerm_linux_virtual_machine": (
        {
            "size": "Standard_D2s_v5",
            "os_disk": [{"storage_account_type": "Premium_LRS", "disk_size_gb": 100}],
        },
        {"vm/Standard_D2s_v5": H, "P10 LRS Disk": "1"},
    ),
    "azurerm_windows_virtual_machine": (
        {
            "size": "Standard_D2s_v5",
            "os_disk": [{"storage_account_type": "StandardSSD_LRS", "disk_size_gb": 128}],
        },
        {"vm/Standard_D2s_v5/windows": H, "E10 LRS Disk": "1"},
    ),
    "azurerm_managed_disk": (
        {"storage_account_type": "Standard_LRS", "disk_size_gb": 10},
        {"S4 LRS Disk": "1"},
    ),
    "azurerm_public_ip": (
        {"sku": "Standard", "allocation_method": "Static"},
        {"Standard IPv4 Static Public IP": H},
    ),
    "azurerm_nat_gateway": ({}, {"Standard Gateway": H, "Standard Data Processed": "100"}),
    "azurerm_kubernetes_cluster": (
        {
            "sku_tier": "Standard",
            "default_node_pool": [{"vm_size": "Standard_D4s_v5", "node_count": 3}],
        },
        {"Standard Uptime SLA": H, "vm/Standard_D4s_v5": "2190"},
    ),
    "azurerm_kubernetes_cluster_node_pool": (
        {"vm_size": "Standard_D4s_v5", "node_count": 2},
        {"vm/Standard_D4s_v5": "1460"},
    ),
    "azurerm_service_plan": (
        {"sku_name": "P1v3", "worker_count": 2},
        {"P1 v3 App": "1460"},
    ),
    "azurerm_storage_account": (
        {"account_replication_type": "LRS"},
        {"Hot LRS Data Stored": "100"},
    ),
    "google_compute_instance": (
        {
            "machine_type": "n2-standard-4",
            "zone": "europe-west1-b",
            "boot_disk": [{"initialize_params": [{"size": 50, "type": "pd-ssd"}]}],
        },
        {
            "N2 Instance Core": "2920",
            "N2 Instance Ram": "11680",
            "SSD backed PD Capacity": "50",
        },
    ),
    "google_compute_disk": (
        {"size": 200, "type": "pd-balanced", "zone": "europe-west1-b"},
        {"Balanced PD Capacity": "200"},
    ),
    "google_compute_address": ({"region": "europe-west1"}, {"Static Ip Charge": H}),
    "google_sql_database_instance": (
        {
            "database_version": "POSTGRES_16",
            "region": "europe-west1",
            "settings": [
                {
                    "tier": "db-custom-2-8192",
                    "availability_type": "REGIONAL",
                    "disk_size": 20,
                }
            ],
        },
        {
            "Cloud SQL for PostgreSQL: Regional - vCPU": "1460",
            "Cloud SQL for PostgreSQL: Regional - RAM": "5840",
            "Cloud SQL for PostgreSQL: Regional - Standard storage": "20",
        },
    ),
    "google_container_cluster": (
        {"location": "europe-west1"},
        {"Regional Kubernetes Clusters": H},
    ),
    "google_container_node_pool": (
        {
            "location": "europe-west1",
            "node_count": 2,
            "node_config": [{"machine_type": "e2-standard-2", "disk_size_gb": 50}],
        },
        {
            "E2 Instance Core": "2920",
            "E2 Instance Ram": "11680",
            "Balanced PD Capacity": "100",
        },
    ),
    "google_storage_bucket": ({"location": "EU"}, {"Standard Storage": "100"}),
}
"""By type what is declared, and the quantity of each meter."""
PLACES: Mapping[str, Mapping[str, Any]] = {
    "azurerm": {"location": "West Europe"},
    "google": {"zone": "europe-west1-b"},
    "aws": {},
}


def change(
    type_: str,
    after: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None = None,
    *,
    unknown: Mapping[str, Any] | None = None,
    actions: tuple[str, ...] | None = None,
    name: str = "one",
) -> dict[str, Any]:
    """One resource of a plan."""
    done = ("update",) if after and before else ("create",) if after else ("delete",)
    place = PLACES[type_.partition("_")[0]]
    sides = {
        side: None if has is None else {**place, **has}
        for side, has in (("before", before), ("after", after))
    }
    return {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "change": {"actions": list(actions or done), **sides, "after_unknown": unknown or {}},
    }


def plan(*changes: dict[str, Any], region: str | None = "eu-west-1") -> dict[str, Any]:
    """A plan of these changes."""
    found: dict[str, Any] = {"format_version": "1.2", "resource_changes": list(changes)}
    if region is not None:
        said = {"expressions": {"region": {"references": ["var.region"]}}}
        found["configuration"] = {"provider_config": {"aws": said}}
        found["variables"] = {"region": {"value": region}}
    return found
