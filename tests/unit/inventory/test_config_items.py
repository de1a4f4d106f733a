from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.inventory.adapters.aws_events import parse
from functions.inventory.model.fitting import CONFIGURATION_BYTES
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.resource import DELETED, Effect
from steward.edge.queue import envelope_of
from steward.errors import BadInput
from tests.unit.inventory.ledgers import NOW, Book
from tests.unit.inventory.notices import captured, envelope, item, only, state, understood

BUCKET = "AWS::S3::Bucket"


def facts_of(message: dict[str, Any]) -> Any:
    return only(message).facts


def test_json_inside_strings_is_decoded_and_laid_under_supplementary() -> None:
    acl = json.dumps(json.dumps({"owner": {"id": "me"}}))
    facts = facts_of(
        item(
            BUCKET,
            "logs",
            configuration='{"name":"logs"}',
            supplementaryConfiguration={
                "AccessControlList": acl,
                "IsRequesterPaysEnabled": "false",
                "BucketPolicy": '{"policyText":"{\\"Version\\":\\"2012-10-17\\"}"}',
            },
        )
    )
    assert facts.configuration == {
        "name": "logs",
        "supplementary": {
            "AccessControlList": {"owner": {"id": "me"}},
            "IsRequesterPaysEnabled": False,
            "BucketPolicy": {"policyText": '{"Version":"2012-10-17"}'},
        },
    }


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"state": {"code": 16, "name": "running"}}, "running"),
        ({"state": {"value": "in-use"}}, "in-use"),
        ({"dBInstanceStatus": "available"}, "available"),
        ({"keyState": "Disabled"}, "Disabled"),
        ({"state": {"name": "terminated"}}, DELETED),
        ({}, "active"),
        ({"state": {}}, "active"),
    ],
)
def test_the_state_is_the_provider_s_word(configuration: dict[str, Any], expected: str) -> None:
    message = item("AWS::EC2::Instance", "i-1", configuration=configuration)
    assert facts_of(message).state == expected


def test_a_user_is_the_same_in_items_and_in_calls() -> None:
    capture = only(item("AWS::IAM::User", "AIDAEXAMPLE", resourceName="ana", awsRegion="us-east-1"))
    assert (capture.subject.native_id, capture.subject.region) == ("ana", "global")


def test_relations_come_with_the_words_of_the_provider() -> None:
    facts = facts_of(
        item(
            "AWS::EC2::Instance",
            "i-1",
            relationships=[
                {
                    "resourceId": "vol-1",
                    "resourceType": "AWS::EC2::Volume",
                    "name": "Is attached to ",
                },
                {"resourceName": "web", "resourceType": "AWS::X::Y", "relationshipName": "Uses"},
                {"resourceType": "AWS::X::Nameless", "name": "Uses"},
            ],
        )
    )
    assert [(r.kind, r.target_id) for r in facts.relations] == [
        ("Is attached to", "vol-1"),
        ("Uses", "web"),
    ]


@pytest.mark.parametrize("status", ["ResourceDeleted", "ResourceDeletedNotRecorded"])
def test_a_deleted_item_keeps_what_was_known(status: str) -> None:
    first = item(BUCKET, "logs", configuration={"name": "logs"})
    last = item(
        BUCKET,
        "logs",
        configurationItemStatus=status,
        configuration=None,
        configurationItemCaptureTime="2026-03-10T10:00:00Z",
        configurationStateId=2,
    )
    book = Book.fresh().take(*captured(first), *captured(last))
    facts = book.facts(only(first))
    assert (facts.state, facts.configuration) == (DELETED, {"name": "logs"})


