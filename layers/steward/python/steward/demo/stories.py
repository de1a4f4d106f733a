"""What people did that day, one story after the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from steward.demo import estate
from steward.demo.cast import (
    ADMIN,
    ANA,
    BASTION,
    BEN,
    BUILD,
    CLEO,
    DAN,
    DATA,
    DEPLOY,
    OLD_KEY,
    ORDERS_KEY,
    PROD_TAGS,
    REPORTS,
    ROOT,
    WEB,
    WEB_ONE,
    at,
)
from steward.demo.envelopes import Json, Person, Place, Recorder
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

Story = Callable[[Recorder], None]


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
        (at(11, 31), DAN, "AttachUserPolicy", {**named, "policyArn": ADMIN}, None),
        (at(11, 33), DAN, "CreateAccessKey", named, {"accessKey": {**named, **_access_key()}}),
        (at(12, 50), ANA, "UpdateAccessKey", {**named, **_access_key("Inactive")}, None),
        (at(12, 55), ANA, "DetachUserPolicy", {**named, "policyArn": ADMIN}, None),
        (at(13, 5), ANA, "DeleteAccessKey", {**named, **_access_key()}, None),
        (at(13, 6), ANA, "DeleteUser", named, None),
    )
    for moment, who, call, request, response in steps:
        to.call(moment, STAGE_US, who, "iam", call, request, response)
    to.item(at(11, 40), estate.user(STAGING, name, ADMIN, groups=[]))
    to.item(at(13, 0), estate.user(STAGING, name, groups=[]))
    to.item(at(13, 10), estate.user(STAGING, name), status="ResourceDeleted")
    to.call(
        at(15, 30),
        STAGE_US,
        ANA,
        "iam",
        "DetachUserPolicy",
        {"userName": "dan", "policyArn": ADMIN},
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
