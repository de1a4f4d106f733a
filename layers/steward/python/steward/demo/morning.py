"""What AWS Config finds before anybody is at work."""

from __future__ import annotations

from collections.abc import Iterator

from steward.demo import estate
from steward.demo.cast import (
    ADMIN,
    BASTION,
    BUILD,
    DATA,
    DEFAULT,
    OLD_KEY,
    ORDERS_KEY,
    PROD_TAGS,
    REPORTS,
    STAGE_TAGS,
    TOOLS_TAGS,
    WEB,
    WEB_ONE,
    WEB_TWO,
)
from steward.demo.envelopes import Item
from steward.demo.estate import (
    OFFICE,
    PROD_ASIA,
    PROD_EU,
    PROD_US,
    PRODUCTION,
    STAGE_EU,
    STAGE_US,
    STAGING,
    TOOLS,
    TOOLS_EU,
    WORLD,
    permission,
)


def morning() -> Iterator[Item]:
    """What AWS Config finds before anybody is at work."""
    yield from _storage()
    yield from _groups()
    yield from _compute()
    yield from _identities()
    yield from _bystanders()


def _storage() -> Iterator[Item]:
    yield estate.bucket(PROD_EU, "harbour-orders", tags=PROD_TAGS)
    yield estate.bucket(PROD_EU, "harbour-invoices", tags=PROD_TAGS)
    yield estate.bucket(PROD_US, "harbour-labels", tags=PROD_TAGS)
    yield estate.bucket(TOOLS_EU, "harbour-access-logs", tags=TOOLS_TAGS)
    yield estate.bucket(TOOLS_EU, "harbour-trail", tags=TOOLS_TAGS)
    yield estate.bucket(STAGE_EU, "harbour-staging-uploads", safe=False, tags=STAGE_TAGS)
    yield estate.volume(PROD_EU, "vol-0bb10000000000001", 80, attached=WEB_ONE, tags=PROD_TAGS)
    yield estate.volume(PROD_EU, "vol-0bb10000000000002", 80, attached=WEB_TWO, tags=PROD_TAGS)
    yield estate.volume(PROD_US, "vol-0bb10000000000003", 500, attached=REPORTS, kind="gp2")
    yield estate.volume(STAGE_EU, "vol-0bb10000000000004", 250, encrypted=False)
    yield estate.database(PROD_EU, "orders", tags=PROD_TAGS)
    yield estate.database(PROD_US, "reporting", multiAZ=False, backupRetentionPeriod=3)
    yield estate.database(
        STAGE_EU,
        "staging",
        masterUsername="postgres",
        storageEncrypted=False,
        deletionProtection=False,
        multiAZ=False,
        backupRetentionPeriod=1,
        autoMinorVersionUpgrade=False,
        tags=STAGE_TAGS,
    )


def _groups() -> Iterator[Item]:
    yield estate.group(PROD_EU, WEB, "web", permission(443, WORLD), tags=PROD_TAGS)
    yield estate.group(PROD_EU, BASTION, "bastion", permission(22, OFFICE), tags=PROD_TAGS)
    yield estate.group(PROD_EU, DATA, "data", permission(5432, "10.0.0.0/16"), tags=PROD_TAGS)
    yield estate.group(STAGE_EU, DEFAULT, "default", permission(80, "10.1.0.0/16"))
    yield estate.group(STAGE_US, "sg-0aa10000000000005", "playground", permission(8080, OFFICE))


def _compute() -> Iterator[Item]:
    for number, id_ in enumerate((WEB_ONE, WEB_TWO), start=1):
        yield estate.instance(PROD_EU, id_, f"web-{number}", tags=PROD_TAGS)
    yield estate.instance(PROD_US, REPORTS, "reports", size="m4.large", tags=PROD_TAGS)
    yield estate.instance(
        STAGE_EU,
        BUILD,
        "build",
        tokens="optional",
        address="203.0.113.9",
        role=False,
        tags=STAGE_TAGS,
    )
    yield estate.function(PROD_EU, "send-label")
    yield estate.function(PROD_EU, "price-quote", tracingConfig={"mode": "PassThrough"})
    yield estate.function(
        PROD_US,
        "legacy-export",
        runtime="python3.8",
        environment={"variables": {"DB_PASSWORD": "hidden by the recorder"}},
    )
    yield estate.subnet(PROD_EU, "subnet-0be4ded0a1b2c3d4e", "10.0.1.0/24", public=False)
    yield estate.subnet(STAGE_EU, "subnet-0be4ded0a1b2c3d4f", "10.1.1.0/24", public=True)


def _identities() -> Iterator[Item]:
    for name in ("ana", "ben"):
        yield estate.user(PRODUCTION, name)
    yield estate.user(STAGING, "dan", ADMIN, groups=[])
    yield estate.role(PRODUCTION, "deploy", {"AWS": f"arn:aws:iam::{TOOLS}:root"})
    yield estate.role(STAGING, "partner", {"AWS": "*"})
    yield estate.policy(PRODUCTION, "orders-read", "s3:GetObject", "arn:aws:s3:::harbour-orders/*")
    yield estate.policy(STAGING, "everything", "*", "*")
    yield estate.key(PROD_EU, ORDERS_KEY, "orders")
    yield estate.key(PROD_US, OLD_KEY, "labels", rotated=False)
    yield estate.trail(TOOLS_EU, "harbour")
    yield estate.trail(
        STAGE_EU,
        "staging",
        isMultiRegionTrail=False,
        logFileValidationEnabled=False,
        kmsKeyId=None,
        cloudWatchLogsLogGroupArn=None,
    )


def _bystanders() -> Iterator[Item]:
    topic = f"arn:aws:sns:eu-west-1:{PRODUCTION}:orders"
    table = f"arn:aws:dynamodb:eu-west-1:{PRODUCTION}:table/carts"
    vpc = "vpc-0a11ce5ca1ab1e000"
    yield estate.plain(PROD_EU, "AWS::SNS::Topic", topic, {"TopicArn": topic}, arn=topic)
    yield estate.plain(PROD_EU, "AWS::DynamoDB::Table", "carts", {"tableName": "carts"}, arn=table)
    for place in (PROD_EU, PROD_ASIA, STAGE_EU):
        arn = f"arn:aws:ec2:{place.region}:{place.account}:vpc/{vpc}"
        block = {"vpcId": vpc, "cidrBlock": "10.0.0.0/16", "state": "available"}
        yield estate.plain(place, "AWS::EC2::VPC", vpc, block, arn=arn)
    for number in range(1, 7):
        place = (PROD_EU, PROD_US, PROD_ASIA)[number % 3]
        queue = f"https://sqs.{place.region}.amazonaws.com/{PRODUCTION}/parcels-{number}"
        arn = f"arn:aws:sqs:{place.region}:{PRODUCTION}:parcels-{number}"
        yield estate.plain(place, "AWS::SQS::Queue", queue, {"QueueUrl": queue}, arn=arn)
