"""What holds of the synthesised templates of a made-up estate, whatever the manifests say."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk.environments import environment
from steward.manifest import STORES, StoreKind, concerns
from tests.infrastructure.estate import ESTATE
from tests.synthesised import flavour

pytestmark = [pytest.mark.cdk, pytest.mark.slow, pytest.mark.xdist_group("cdk")]

CDK = Path(__file__).parents[2] / "cdk"


def _of(store: StoreKind, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack, template in flavour("estate", store).templates.items():
        for name, resource in template["Resources"].items():
            if resource["Type"] == kind:
                yield f"{stack}/{name}", resource.get("Properties", {})


@pytest.mark.parametrize("store", STORES)
def test_every_finding_of_nag_is_accepted_with_a_reason(store: StoreKind) -> None:
    from cdk import nag

    assert nag.unaccepted(flavour("estate", store).findings) == []


def test_no_more_is_accepted_than_is_found() -> None:
    from cdk import nag

    findings = [finding for store in STORES for finding in flavour("estate", store).findings]
    assert nag.unused(findings) == []
    assert len(nag.ACCEPTED) <= 16
    assert all(len(row.reason) > 40 for row in nag.ACCEPTED)


@pytest.mark.parametrize("store", STORES)
def test_the_checks_of_our_own_find_nothing(store: StoreKind) -> None:
    from cdk.checks import problems

    assert problems(flavour("estate", store).templates) == []


def test_a_synthesis_with_a_problem_says_so(tmp_path: Path, capsys: Any) -> None:
    """A template broken after synthesis is what cfn-lint is for: it must come through as a problem."""
    from cdk import synth

    made = flavour("estate", "dynamodb")
    template = made.templates["steward-dev-observability"]
    broken = json.loads(json.dumps(template))
    broken["Resources"]["Notices"]["Properties"]["Colour"] = "blue"
    (tmp_path / "broken.template.json").write_text(json.dumps(broken))
    flavoured = synth.Synthesised(made.store, tmp_path, made.templates, made.findings)
    assert synth.report(flavoured, synth.lint(tmp_path)) == 1
    assert "Colour" in capsys.readouterr().out


@pytest.mark.parametrize("store", STORES)
def test_every_concern_has_a_stack_and_every_function_is_in_its_own(store: StoreKind) -> None:
    deployed = {
        f"{name.split('/')[0]} {body['Environment']['Variables']['STEWARD_FUNCTION']}"
        for name, body in _of(store, "AWS::Lambda::Function")
    }
    assert deployed == {
        f"steward-dev-{function.concern} {function.id}"
        for function in ESTATE
        if store in function.stores
    }


@pytest.mark.parametrize("store", STORES)
def test_queues_are_encrypted_and_refuse_plain_text(store: StoreKind) -> None:
    queues = {name for name, body in _of(store, "AWS::SQS::Queue") if body["SqsManagedSseEnabled"]}
    refusing = set()
    for name, body in _of(store, "AWS::SQS::QueuePolicy"):
        first = body["PolicyDocument"]["Statement"][0]
        assert (first["Effect"], first["Action"]) == ("Deny", "sqs:*")
        assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        refusing |= {f"{name.split('/')[0]}/{queue['Ref']}" for queue in body["Queues"]}
    assert queues == refusing == {name for name, _ in _of(store, "AWS::SQS::Queue")}


def test_a_dead_letter_outlives_what_it_may_have_waited_before() -> None:
    kept = {
        body["QueueName"]: body["MessageRetentionPeriod"]
        for _, body in _of("dynamodb", "AWS::SQS::Queue")
    }
    for name, seconds in kept.items():
        if f"{name}-dlq" in kept:
            assert kept[f"{name}-dlq"] - seconds >= 10 * 24 * 3600


def test_tables_are_recoverable_encrypted_expiring_and_streaming() -> None:
    tables = dict(_of("dynamodb", "AWS::DynamoDB::Table"))
    assert {body["TableName"] for body in tables.values()} == {
        f"steward-dev-{name}" for name in ("bakery", "directory", "limits", "porter", "shop")
    }
    for body in tables.values():
        assert body["BillingMode"] == "PAY_PER_REQUEST"
        assert body["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert body["SSESpecification"]["SSEType"] == "KMS"
        if body["TableName"] != "steward-dev-limits":
            assert body["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
        assert body["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
        assert [index["IndexName"] for index in body["GlobalSecondaryIndexes"]] == [
            f"slot{slot}" for slot in range(5)
        ]


def test_the_aurora_flavour_has_a_database_that_sleeps_and_no_tables() -> None:
    assert list(_of("aurora", "AWS::DynamoDB::Table")) == []
    ((_, cluster),) = _of("aurora", "AWS::RDS::DBCluster")
    assert cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] == 0
    assert cluster["EnableIAMDatabaseAuthentication"] is True
    assert cluster["EnableHttpEndpoint"] is False
    assert list(_of("aurora", "AWS::RDS::DBProxy")) == []


def test_buckets_are_closed_versioned_and_tell_of_new_objects() -> None:
    buckets = {n: b for n, b in _of("dynamodb", "AWS::S3::Bucket") if "AccessLogs" not in n}
    assert len(buckets) == 4
    for body in buckets.values():
        assert set(body["PublicAccessBlockConfiguration"].values()) == {True}
        assert body["VersioningConfiguration"] == {"Status": "Enabled"}
        told = body["NotificationConfiguration"]["EventBridgeConfiguration"]
        assert told == {"EventBridgeEnabled": True}


def test_what_is_put_under_lock_stays_whoever_wants_otherwise() -> None:
    buckets = {b["BucketName"]["Fn::Join"][1][0]: b for _, b in _of("dynamodb", "AWS::S3::Bucket")}
    locked = {name: b for name, b in buckets.items() if b.get("ObjectLockEnabled")}
    assert set(locked) == {"steward-dev-ledger-"}
    (bucket,) = locked.values()
    rule = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": "COMPLIANCE", "Days": 1}
    assert environment("production").lock_days > 7 * 365


def test_the_trail_is_a_fifo_queue_in_lines_with_fifo_dead_letters() -> None:
    queues = {body["QueueName"]: body for _, body in _of("dynamodb", "AWS::SQS::Queue")}
    fifo = {name for name, body in queues.items() if body.get("FifoQueue")}
    trail = "steward-dev-porter-file-away"
    assert fifo == {f"{trail}.fifo", f"{trail}-dlq.fifo"}
    assert queues[f"{trail}.fifo"]["DeduplicationScope"] == "messageGroup"
    assert queues[f"{trail}.fifo"]["FifoThroughputLimit"] == "perMessageGroupId"
    assert "ContentBasedDeduplication" not in queues[f"{trail}.fifo"]
    assert queues[f"{trail}.fifo"]["RedrivePolicy"]["maxReceiveCount"] == 6


def test_a_signing_key_never_leaves_kms_and_outlives_its_stack() -> None:
    keys = [b for _, b in _of("dynamodb", "AWS::KMS::Key") if b.get("KeyUsage") == "SIGN_VERIFY"]
    assert [key["KeySpec"] for key in keys] == ["ECC_NIST_P256"]
    assert {action for s in keys[0]["KeyPolicy"]["Statement"] for action in s["Action"]} >= {
        "kms:Sign"
    }


def test_a_generated_secret_is_made_by_the_deployment_alone() -> None:
    secrets = {body["Name"]: body for _, body in _of("dynamodb", "AWS::SecretsManager::Secret")}
    made = {name for name, body in secrets.items() if "GenerateSecretString" in body}
    assert made == {"steward/dev/wax"}


def test_the_archive_outlives_what_consumers_may_ask_to_replay() -> None:
    ((_, archive),) = _of("dynamodb", "AWS::Events::Archive")
    assert archive["RetentionDays"] == 30


def test_fair_queues_group_our_events_by_tenant_and_the_clouds_by_account() -> None:
    groups = {
        body["Name"]: body["Targets"][0]["SqsParameters"]["MessageGroupId"]
        for _, body in _of("dynamodb", "AWS::Events::Rule")
    }
    assert groups == {
        "steward-dev-bakery-take-orders": "$.account",
        "steward-dev-bakery-bake": "$.detail.tenantid",
        "steward-dev-shop-read-invoices": "$.account",
    }


def test_streams_pass_new_outbox_items_only() -> None:
    sources = [
        body
        for _, body in _of("dynamodb", "AWS::Lambda::EventSourceMapping")
        if "FilterCriteria" in body
    ]
    assert len(sources) == 4
    for body in sources:
        (only,) = body["FilterCriteria"]["Filters"]
        assert json.loads(only["Pattern"]) == {
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {"collection": {"S": ["outbox"]}}},
        }
        assert body["BisectBatchOnFunctionError"] is True


@pytest.mark.parametrize("store", STORES)
def test_every_dead_letter_queue_and_function_has_its_alarms(store: StoreKind) -> None:
    watched = {
        (body["MetricName"], *(d["Value"] for d in body.get("Dimensions", ())))
        for _, body in _of(store, "AWS::CloudWatch::Alarm")
    }
    for _, queue in _of(store, "AWS::SQS::Queue"):
        if queue["QueueName"].endswith(("-dlq", "-dlq.fifo")):
            assert ("ApproximateNumberOfMessagesVisible", queue["QueueName"]) in watched
    for _, function in _of(store, "AWS::Lambda::Function"):
        name = function["FunctionName"]
        queues = (f"{name}-dlq", f"{name}-dlq.fifo")
        dead = {("ApproximateNumberOfMessagesVisible", queue) for queue in queues}
        assert ("Errors", name) in watched or dead & watched


def test_the_cdk_code_names_no_concern() -> None:
    """A concern's name may be an English word in a sentence; it is never a value."""
    names = "|".join([*concerns(), "bakery", "porter"])
    named = re.compile(rf"({names})|.*\b({names})\.[a-z].*|.*functions\.({names}).*", re.DOTALL)
    for path in CDK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value.startswith("$context."):
                    continue  # API Gateway's own variables
                assert not named.fullmatch(node.value), f"{path}:{node.lineno}: {node.value}"
