"""The day itself: what was there in the morning, and what people did until the evening.

``python -m steward.demo.day events/aws/day/envelopes.jsonl`` writes it down anew.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from steward.demo import estate
from steward.demo.envelopes import Item, Json, Person, Place, Recorder
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
    tags,
)

SEED = 20251104
DAY = datetime(2025, 11, 4, tzinfo=UTC)

ANA = Person("ana", "IAMUser", "198.51.100.21", "aws-cli/2.27 md/awscrt#0.26")
BEN = Person("ben", "IAMUser", "198.51.100.34", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)")
CLEO = Person("cleo", "AssumedRole", "198.51.100.40", "Boto3/1.40 md/Botocore#1.40")
DAN = Person("dan", "IAMUser", "203.0.113.77", "Mozilla/5.0 (X11; Linux x86_64)")
DEPLOY = Person("deploy", "AssumedRole", "192.0.2.10", "HashiCorp Terraform/1.12 aws-provider/6.2")
ROOT = Person("root", "Root", "203.0.113.77", "signin.amazonaws.com")
_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

WEB, BASTION = "sg-0aa10000000000001", "sg-0aa10000000000002"
DATA, DEFAULT = "sg-0aa10000000000003", "sg-0aa10000000000004"
WEB_ONE, WEB_TWO = "i-0ee10000000000001", "i-0ee10000000000002"
REPORTS, BUILD = "i-0ee10000000000003", "i-0ee10000000000004"
ORDERS_KEY = "0c237476-4f3a-4f0e-9d5b-2f9f4a7e3c11"
OLD_KEY = "7d1e2b90-51aa-4c3b-8a57-0f6d3b9c2e44"

Story = Callable[[Recorder], None]


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the day."""
    return DAY + timedelta(hours=hour, minutes=minute, seconds=second)


PROD_TAGS, STAGE_TAGS = tags("shop", "production"), tags("shop", "staging")
TOOLS_TAGS = tags("ops", "tools")


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
    yield estate.user(STAGING, "dan", _ADMIN, groups=[])
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


def _open_and_close(to: Recorder) -> None:
    """SSH to the world in the morning, closed; again after lunch with RDP, closed in the evening."""
    ssh, rdp = permission(22, WORLD), permission(3389, WORLD)
    base = [permission(22, OFFICE)]
    steps: list[tuple[datetime, Person, str, Json, list[Json]]] = [
        (at(8, 5), BEN, "Authorize", ssh, [permission(22, OFFICE, WORLD)]),
        (at(8, 41), ANA, "Revoke", ssh, base),
        (at(14, 10), DAN, "Authorize", ssh, [permission(22, OFFICE, WORLD)]),
        (at(14, 12), DAN, "Authorize", rdp, [permission(22, OFFICE, WORLD), rdp]),
        (at(15, 2), ANA, "Revoke", rdp, [permission(22, OFFICE, WORLD)]),
        (at(15, 3), ANA, "Revoke", ssh, base),
    ]
    for moment, who, verb, changed, result in steps:
        request = {"groupId": BASTION, "ipPermissions": {"items": [_as_called(changed)]}}
        name = f"{verb}SecurityGroupIngress"
        call = to.call(moment, PROD_EU, who, "ec2", name, request, {"_return": True})
        group = estate.group(PROD_EU, BASTION, "bastion", *result, tags=PROD_TAGS)
        to.item(moment + timedelta(seconds=70), group)
        if moment.hour == 14:  # noqa: PLR2004  # the afternoon's calls come twice
            to.again(call, after=timedelta(minutes=3))


def _database_port(to: Recorder) -> None:
    """A database port open to all, its closing seen by AWS Config before the call that opened it."""
    opened = permission(5432, "10.0.0.0/16", WORLD)
    request = {"groupId": DATA, "ipPermissions": {"items": [_as_called(permission(5432, WORLD))]}}
    to.item(at(10, 31, 5), estate.group(PROD_EU, DATA, "data", opened, tags=PROD_TAGS))
    to.call(
        at(10, 30),
        PROD_EU,
        BEN,
        "ec2",
        "AuthorizeSecurityGroupIngress",
        request,
        {"_return": True},
        late=timedelta(minutes=14),
    )
    closed = permission(5432, "10.0.0.0/16")
    to.item(at(10, 52), estate.group(PROD_EU, DATA, "data", closed, tags=PROD_TAGS))