def test_an_oversized_item_is_recorded_as_partial_with_the_place_of_the_whole() -> None:
    detail = {
        "messageType": "OversizedConfigurationItemChangeNotification",
        "configurationItemSummary": {
            "changeType": "UPDATE",
            "awsAccountId": "111122223333",
            "awsRegion": "eu-west-1",
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": "sg-1",
            "ARN": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
            "configurationItemStatus": "OK",
            "configurationItemCaptureTime": "2026-03-10T09:00:00Z",
            "configurationStateId": 1,
        },
        "s3DeliverySummary": {"s3BucketLocation": "config-bucket/items/1.json.gz"},
    }
    capture = only(envelope("Config Configuration Item Change", detail))
    facts = Book.fresh().take(capture).facts(capture)
    assert capture.effect is Effect.EDITED
    assert facts.partial is not None
    assert "config-bucket/items/1.json.gz" in facts.partial


def test_a_configuration_above_the_limit_is_cut_and_says_so() -> None:
    small, large = {"on": True}, ["x" * 1000] * (CONFIGURATION_BYTES // 1000 + 1)
    facts = facts_of(item(BUCKET, "logs", configuration={"small": small, "large": large}))
    assert facts.configuration == {"small": small}
    assert "left out: large" in str(facts.partial)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"configurationItemStatus": "ResourceNotRecorded"}, "not recorded"),
        ({"resourceType": "AWS::Config::ResourceCompliance"}, "bookkeeping"),
    ],
)
def test_an_item_of_no_consequence_says_why(changes: dict[str, Any], reason: str) -> None:
    found = understood(item(BUCKET, "logs", **changes))
    assert isinstance(found, Ignored)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"awsAccountId": "999999999999"}, "in an envelope of '111122223333'"),
        ({"configurationItemCaptureTime": "yesterday"}, "configurationItemCaptureTime"),
        ({"configurationItemCaptureTime": "2026-03-10T09:00:00"}, "timezone"),
        ({"resourceId": ""}, "resourceId"),
        ({"resourceType": "Bucket"}, "resourceType"),
        ({"awsRegion": "eu west"}, "awsRegion"),
    ],
)
def test_a_broken_item_is_refused_with_the_field_at_fault(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        understood(item(BUCKET, "logs", **changes))


def test_a_capture_from_the_future_is_refused() -> None:
    with pytest.raises(BadInput, match="ahead of this clock"):
        understood(item(BUCKET, "logs"), now=NOW - timedelta(hours=4))


def test_an_item_without_its_item_is_refused() -> None:
    detail = {"messageType": "ConfigurationItemChangeNotification"}
    with pytest.raises(BadInput, match="no configuration item"):
        understood(envelope("Config Configuration Item Change", detail))


def test_another_kind_of_message_is_refused_with_what_is_taken() -> None:
    with pytest.raises(BadInput, match="the inventory takes AWS API Call via CloudTrail"):
        understood(envelope("Scheduled Event", {}))


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BadInput, match="surrogate"):
        parse(envelope_of(item(BUCKET, "\ud800")))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_refused(number: float) -> None:
    with pytest.raises(BadInput, match="NaN"):
        understood(item(BUCKET, "logs", configuration={"size": number}))


def test_endless_nesting_is_refused() -> None:
    deep: Any = 1
    for _ in range(80):
        deep = {"in": deep}
    with pytest.raises(BadInput, match="nested"):
        understood(item(BUCKET, "logs", configuration=deep))


def test_names_with_any_printable_or_control_character_are_kept() -> None:
    message = item(BUCKET, "logs", tags={"Имя\u0007": "значение\u0000"}, resourceName="a\tb")
    assert facts_of(message).tags == {"Имя\u0007": "значение\u0000"}


def test_a_terminated_machine_is_deleted() -> None:
    capture = only(state("terminated"))
    assert Book.fresh().take(capture).facts(capture).state == DELETED


def test_a_state_change_of_an_unknown_machine_makes_it_known_in_part() -> None:
    capture = only(state("running"))
    facts = Book.fresh().take(capture).facts(capture)
    assert (facts.state, facts.arn) == (
        "running",
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0",
    )
    assert facts.partial is not None
