"""Rule rows for S3, RDS and DynamoDB.

Sources: S3, RDS and DynamoDB API references; S3 user guide, "CloudTrail events for Amazon S3".
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.resource import Effect
from functions.inventory.model.trail.table import (
    Rule,
    Take,
    drop,
    merge,
    no_tags,
    put,
    retagged,
    tagged,
    untagged,
)

CREATED, EDITED, DELETED = Effect.CREATED, Effect.EDITED, Effect.DELETED

BUCKET = "AWS::S3::Bucket"
DATABASE = "AWS::RDS::DBInstance"
DATABASE_CLUSTER = "AWS::RDS::DBCluster"
DATABASE_SNAPSHOT = "AWS::RDS::DBSnapshot"
TABLE = "AWS::DynamoDB::Table"

_EXTRA = "supplementary"
_BLOCK = f"{_EXTRA}/PublicAccessBlockConfiguration"
_ENCRYPTION = f"{_EXTRA}/ServerSideEncryptionConfiguration"
_POLICY = f"{_EXTRA}/BucketPolicy"
_LIFECYCLE = f"{_EXTRA}/BucketLifecycleConfiguration"
_SNAPSHOT_ARN = "arn:{partition}:rds:{region}:{account}:snapshot:{id}"
_WEBSITE = f"{_EXTRA}/BucketWebsiteConfiguration"


def _bucket(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        BUCKET,
        effect,
        "request.bucketName",
        name="request.bucketName",
        arn="arn:{partition}:s3:::{id}",
        takes=takes,
    )


def _database(event: str, effect: Effect = EDITED, *takes: Take) -> Rule:
    return Rule(
        event,
        DATABASE,
        effect,
        "response.dBInstanceIdentifier|request.dBInstanceIdentifier",
        name="response.dBInstanceIdentifier|request.dBInstanceIdentifier",
        arn="arn:{partition}:rds:{region}:{account}:db:{id}",
        state="response.dBInstanceStatus",
        takes=(merge("response"), *takes),
    )


def _database_cluster(event: str, effect: Effect = EDITED, *takes: Take) -> Rule:
    return Rule(
        event,
        DATABASE_CLUSTER,
        effect,
        "response.dBClusterIdentifier|request.dBClusterIdentifier",
        name="response.dBClusterIdentifier|request.dBClusterIdentifier",
        arn="arn:{partition}:rds:{region}:{account}:cluster:{id}",
        state="response.status",
        takes=(merge("response"), *takes),
    )


def _database_snapshot(event: str, effect: Effect, *takes: Take) -> Rule:
    return Rule(
        event,
        DATABASE_SNAPSHOT,
        effect,
        "request.dBSnapshotIdentifier|response.dBSnapshotIdentifier",
        name="request.dBSnapshotIdentifier|response.dBSnapshotIdentifier",
        arn=_SNAPSHOT_ARN,
        takes=(merge("response"), *takes),
    )


def _table(event: str, effect: Effect = EDITED, *takes: Take) -> Rule:
    return Rule(
        event,
        TABLE,
        effect,
        "request.tableName|request.resourceArn",
        name="request.tableName",
        arn="arn:{partition}:dynamodb:{region}:{account}:table/{id}",
        takes=takes,
    )


def _by_arn(event: str, take: Take, *, at: str) -> Rule:
    return Rule(event, "", EDITED, at, takes=(take,))


RULES: Mapping[str, tuple[Rule, ...]] = {
    "s3": (
        _bucket("CreateBucket", put("name", "request.bucketName"), effect=CREATED),
        _bucket("DeleteBucket", effect=DELETED),
        _bucket("PutBucketPolicy", put(f"{_POLICY}/policyText", "request.bucketPolicy", "text")),
        _bucket("DeleteBucketPolicy", drop(_POLICY)),
        _bucket(
            "PutBucketAcl",
            put(f"{_EXTRA}/AccessControlList", "request.AccessControlPolicy", "camel"),
            put(f"{_EXTRA}/CannedAccessControlList", "request.x-amz-acl.0|request.x-amz-acl"),
        ),
        _bucket(
            "PutBucketPublicAccessBlock",
            put(_BLOCK, "request.PublicAccessBlockConfiguration", "access_block"),
        ),
        _bucket("DeleteBucketPublicAccessBlock", drop(_BLOCK)),
        _bucket(
            "PutBucketEncryption",
            put(_ENCRYPTION, "request.ServerSideEncryptionConfiguration", "encryption"),
        ),
        _bucket("DeleteBucketEncryption", drop(_ENCRYPTION)),
        _bucket(
            "PutBucketVersioning",
            merge(
                "request.VersioningConfiguration",
                f"{_EXTRA}/BucketVersioningConfiguration",
                shape="camel",
            ),
        ),
        _bucket(
            "PutBucketLogging",
            merge(
                "request.BucketLoggingStatus.LoggingEnabled",
                f"{_EXTRA}/BucketLoggingConfiguration",
                shape="camel",
                targetBucket="destinationBucketName",
                targetPrefix="logFilePrefix",
            ),
        ),
        _bucket("PutBucketLifecycle", put(_LIFECYCLE, "request.LifecycleConfiguration", "camel")),
        _bucket("DeleteBucketLifecycle", drop(_LIFECYCLE)),
        _bucket("PutBucketWebsite", put(_WEBSITE, "request.WebsiteConfiguration", "camel")),
        _bucket("DeleteBucketWebsite", drop(_WEBSITE)),
        _bucket("PutBucketTagging", retagged("request.Tagging.TagSet")),
        _bucket("DeleteBucketTagging", no_tags()),
    ),
    "rds": (
        _database("CreateDBInstance", CREATED, tagged("request.tags")),
        _database("RestoreDBInstanceFromDBSnapshot", CREATED, tagged("request.tags")),
        _database("ModifyDBInstance"),
        _database("StartDBInstance"),
        _database("StopDBInstance"),
        _database("DeleteDBInstance", DELETED),
        _database_cluster("CreateDBCluster", CREATED, tagged("request.tags")),
        _database_cluster("ModifyDBCluster"),
        _database_cluster("DeleteDBCluster", DELETED),
        _database_snapshot("CreateDBSnapshot", CREATED, tagged("request.tags")),
        _database_snapshot("DeleteDBSnapshot", DELETED),
        Rule(
            "ModifyDBSnapshotAttribute",
            DATABASE_SNAPSHOT,
            EDITED,
            "request.dBSnapshotIdentifier",
            name="request.dBSnapshotIdentifier",
            arn=_SNAPSHOT_ARN,
            takes=(put(f"{_EXTRA}/DBSnapshotAttributes", "response.dBSnapshotAttributes"),),
        ),
        _by_arn("AddTagsToResource", tagged("request.tags"), at="request.resourceName"),
        _by_arn("RemoveTagsFromResource", untagged("request.tagKeys"), at="request.resourceName"),
    ),
    "dynamodb": (
        _table(
            "CreateTable",
            CREATED,
            merge("response.tableDescription"),
            tagged("request.tags"),
        ),
        _table("UpdateTable", EDITED, merge("response.tableDescription")),
        _table("DeleteTable", DELETED),
        _table(
            "UpdateContinuousBackups",
            EDITED,
            put(
                f"{_EXTRA}/ContinuousBackups",
                "response.continuousBackupsDescription",
            ),
        ),
        _by_arn("TagResource", tagged("request.tags"), at="request.resourceArn"),
        _by_arn("UntagResource", untagged("request.tagKeys"), at="request.resourceArn"),
    ),
}