def _new_bucket(to: Recorder) -> None:
    """A bucket made in haste, and made safe one setting at a time."""
    name = "harbour-exports"
    to.call(at(9), PROD_EU, CLEO, "s3", "CreateBucket", {"bucketName": name})
    to.item(at(9, 1, 10), estate.bucket(PROD_EU, name, safe=False))
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{**public, "Resource": f"arn:aws:s3:::{name}/*"}],
    }
    for moment, call, request in (
        (at(9, 12), "PutBucketPolicy", {"bucketPolicy": document}),
        (at(9, 30), "DeleteBucketPolicy", {}),
        (at(9, 31), "PutBucketPublicAccessBlock", {"PublicAccessBlockConfiguration": _block()}),
        (at(9, 33), "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        (
            at(9, 34),
            "PutBucketEncryption",
            {
                "ServerSideEncryptionConfiguration": {
                    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                }
            },
        ),
        (
            at(9, 36),
            "PutBucketTagging",
            {"Tagging": {"TagSet": {"Tag": [{"Key": "Owner", "Value": "data"}]}}},
        ),
    ):
        to.call(moment, PROD_EU, CLEO, "s3", call, {"bucketName": name, **request})
    to.item(at(9, 40), estate.bucket(PROD_EU, name, tags={"Owner": "data"}))


def _machines(to: Recorder) -> None:
    """Three machines for a load test with the old metadata service, mended and then gone."""
    ids = [f"i-0ee2000000000000{n}" for n in (1, 2, 3)]
    started = [_as_started(id_) for id_ in ids]
    to.call(
        at(10),
        PROD_ASIA,
        DEPLOY,
        "ec2",
        "RunInstances",
        {"instanceType": "t3.small"},
        {"instancesSet": {"items": started}},
    )
    for id_ in ids:
        to.state(at(10, 0, 2), PROD_ASIA, id_, "pending")
        to.state(at(10, 0, 21), PROD_ASIA, id_, "running")
        to.item(at(10, 2), estate.instance(PROD_ASIA, id_, "load-test", tokens="optional"))
    for minute, id_ in enumerate(ids, start=25):
        name = "ModifyInstanceMetadataOptions"
        options = {"state": "pending", "httpTokens": "required", "httpEndpoint": "enabled"}
        to.call(
            at(10, minute),
            PROD_ASIA,
            ANA,
            "ec2",
            name,
            {f"{name}Request": {"InstanceId": id_, "HttpTokens": "required"}},
            {f"{name}Response": {"instanceId": id_, "instanceMetadataOptions": options}},
        )
        to.item(at(10, minute, 50), estate.instance(PROD_ASIA, id_, "load-test"))
    moved = [
        {"instanceId": id_, "currentState": {"code": 32, "name": "shutting-down"}} for id_ in ids
    ]
    to.call(
        at(17),
        PROD_ASIA,
        DEPLOY,
        "ec2",
        "TerminateInstances",
        {},
        {"instancesSet": {"items": moved}},
    )
    for id_ in ids:
        to.state(at(17, 0, 1), PROD_ASIA, id_, "shutting-down")
        to.state(at(17, 0, 40), PROD_ASIA, id_, "terminated")
        gone = estate.instance(PROD_ASIA, id_, "load-test", state="terminated")
        to.item(at(17, 2), gone, status="ResourceDeleted")


def _night(to: Recorder) -> None:
    """The build machine sleeps and comes back; one state arrives after the one that followed it."""
    moved = {"instanceId": BUILD, "currentState": {"code": 64, "name": "stopping"}}
    to.call(
        at(19), STAGE_EU, DEPLOY, "ec2", "StopInstances", {}, {"instancesSet": {"items": [moved]}}
    )
    to.state(at(19, 0, 30), STAGE_EU, BUILD, "stopped")
    late = to.state(at(19, 0, 2), STAGE_EU, BUILD, "stopping")
    to.again(late, after=timedelta(minutes=6))
    moved = {"instanceId": BUILD, "currentState": {"code": 0, "name": "pending"}}
    to.call(
        at(21), STAGE_EU, BEN, "ec2", "StartInstances", {}, {"instancesSet": {"items": [moved]}}
    )
    to.state(at(21, 0, 20), STAGE_EU, BUILD, "running")


