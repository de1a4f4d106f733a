"""A bucket nobody outside can see: TLS only, versioned, encrypted, its new objects told to the bus."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

_NONCURRENT = Duration.days(30)
_ACCESS_LOGS = Duration.days(90)


def access_logs(scope: Construct, *, name: str, account: str) -> s3.Bucket:
    """The bucket that the others' access logs go to."""
    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        bucket_name=name,
        # S3's log delivery writes to SSE-S3 buckets alone.
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[s3.LifecycleRule(expiration=_ACCESS_LOGS)],
        removal_policy=RemovalPolicy.RETAIN,
    )
    bucket.add_to_resource_policy(_log_delivery(bucket, account))
    return bucket


def private_bucket(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    key: kms.IKey,
    logs: s3.IBucket,
    keep: bool,
    expires: Duration | None = None,
    locked: Duration | None = None,
) -> s3.Bucket:
    """A bucket of state; ``expires`` where its objects are of use only so long.

    What is put into a ``locked`` one stays as it is for that time, whoever wants otherwise.
    """
    bucket = s3.Bucket(
        scope,
        construct_id,
        bucket_name=name,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        # One data key for many objects: a hundredth of the calls to KMS.
        bucket_key_enabled=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        versioned=True,
        **_lock(locked),
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=expires,
                noncurrent_version_expiration=_NONCURRENT,
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
        ],
        removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
    )
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101  # what Bucket is made of
    # The property itself: the construct's own switch brings a custom resource and its function.
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )
    # Again the property: the construct would ask for access control lists, which are switched off.
    resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=logs.bucket_name, log_file_prefix=f"{construct_id.lower()}/"
    )
    return bucket


def _lock(days: Duration | None) -> dict[str, Any]:
    # In governance mode a role could be given the right to go past it; in compliance mode none can.
    if days is None:
        return {}
    return {
        "object_lock_enabled": True,
        "object_lock_default_retention": s3.ObjectLockRetention.compliance(days),
    }


def _log_delivery(bucket: s3.Bucket, account: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
        actions=["s3:PutObject"],
        resources=[bucket.arn_for_objects("*")],
        conditions={"StringEquals": {"aws:SourceAccount": account}},
    )
