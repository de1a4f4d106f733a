"""Payloads that AWS really sent, beside the repository when they are there, and extracts of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.adapters.aws_events import CONFIG_CHANGE, TRAIL_CALL, parse
from functions.inventory.model.captures import captures_of
from functions.inventory.model.graph.locators import locate
from functions.inventory.model.ignored import Ignored
from steward.edge.queue import envelope_of
from steward.errors import BadInput
from tests.functional.inventory.estate import Estate, estate
from tests.unit.inventory.ledgers import NOW, Book
from tests.unit.inventory.notices import captured, envelope

__all__ = ["estate"]

BESIDE = (parent / "shared" / "data" for parent in Path(__file__).parents)
DATA = next((folder for folder in BESIDE if folder.is_dir()), Path("absent"))
EVENTS = sorted((DATA / "aws-events").glob("*.json"))
ITEMS = sorted((DATA / "aws-config").glob("*.json"))

RESOURCES_IN_ENVELOPES = {
    "event-cloud-trail-appelb-add-tags": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "event-cloud-trail-create-bucket": "AWS::S3::Bucket",
    "event-cloud-trail-create-distribution": "AWS::CloudFront::Distribution",
    "event-cloud-trail-tag-distribution": "AWS::CloudFront::Distribution",
    "event-cloud-trail-update-distribution": "AWS::CloudFront::Distribution",
    "event-instance-state": "AWS::EC2::Instance",
}
RESOURCES_IN_RECORDS = {
    "event-appmesh-create-mesh": "AWS::AppMesh::Mesh",
    "event-appmesh-create-virtualnode": "AWS::AppMesh::VirtualNode",
    "event-cloud-trail-create-load-balancer-policy": "AWS::ElasticLoadBalancing::LoadBalancer",
    "event-cloud-trail-create-volume": "AWS::EC2::Volume",
    "event-cloud-trail-run-instance-creator-assumed": "AWS::EC2::Instance",
    "event-cloud-trail-run-instances": "AWS::EC2::Instance",
}
REFUSED = {
    "event-config-rule-instance": "missing",
    "event-scheduled": "detail-type 'Scheduled Event'",
    "event-securityhub-iamkey-finding-action": "detail-type 'Security Hub Findings",
    "event-securityhub-lambda-cross": "detail-type 'Security Hub Findings",
    "iam-duty-event": "detail-type 'GuardDuty Finding'",
}
IGNORED = {"event-cloud-trail-catalog-put-resource-policy": "no rule for PutResourcePolicy"}


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def wrapped(record: dict[str, Any]) -> dict[str, Any]:
    """A bare trail record in the envelope that EventBridge gives it."""
    return envelope(
        TRAIL_CALL,
        record,
        id=record["eventID"],
        account=record["recipientAccountId"],
        region=record["awsRegion"],
        time=record["eventTime"],
    )


def outcome(message: Any) -> str:
    """What becomes of a message: the types recorded, why it is ignored, or why it is refused."""
    try:
        found = captures_of(parse(envelope_of(message)), now=NOW)
    except BadInput as error:
        return f"refused: {error}"
    if isinstance(found, Ignored):
        return f"ignored: {found.reason}"
    book = Book.fresh().take(*found)
    assert all(book.resource(one).view() for one in found)
    return "recorded: " + ", ".join(sorted({one.subject.type for one in found}))


def expected(name: str) -> str:
    if name in RESOURCES_IN_ENVELOPES:
        return "recorded: " + RESOURCES_IN_ENVELOPES[name]
    if name in IGNORED:
        return "ignored: " + IGNORED[name]
    return "refused: " + REFUSED.get(name, "event envelope: ")


@pytest.mark.skipif(not EVENTS, reason="the recorded events are not beside this checkout")
@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_recorded_event_is_accepted_or_refused_with_a_reason(path: Path) -> None:
    if path.stem == "event-config-rule-instance":
        assert outcome(read(path)).startswith("refused: event envelope")
        return
    assert outcome(read(path)).startswith(expected(path.stem))


@pytest.mark.skipif(not EVENTS, reason="the recorded events are not beside this checkout")
@pytest.mark.parametrize("name", sorted(RESOURCES_IN_RECORDS))
def test_a_bare_record_counts_once_it_stands_in_an_envelope(name: str) -> None:
    record = read(DATA / "aws-events" / f"{name}.json")
    assert outcome(record).startswith("refused: event envelope")
    record.setdefault("recipientAccountId", record["userIdentity"]["accountId"])
    assert outcome(wrapped(record)) == "recorded: " + RESOURCES_IN_RECORDS[name]


def config_changes(path: Path) -> Iterator[dict[str, Any]]:
    """A recorded item as EventBridge sends it, from whichever form it was recorded in."""
    whole = read(path)
    if "detail-type" in whole:
        yield whole
        return
    if "invokingEvent" in whole:
        yield _change(json.loads(whole["invokingEvent"]))
        return
    for one in whole.get("configurationItems", [whole]):
        yield _change(
            {"messageType": "ConfigurationItemChangeNotification", "configurationItem": one}
        )


def _change(detail: dict[str, Any]) -> dict[str, Any]:
    item = detail.get("configurationItem") or detail
    account = item.get("awsAccountId") or item.get("accountId")
    return envelope(CONFIG_CHANGE, detail, account=account)


NO_ITEMS = {"event-cloudsearch": "no rule for CreateDomain", "poll-evaluation": "message type"}


@pytest.mark.skipif(not ITEMS, reason="the recorded items are not beside this checkout")
@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_every_recorded_item_becomes_a_resource(path: Path) -> None:
    for message in config_changes(path):
        if path.stem in NO_ITEMS:
            assert outcome(message).startswith(f"ignored: {NO_ITEMS[path.stem]}")
        else:
            assert outcome(message).startswith("recorded: AWS::")


@pytest.mark.skipif(not ITEMS, reason="the recorded items are not beside this checkout")
@pytest.mark.parametrize("path", ITEMS, ids=lambda path: path.stem)
def test_whatever_a_recorded_item_names_whole_it_is_tied_to(path: Path) -> None:
    for message in () if path.stem in NO_ITEMS else config_changes(path):
        for capture in captured(message):
            view = Book.fresh().take(capture).resource(capture).view()
            own = {view.arn, view.native_id}
            named = {one.text for text in texts(view.configuration) if (one := locate(text))}
            assert named - own <= {one.target_id for one in view.relations}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


@pytest.mark.skipif(not EVENTS, reason="the recorded events are not beside this checkout")
def test_the_recorded_events_pass_through_the_front_door_without_a_crash(estate: Estate) -> None:
    messages = [read(path) for path in EVENTS]
    messages = [one for one in messages if "detail-type" in one]
    items = [message for path in ITEMS for message in config_changes(path)]
    estate.claim(*sorted({one["account"] for one in (*messages, *items)}))
    for number, message in enumerate((*messages, *items)):
        estate.send({**message, "id": f"{number:08x}-0000-4000-8000-000000000000"})
    assert estate.letters() == []
    found = {one["type"] for one in estate.resources(limit=200)}
    assert set(RESOURCES_IN_ENVELOPES.values()) <= found
    assert "AWS::RDS::DBCluster" in found