def _volumes(to: Recorder) -> None:
    """A volume for one analysis: not encrypted, attached, left behind, deleted."""
    id_ = "vol-0bb20000000000001"
    made = {
        "volumeId": id_,
        "size": "200",
        "zone": "us-east-1a",
        "status": "creating",
        "encrypted": False,
        "volumeType": "gp2",
        "createTime": 1762257600000,
    }
    to.call(at(12), PROD_US, CLEO, "ec2", "CreateVolume", {"size": "200"}, made)
    attached = {"volumeId": id_, "instanceId": REPORTS, "device": "/dev/sdg", "status": "attaching"}
    to.call(at(12, 4), PROD_US, CLEO, "ec2", "AttachVolume", attached, attached)
    item = estate.volume(PROD_US, id_, 200, attached=REPORTS, encrypted=False, kind="gp2")
    to.item(at(12, 6), item)
    to.call(at(16), PROD_US, CLEO, "ec2", "DetachVolume", {"volumeId": id_}, attached)
    to.item(at(16, 2), estate.volume(PROD_US, id_, 200, encrypted=False, kind="gp2"))
    to.call(at(18, 20), PROD_US, CLEO, "ec2", "DeleteVolume", {"volumeId": id_}, {"_return": True})
    to.item(at(18, 22), item, status="ResourceDeleted")


def _people(to: Recorder) -> None:
    """A contractor makes himself a second administrator with a key; it is taken away again."""
    name = "dan-backup"
    named = {"userName": name}
    arn = f"arn:aws:iam::{STAGING}:user/{name}"
    made = {"user": {"userName": name, "arn": arn, "userId": "AIDADANBACKUPQQQQQQQQ", "path": "/"}}
    steps: tuple[tuple[datetime, Person, str, Json, Json | None], ...] = (
        (at(11, 30), DAN, "CreateUser", named, made),
        (at(11, 31), DAN, "AttachUserPolicy", {**named, "policyArn": _ADMIN}, None),
        (at(11, 33), DAN, "CreateAccessKey", named, {"accessKey": {**named, **_access_key()}}),
        (at(12, 50), ANA, "UpdateAccessKey", {**named, **_access_key("Inactive")}, None),
        (at(12, 55), ANA, "DetachUserPolicy", {**named, "policyArn": _ADMIN}, None),
        (at(13, 5), ANA, "DeleteAccessKey", {**named, **_access_key()}, None),
        (at(13, 6), ANA, "DeleteUser", named, None),
    )
    for moment, who, call, request, response in steps:
        to.call(moment, STAGE_US, who, "iam", call, request, response)
    to.item(at(11, 40), estate.user(STAGING, name, _ADMIN, groups=[]))
    to.item(at(13, 0), estate.user(STAGING, name, groups=[]))
    to.item(at(13, 10), estate.user(STAGING, name), status="ResourceDeleted")
    to.call(
        at(15, 30),
        STAGE_US,
        ANA,
        "iam",
        "DetachUserPolicy",
        {"userName": "dan", "policyArn": _ADMIN},
    )
    to.item(at(15, 32), estate.user(STAGING, "dan"))


