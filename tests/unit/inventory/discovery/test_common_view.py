from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.inventory.model.templates import filled, written
from functions.inventory.model.view import lets_anyone_in, moment, owner_of, tags_of, verdict, words

OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}


@pytest.mark.parametrize(
    ("rule", "configuration", "expected"),
    [
        ("encrypted", {"encrypted": True}, True),
        ("encrypted", {}, None),
        ("endpoint.public", {"endpoint": {"public": "false"}}, False),
        ("address?", {"address": "198.51.100.1"}, True),
        ("address?", {}, False),
        ("no address", {}, True),
        ("scheme=internal|internet-facing", {"scheme": "internet-facing"}, True),
        ("scheme!=internal", {"scheme": "internal"}, False),
        ("types=EDGE", {"types": ["REGIONAL"]}, False),
        ("grants[].grantee=AllUsers", {"grants": [{"grantee": "AllUsers"}]}, True),
        ("a or b", {"a": False, "b": True}, True),
        ("a or b", {"a": False}, None),
        ("a unless b", {"a": True, "b": True}, False),
        ("a unless b", {"a": True}, True),
        ("anyone(policy)", {"policy": json.dumps(OPEN)}, True),
        ("anyone(policy)", {}, False),
        ("yes", {}, True),
        ("", {"anything": True}, None),
    ],
)
def test_a_rule_says_yes_no_or_that_it_cannot_tell(
    rule: str, configuration: dict[str, Any], expected: object
) -> None:
    assert verdict(rule, configuration) is expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (OPEN, True),
        ({"Statement": {"Effect": "Allow", "Principal": {"AWS": ["*"]}}}, True),
        ({"Statement": [{**OPEN["Statement"][0], "Condition": {"Bool": {}}}]}, False),
        ({"Statement": [{"Effect": "Deny", "Principal": "*"}]}, False),
        ({"Statement": [{"Effect": "Allow", "Principal": {"Service": "*"}}]}, False),
        ("%7B%22Statement%22%3A%5B%5D%7D", False),
        ("no policy", None),
        ([], None),
    ],
)
def test_a_policy_lets_anyone_in_who_is_everybody_without_condition(
    policy: Any, expected: object
) -> None:
    assert lets_anyone_in(policy) is expected


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.000+0000",
        "2026-01-02T05:04:05+02:00",
        "2026-01-02T03:04:05",
        1767323045,
        1767323045000,
        "1767323045",
        "1767323045.0",
    ],
    ids=repr,
)
def test_an_instant_is_read_from_any_of_the_ways_that_clouds_write_it(value: Any) -> None:
    assert moment(value) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "yesterday", True, {}, [], 10**30, "9" * 40], ids=repr)
def test_what_is_no_instant_is_none(value: Any) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    "value",
    [
        [{"key": "a", "value": "b"}],
        [{"Key": "a", "Value": "b"}],
        [{"tagKey": "a", "tagValue": "b"}],
        {"a": "b"},
    ],
    ids=repr,
)
def test_tags_are_read_from_any_of_their_spellings(value: Any) -> None:
    assert tags_of(value) == {"a": "b"}


def test_a_tag_without_a_value_has_an_empty_one() -> None:
    assert tags_of([{"key": "a"}, {"value": "none"}, "none"]) == {"a": ""}


@pytest.mark.parametrize("key", ["Owner", "owner", "owned-by", "owner:email", "Team"])
def test_the_owner_is_whom_the_tags_name(key: str) -> None:
    assert owner_of({"Name": "web", key: "shop"}) == "shop"


def test_nobody_owns_what_no_tag_gives_to_anyone() -> None:
    assert owner_of({"Name": "web", "Owner": ""}) is None


def test_a_size_has_its_unit() -> None:
    assert words("size GiB", {"size": 8}) == "8 GiB"
    assert words("type", {"type": "t3.micro"}) == "t3.micro"
    assert words("size GiB", {}) is None


def test_a_text_with_an_empty_hole_is_none_and_a_parameter_left_out() -> None:
    assert written("a/{b}", {}) is None
    assert written("a/{b|any}", {}) == "a/"
    assert filled({"One": "{b}", "Two": "x"}, {}) == {"Two": "x"}


def test_a_parameter_that_is_one_hole_is_the_value_itself() -> None:
    assert filled({"Names": "{batch}"}, {"batch": ["a", "b"]}) == {"Names": ["a", "b"]}


def test_a_hole_takes_the_last_word_of_a_name() -> None:
    assert written("{id|last}", {"id": "/hostedzone/Z1"}) == "Z1"
    assert written("{url|last}", {"url": "https://sqs.example/1/queue"}) == "queue"
    assert written("{name|host}", {"name": "example.org."}) == "example.org"
