"""A deployment that runs: what the templates say, created, carries a raw event to a finding."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from steward.identity import SYSTEM, Role
from steward.identity.directory import ACCOUNTS, Account
from steward.identity.keys import KeyRing
from steward.store.dynamodb import DynamoStore, shared
from steward.store.records import Key, Put, Query, Transaction
from tests.e2e import moto_cloud
from tests.e2e.moto_cloud import ACCOUNT, Cloud
from tests.synthesised import flavour

pytestmark = [
    pytest.mark.cdk,
    pytest.mark.slow,
    pytest.mark.xdist_group("cdk"),
    # Which kinds those are stands in moto_cloud.
    pytest.mark.filterwarnings("ignore:Tried to parse .* not supported by moto:UserWarning"),
]

_MOTO: Any = {"lambda": {"use_docker": False}}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TENANT = "default"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as environment, mock_aws(config=_MOTO):
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": moto_cloud.REGION,
            "AWS_REGION": moto_cloud.REGION,
            # moto serves streams at the account-less endpoint alone.
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "POWERTOOLS_METRICS_NAMESPACE": "steward",
        }.items():
            environment.setenv(name, value)
        deployed = moto_cloud.deploy(flavour("steward", "dynamodb").templates)
        _claim_account()
        yield deployed


def _store() -> DynamoStore:
    tables = {name: f"steward-dev-{name}" for name in ("directory", "policy", "inventory")}
    return DynamoStore(shared(moto_cloud.client("dynamodb")), tables=tables)


def _claim_account() -> None:
    """Let the directory say whose the cloud account is."""
    account = Account(provider="aws", account=ACCOUNT, tenant=TENANT, added_at=NOON)
    key = Key("directory", SYSTEM, ACCOUNTS.name, account.id)
    put = Put(key, None, 1, account.model_dump_json(), (None,))
    transaction = Transaction("claim", SYSTEM, int(NOON.timestamp()), (put,))
    assert _store().commit([transaction]) == [None]


def _rows(table: str, collection: str) -> list[dict[str, Any]]:
    now = int(datetime.now(UTC).timestamp())
    found = _store().of(TENANT).query(Query(table, TENANT, collection, now))
    return [json.loads(each.record.body) for each in found]


def _volume(*, encrypted: bool, minute: int, status: str = "OK") -> dict[str, Any]:
    """What AWS Config says of a volume, as EventBridge delivers it."""
    captured = NOON.replace(minute=minute).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "source": "aws.config",
        "detail-type": "Config Configuration Item Change",
        "resources": [],
        "detail": {
            "recordVersion": "1.3",
            "messageType": "ConfigurationItemChangeNotification",
            "configurationItemDiff": None,
            "notificationCreationTime": captured,
            "configurationItem": {
                "relatedEvents": [],
                "relationships": [],
                "configuration": {
                    "attachments": [{"instanceId": "i-0ee10000000000002", "device": "/dev/sdf"}],
                    "availabilityZone": "us-east-1a",
                    "encrypted": encrypted,
                    "kmsKeyId": None,
                    "size": 80,
                    "state": "in-use",
                    "volumeId": "vol-0bb10000000000002",
                    "volumeType": "gp3",
                },
                "supplementaryConfiguration": {},
                "tags": {"Owner": "shop"},
                "configurationItemVersion": "1.3",
                "configurationItemCaptureTime": captured,
                "configurationStateId": int(NOON.timestamp()) + minute,
                "awsAccountId": ACCOUNT,
                "configurationItemStatus": status,
                "resourceType": "AWS::EC2::Volume",
                "resourceId": "vol-0bb10000000000002",
                "resourceName": None,
                "ARN": f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-0bb10000000000002",
                "awsRegion": "us-east-1",
                "availabilityZone": "us-east-1a",
                "configurationStateMd5Hash": "",
                "resourceCreationTime": captured,
            },
        },
    }


def _findings() -> dict[str, str]:
    """Status by rule, of the one volume."""
    views = [row["view"] for row in _rows("policy", "findings")]
    return {view["rule_id"]: view["status"] for view in views}


def _dead_letters(cloud: Cloud) -> int:
    total = 0
    for source in cloud.sources:
        suffix = ".fifo" if source.arn.endswith(".fifo") else ""
        queue = moto_cloud.queue_url(f"{source.function}-dlq{suffix}")
        attributes = moto_cloud.client("sqs").get_queue_attributes(
            QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        total += int(attributes["ApproximateNumberOfMessages"])
    return total


def test_a_raw_event_becomes_a_finding_once_until_the_fix_resolves_it(cloud: Cloud) -> None:
    unencrypted = _volume(encrypted=False, minute=1, status="ResourceDiscovered")
    cloud.put_event(unencrypted)
    cloud.drain()
    assert _findings()["ebs-volume-unencrypted"] == "open"
    assert {
        "steward-dev-inventory-record-change",
        "steward-dev-relay-relay",
        "steward-dev-policy-evaluate-change",
        "steward-dev-notify-announce-finding",
    } <= set(cloud.invocations), "it passed through every part that was deployed"

    before = _rows("policy", "findings")
    cloud.put_event(unencrypted)
    cloud.drain()
    assert _rows("policy", "findings") == before, "the same event again changes nothing"

    cloud.put_event(_volume(encrypted=True, minute=9))
    cloud.drain()
    assert _findings()["ebs-volume-unencrypted"] == "resolved"
    assert _dead_letters(cloud) == 0


def test_the_deployed_api_answers_from_the_deployed_tables(cloud: Cloud) -> None:
    ring = KeyRing(_store(), lambda: datetime.now(UTC))
    key, _ = ring.issue(tenant=TENANT, role=Role.VIEWER, name="reader")
    cloud.put_event(_volume(encrypted=True, minute=9))
    cloud.drain()
    answer = cloud.get(
        "/api/v1/inventory/resources", function="steward-dev-inventory-inventory-api", key=key
    )
    (volume,) = answer["items"]
    assert volume["native_id"] == "vol-0bb10000000000002"
    assert volume["account"] == ACCOUNT


def test_an_event_of_another_kind_reaches_no_queue(cloud: Cloud) -> None:
    cloud.drain()
    before = list(cloud.invocations)
    cloud.put_event({"source": "aws.health", "detail-type": "AWS Health Event", "detail": {}})
    cloud.drain()
    assert cloud.invocations == before