def _safeguards(to: Recorder) -> None:
    """The trail stops, a key is about to go, a key starts to rotate."""
    named = {"name": f"arn:aws:cloudtrail:eu-west-1:{TOOLS}:trail/harbour"}
    to.call(at(12, 15), TOOLS_EU, ROOT, "cloudtrail", "StopLogging", named)
    to.call(at(12, 31), TOOLS_EU, ANA, "cloudtrail", "StartLogging", named)
    arn = f"arn:aws:kms:eu-west-1:{PRODUCTION}:key/{ORDERS_KEY}"
    named = {"keyId": ORDERS_KEY}
    what = [{"ARN": arn, "accountId": PRODUCTION, "type": "AWS::KMS::Key"}]
    going = {"keyId": arn, "deletionDate": "Dec 4, 2025, 2:00:00 PM", "keyState": "PendingDeletion"}
    to.call(at(14), PROD_EU, BEN, "kms", "ScheduleKeyDeletion", named, going, resources=what)
    pending = {
        "enabled": False,
        "keyState": "PendingDeletion",
        "deletionDate": "2025-12-04T14:00:00Z",
    }
    to.item(at(14, 3), estate.key(PROD_EU, ORDERS_KEY, "orders", **pending))
    to.call(at(14, 20), PROD_EU, ANA, "kms", "CancelKeyDeletion", named, resources=what)
    to.call(at(14, 21), PROD_EU, ANA, "kms", "EnableKey", named, resources=what)
    to.item(at(14, 24), estate.key(PROD_EU, ORDERS_KEY, "orders"))
    what = [{"ARN": f"arn:aws:kms:us-east-1:{PRODUCTION}:key/{OLD_KEY}"}]
    to.call(
        at(16, 40), PROD_US, ANA, "kms", "EnableKeyRotation", {"keyId": OLD_KEY}, resources=what
    )
    to.item(at(16, 44), estate.key(PROD_US, OLD_KEY, "labels"))


def _databases(to: Recorder) -> None:
    """A database is public for half an hour; another gets longer backups."""
    named = {"dBInstanceIdentifier": "reporting"}
    name = "ModifyDBInstance"
    for moment, who, changes in (
        (at(13, 20), CLEO, {"publiclyAccessible": True}),
        (at(13, 50), ANA, {"publiclyAccessible": False}),
        (at(17, 30), ANA, {"publiclyAccessible": False, "backupRetentionPeriod": 14}),
    ):
        whole = {"multiAZ": False, "backupRetentionPeriod": 3, **changes}
        item = estate.database(PROD_US, "reporting", **whole)
        to.call(moment, PROD_US, who, "rds", name, {**named, **changes}, item.configuration)
        to.item(moment + timedelta(minutes=4), item)


def _functions(to: Recorder) -> None:
    """A function that anybody may call, until somebody looks; a runtime brought up to date."""
    statement = json.dumps(
        {"Sid": "any", "Effect": "Allow", "Principal": "*", "Action": "lambda:*"}
    )
    named = {"functionName": "price-quote", "statementId": "any"}
    add, remove = "AddPermission20150331v2", "RemovePermission20150331v2"
    to.call(at(15, 20), PROD_EU, BEN, "lambda", add, named, {"statement": statement})
    to.call(at(16, 10), PROD_EU, ANA, "lambda", remove, named)
    mended = estate.function(PROD_US, "legacy-export", runtime="python3.13")
    name = "UpdateFunctionConfiguration20150331v2"
    request = {"functionName": "legacy-export", "runtime": "python3.13"}
    to.call(at(16, 25), PROD_US, DEPLOY, "lambda", name, request, mended.configuration)
    to.item(at(16, 27), mended)


def _habits(to: Recorder) -> None:
    """What deployments do every hour: tags, and items that say nothing new."""
    for hour in range(8, 19):
        web = estate.instance(
            PROD_EU, WEB_ONE, "web-1", tags=tags("shop", "production", Release=f"2025.11.{hour}")
        )
        target = {"resourcesSet": {"items": [{"resourceId": WEB_ONE}]}}
        tag = {"tagSet": {"items": [{"key": "Release", "value": f"2025.11.{hour}"}]}}
        to.call(at(hour, 15), PROD_EU, DEPLOY, "ec2", "CreateTags", {**target, **tag})
        item = to.item(at(hour, 17), web, late=timedelta(minutes=to.rng.randint(1, 70)))
        if hour % 3 == 0:
            to.again(item, after=timedelta(minutes=20))
    for hour in (9, 13, 18):
        same = estate.bucket(PROD_EU, "harbour-orders", tags=PROD_TAGS)
        to.item(at(hour, 45), same)


