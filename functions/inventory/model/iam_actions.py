"""Which IAM action a call takes: mostly its own name under the service's prefix, and a table of the others.

Source: the AWS service authorization reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from functions.inventory.model.catalogue import Row

# boto3's service -> IAM's prefix, where it is neither boto3's name nor the one that requests are signed with.
_PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "amp": "aps",
    "apigatewayv2": "apigateway",
    "application-autoscaling": "application-autoscaling",
    "athena": "athena",
    "cloudhsmv2": "cloudhsm",
    "cloudwatch": "cloudwatch",
    "cognito-identity": "cognito-identity",
    "cognito-idp": "cognito-idp",
    "config": "config",
    "databrew": "databrew",
    "docdb": "rds",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "emr-containers": "emr-containers",
    "es": "es",
    "globalaccelerator": "globalaccelerator",
    "iotevents": "iotevents",
    "iotsitewise": "iotsitewise",
    "kafka": "kafka",
    "mwaa": "airflow",
    "neptune": "rds",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "pipes": "pipes",
    "resourcegroupstaggingapi": "tag",
    "route53resolver": "route53resolver",
    "s3control": "s3",
    "s3tables": "s3tables",
    "serverlessrepo": "serverlessrepo",
    "service-quotas": "servicequotas",
    "servicediscovery": "servicediscovery",
    "sesv2": "ses",
    "sso-admin": "sso",
    "stepfunctions": "states",
    "timestream-influxdb": "timestream-influxdb",
    "timestream-write": "timestream",
    "transcribe": "transcribe",
    "waf-regional": "waf-regional",
}

# (prefix, call) -> action.
_ACTIONS = {
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "GetBucketAccelerateConfiguration"): "GetAccelerateConfiguration",
    ("s3", "GetBucketCors"): "GetBucketCORS",
    ("s3", "GetBucketEncryption"): "GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "GetLifecycleConfiguration",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "GetBucketReplication"): "GetReplicationConfiguration",
    ("s3", "GetObjectLockConfiguration"): "GetBucketObjectLockConfiguration",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "ListBucketAnalyticsConfigurations"): "GetAnalyticsConfiguration",
    ("s3", "ListBucketInventoryConfigurations"): "GetInventoryConfiguration",
    ("s3", "ListBucketMetricsConfigurations"): "GetMetricsConfiguration",
    ("dynamodb", "DescribeContinuousBackups"): "DescribeContinuousBackups",
    ("lambda", "GetFunctionUrlConfig"): "GetFunctionUrlConfig",
}
# All calls that read are one action there.
_BY_METHOD = {"apigateway": "GET"}

BEYOND = (
    "cloudwatch:GetMetricData",
    "ec2:DescribeRegions",
    "iam:SimulatePrincipalPolicy",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "tag:GetResources",
)
"""What the reader takes beside the catalogue: to find its regions, itself, its organisation, and metrics."""
OPTIONAL = frozenset({"organizations:DescribeOrganization", "organizations:ListAccounts"})
"""What only the reader of a management account takes."""


def action_of(service: str, call: str) -> str:
    """The IAM action of a call of boto3's service."""
    prefix = _PREFIXES.get(service, service)
    name = _BY_METHOD.get(prefix) or _ACTIONS.get((prefix, call), call)
    return f"{prefix}:{name}"


def actions_of(row: Row) -> frozenset[str]:
    """The IAM actions that listing and describing a type take."""
    return frozenset(action_of(service, call) for service, call in calls_of(row))


def all_actions(rows: Iterable[Row]) -> tuple[str, ...]:
    """Every action of a reader, sorted."""
    found = {action for row in rows for action in actions_of(row)}
    return tuple(sorted(found | set(BEYOND)))


def calls_of(row: Row) -> Iterator[tuple[str, str]]:
    """The calls that a row makes, each with its service."""
    yield row.service, row.listing.call
    if row.instead is not None:
        yield row.service, row.instead.call
    own = (*row.describe, *row.extra.values(), *((row.tag_call,) if row.tag_call else ()))
    details = (*own, *(one.then for one in own if one.then is not None))
    for detail in details:
        yield row.service, detail.call
