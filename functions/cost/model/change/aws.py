"""What resources of AWS use, by Terraform's names of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from functions.cost.model.change.asking import HOURS, Ask, NotDeclared

# Source: AWS Price List, AmazonRDS: the attribute `operation` of each product beside its `databaseEngine`.
_ENGINES: Final = {
    "mysql": "CreateDBInstance:0002",
    "postgres": "CreateDBInstance:0014",
    "mariadb": "CreateDBInstance:0018",
    "aurora": "CreateDBInstance:0016",
    "aurora-mysql": "CreateDBInstance:0016",
    "aurora-postgresql": "CreateDBInstance:0021",
}
_VOLUMES: Final = {
    "gp2": "EBS:VolumeUsage.gp2",
    "gp3": "EBS:VolumeUsage.gp3",
    "st1": "EBS:VolumeUsage.st1",
    "sc1": "EBS:VolumeUsage.sc1",
    "io1": "EBS:VolumeUsage.piops",
    "io2": "EBS:VolumeUsage.io2",
    "standard": "EBS:VolumeUsage",
}
_OPERATIONS: Final = {"io1": "EBS:VolumeP-IOPS.piops", "io2": "EBS:VolumeP-IOPS.io2"}
_DATABASE_STORAGE: Final = {
    "gp2": "GP2-Storage",
    "gp3": "GP3-Storage",
    "io1": "PIOPS-Storage",
    "standard": "StorageUsage",
}
_GP3_OPERATIONS: Final = 3_000
_GP3_THROUGHPUT: Final = 125


def _instance(ask: Ask) -> None:
    kind = ask.text("instance_type")
    spot = any(one.get("market_type") == "spot" for one in ask.blocks("instance_market_options"))
    dedicated = ask.text("tenancy", "default") == "dedicated"
    meter = "SpotUsage" if spot else "DedicatedUsage" if dedicated else "BoxUsage"
    ask.add(f"machine {kind}", f"{meter}:{kind}")
    roots = ask.blocks("root_block_device") or [{}]
    for one in (*roots, *ask.blocks("ebs_block_device")):
        _disk(ask.inside(one), "volume_size", "volume_type", "8")


def _volume(ask: Ask) -> None:
    _disk(ask, "size", "type")


def _disk(ask: Ask, size: str, kind: str, usual: str | None = None) -> None:
    type_, gib = ask.text(kind, "gp2"), ask.number(size, usual)
    if type_ not in _VOLUMES:
        raise NotDeclared(kind)
    ask.add(f"storage {type_}", _VOLUMES[type_], quantity=gib)
    if type_ in _OPERATIONS:
        ask.add("operations", _OPERATIONS[type_], quantity=ask.number("iops"))
    if type_ == "gp3":
        _beyond_gp3(ask)


def _beyond_gp3(ask: Ask) -> None:
    operations = ask.number("iops", _GP3_OPERATIONS) - _GP3_OPERATIONS
    if operations > 0:
        ask.add("operations beyond 3,000", "EBS:VolumeP-IOPS.gp3", quantity=operations)
    throughput = ask.number("throughput", _GP3_THROUGHPUT) - _GP3_THROUGHPUT
    if throughput > 0:
        share = throughput / 1024
        ask.add("throughput beyond 125 MiB/s", "EBS:VolumeP-Throughput.gp3", quantity=share)


def _database(ask: Ask) -> None:
    kind, engine = ask.text("instance_class"), ask.text("engine")
    mirrored = ask.truth("multi_az")
    usage = "Multi-AZUsage" if mirrored else "InstanceUsage"
    ask.add(f"database {kind}", *_of_engine(f"{usage}:{kind}", engine))
    if engine.startswith("aurora"):
        return
    stored = _DATABASE_STORAGE.get(ask.text("storage_type", "gp2"))
    if stored is None:
        raise NotDeclared("storage_type")
    gib = ask.number("allocated_storage")
    ask.add("storage", f"RDS:{'Multi-AZ-' if mirrored else ''}{stored}", quantity=gib)


def _cluster_instance(ask: Ask) -> None:
    kind = ask.text("instance_class")
    engine = ask.text("engine", "aurora-mysql")
    ask.add(f"database {kind}", *_of_engine(f"InstanceUsage:{kind}", engine))


def _of_engine(meter: str, engine: str) -> tuple[str, ...]:
    """The meter with the operation that the engine has: without one nobody knows which licence is meant."""
    if engine not in _ENGINES:
        raise NotDeclared(f"engine {engine}")
    return (f"{meter}/{_ENGINES[engine]}", meter)


def _cache(ask: Ask) -> None:
    _nodes(ask, ask.number("num_cache_nodes", 1))


def _cache_group(ask: Ask) -> None:
    if ask.declared.get("num_node_groups"):
        count = ask.number("num_node_groups") * (ask.number("replicas_per_node_group", 0) + 1)
    else:
        count = ask.number("num_cache_clusters", 1)
    _nodes(ask, count)


def _nodes(ask: Ask, count: Decimal) -> None:
    kind = ask.text("node_type")
    ask.add(f"nodes {kind}", f"NodeUsage:{kind}", quantity=count * HOURS)


def _nat(ask: Ask) -> None:
    ask.add("gateway", "NatGateway-Hours")
    ask.assume("data", "NatGateway-Bytes", name="aws.nat.data_gb")


def _balancer(ask: Ask) -> None:
    ask.add("balancer", "LoadBalancerUsage")
    ask.assume("capacity units", "LCUUsage", name="aws.lb.capacity_units", times=HOURS)


def _address(ask: Ask) -> None:
    ask.add("address", "PublicIPv4:InUseAddress", "PublicIPv4:IdleAddress")


def _function(ask: Ask) -> None:
    arm = "arm64" in ask.value("architectures", ["x86_64"])
    gib = ask.number("memory_size", 128) / 1024
    seconds = ask.usage["aws.lambda.duration_ms"] / 1000
    end = "-ARM" if arm else ""
    ask.assume(
        "compute",
        f"Lambda-GB-Second{end}",
        name="aws.lambda.requests",
        times=gib * seconds,
        also=("aws.lambda.duration_ms",),
    )
    ask.assume("requests", f"lambda/Request{end}", name="aws.lambda.requests")


def _table(ask: Ask) -> None:
    if ask.text("billing_mode", "PROVISIONED") == "PAY_PER_REQUEST":
        ask.assume("reads", "ReadRequestUnits", name="aws.dynamodb.reads")
        ask.assume("writes", "WriteRequestUnits", name="aws.dynamodb.writes")
    else:
        reads, writes = ask.number("read_capacity"), ask.number("write_capacity")
        ask.add("read capacity", "ReadCapacityUnit-Hrs", quantity=reads * HOURS)
        ask.add("write capacity", "WriteCapacityUnit-Hrs", quantity=writes * HOURS)
    ask.assume("storage", "dynamodb/TimedStorage-ByteHrs", name="aws.dynamodb.stored_gb")


def _bucket(ask: Ask) -> None:
    ask.assume("storage", "s3/TimedStorage-ByteHrs", name="aws.s3.stored_gb")
    ask.assume("writes", "Requests-Tier1", name="aws.s3.writes")
    ask.assume("reads", "Requests-Tier2", name="aws.s3.reads")


def _log_group(ask: Ask) -> None:
    ask.assume("ingestion", "DataProcessing-Bytes", name="aws.logs.ingested_gb")


def _efs(ask: Ask) -> None:
    ask.assume("storage", "efs/TimedStorage-ByteHrs", name="aws.efs.stored_gb")


def _search(ask: Ask) -> None:
    cluster = ask.inside((ask.blocks("cluster_config") or [{}])[0])
    kind = cluster.text("instance_type", "m4.large.search").removesuffix(".search")
    count = cluster.number("instance_count", 1)
    ask.add(f"nodes {kind}", f"ESInstance:{kind}", quantity=count * HOURS)
    for one in ask.blocks("ebs_options"):
        disk = ask.inside(one)
        if disk.truth("ebs_enabled"):
            meter = f"ES:{disk.text('volume_type', 'gp2').upper()}-Storage"
            ask.add("storage", meter, quantity=disk.number("volume_size") * count)


def _warehouse(ask: Ask) -> None:
    kind = ask.text("node_type")
    ask.add(f"nodes {kind}", f"Node:{kind}", quantity=ask.number("number_of_nodes", 1) * HOURS)


def _stream(ask: Ask) -> None:
    ask.add("shards", "Storage-ShardHour", quantity=ask.number("shard_count") * HOURS)


def _endpoint(ask: Ask) -> None:
    if ask.text("vpc_endpoint_type", "Gateway") == "Gateway":
        return
    zones = len(ask.value("subnet_ids", ["one"]))
    ask.add("endpoint", "VpcEndpoint-Hours", quantity=zones * HOURS)


def _node_group(ask: Ask) -> None:
    kinds = ask.value("instance_types", ["t3.medium"])
    scaling = ask.inside((ask.blocks("scaling_config") or [{}])[0])
    count = scaling.number("desired_size")
    kind = str(kinds[0])
    ask.add(f"machines {kind}", f"BoxUsage:{kind}", quantity=count * HOURS)
    disk = ask.number("disk_size", 20)
    ask.add("storage", _VOLUMES["gp2"], quantity=count * disk)


def _notebook(ask: Ask) -> None:
    kind = ask.text("instance_type")
    ask.add(f"notebook {kind}", f"Notebk:{kind}", f"Notebk:{kind.removeprefix('ml.')}")


def _one(what: str, meter: str, quantity: Decimal | int = HOURS) -> Callable[[Ask], None]:
    return lambda ask: ask.add(what, meter, quantity=quantity)


PRICED: Final[Mapping[str, Callable[[Ask], None]]] = {
    "aws_instance": _instance,
    "aws_ebs_volume": _volume,
    "aws_db_instance": _database,
    "aws_rds_cluster_instance": _cluster_instance,
    "aws_elasticache_cluster": _cache,
    "aws_elasticache_replication_group": _cache_group,
    "aws_nat_gateway": _nat,
    "aws_lb": _balancer,
    "aws_eip": _address,
    "aws_lambda_function": _function,
    "aws_dynamodb_table": _table,
    "aws_s3_bucket": _bucket,
    "aws_cloudwatch_log_group": _log_group,
    "aws_efs_file_system": _efs,
    "aws_opensearch_domain": _search,
    "aws_redshift_cluster": _warehouse,
    "aws_kinesis_stream": _stream,
    "aws_vpc_endpoint": _endpoint,
    "aws_eks_node_group": _node_group,
    "aws_sagemaker_notebook_instance": _notebook,
    "aws_eks_cluster": _one("cluster", "AmazonEKS-Hours:perCluster"),
    "aws_kms_key": _one("key", "KMS-Keys", 1),
    "aws_secretsmanager_secret": _one("secret", "AWSSecretsManager-Secrets", 1),
    "aws_route53_zone": _one("zone", "HostedZone", 1),
}
"""The types that are priced."""
GLOBAL: Final = frozenset({"aws_route53_zone"})
FREE: Final = (
    "aws_iam_", "aws_security_group", "aws_vpc_security_group", "aws_subnet", "aws_route_table",
    "aws_route", "aws_internet_gateway", "aws_vpc_dhcp_options", "aws_s3_bucket_", "aws_ecs_cluster",
    "aws_ecs_task_definition", "aws_lambda_permission", "aws_lambda_alias", "aws_launch_template",
    "aws_key_pair", "aws_network_acl", "aws_db_subnet_group", "aws_db_parameter_group",
    "aws_lb_listener", "aws_lb_target_group", "aws_autoscaling_policy", "aws_kms_alias",
    "aws_cloudwatch_log_stream", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target",
    "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_placement_group", "aws_eip_association",
    "aws_volume_attachment", "aws_elasticache_subnet_group", "aws_elasticache_parameter_group",
    "aws_default_", "aws_ssm_association", "aws_acm_certificate",
)  # fmt: skip
"""What AWS takes nothing for, by how its type begins."""