def _noise(to: Recorder) -> None:
    """What also comes by on a default bus: failures, reads, other senders, and what is broken."""
    for minute in range(0, 50, 10):
        to.call(at(11, minute), STAGE_EU, DAN, "s3", "DeleteBucket", errorCode="AccessDenied")
        to.call(at(13, minute), PROD_EU, DEPLOY, "ec2", "DescribeInstances", readOnly=True)
    to.call(at(12, 40), PROD_EU, DEPLOY, "logs", "PutRetentionPolicy", {"logGroupName": "web"})
    for hour in (8, 12, 16):
        order = {"order": f"HP-{hour}0042", "parcels": hour % 5, "currency": "EUR"}
        to.send(at(hour, 30), PROD_EU, "com.harbourparcel.shop", "Order Placed", order)
    to.send(at(7), TOOLS_EU, "aws.events", "Scheduled Event", {})
    finding = {"schemaVersion": "2.0", "severity": 5, "type": "Recon:EC2/PortProbeUnprotectedPort"}
    to.send(at(14, 30), PROD_EU, "aws.guardduty", "GuardDuty Finding", finding)
    _broken(to)


def _broken(to: Recorder) -> None:
    kind = "Config Configuration Item Change"
    half: Json = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": {}}
    to.send(at(10, 45), STAGE_EU, "aws.config", kind, half)
    foreign = to.item(at(11, 50), estate.bucket(PROD_EU, "harbour-elsewhere"))
    foreign["detail"]["configurationItem"]["awsAccountId"] = STAGING
    soon = to.item(at(15, 15), estate.bucket(PROD_EU, "harbour-undated"))
    soon["detail"]["configurationItem"]["configurationItemCaptureTime"] = "tomorrow"
    lost = Place(estate.FORGOTTEN, "eu-west-1")
    to.item(at(9, 20), estate.bucket(lost, "harbour-forgotten", safe=False))
    to.call(at(9, 50), lost, DAN, "s3", "PutBucketTagging", {"bucketName": "harbour-forgotten"})


STORIES: tuple[Story, ...] = (
    _open_and_close,
    _database_port,
    _new_bucket,
    _machines,
    _night,
    _volumes,
    _people,
    _safeguards,
    _databases,
    _functions,
    _habits,
    _noise,
)


def recorded_day() -> list[Json]:
    """The envelopes of the day in the order of their delivery; the same at every call."""
    recorder = Recorder(random.Random(SEED))  # noqa: S311  # a story, not a secret
    for number, item in enumerate(morning()):
        recorder.item(at(6) + timedelta(seconds=17 * number), item, status="ResourceDiscovered")
    for story in STORIES:
        story(recorder)
    return recorder.in_order_of_delivery()


def lines(envelopes: Iterable[Json]) -> str:
    """JSON lines."""
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in envelopes)


def write(path: Path) -> None:
    """Write the day down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines(recorded_day()), "utf-8")


def _as_called(one: Json) -> Json:
    ranges = [{"cidrIp": cidr} for cidr in one["ipRanges"]]
    return {
        "ipProtocol": one["ipProtocol"],
        "fromPort": one["fromPort"],
        "toPort": one["toPort"],
        "groups": {},
        "ipRanges": {"items": ranges},
        "ipv6Ranges": {},
        "prefixListIds": {},
    }


def _as_started(id_: str) -> Json:
    return {
        "instanceId": id_,
        "imageId": "ami-0c1c30571d2dae5c9",
        "instanceState": {"code": 0, "name": "pending"},
        "instanceType": "t3.small",
        "placement": {"availabilityZone": "ap-southeast-1a", "tenancy": "default"},
        "groupSet": {"items": [{"groupId": WEB, "groupName": "web"}]},
        "metadataOptions": {"httpTokens": "optional", "httpEndpoint": "enabled"},
    }


def _access_key(status: str = "Active") -> Json:
    return {"accessKeyId": "AKIAHARBOUREXAMPLE01", "status": status}


def _block() -> Json:
    return {name[:1].upper() + name[1:]: on for name, on in estate.access_block().items()}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
