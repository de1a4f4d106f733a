from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from functions.policy.adapters import schemas
from functions.policy.adapters.known_fields import known, spelled, types
from functions.policy.adapters.rule_files import CASES, SHIPPED, rule_files
from functions.policy.adapters.scaffolds import Wish, fields, scaffold, write
from functions.policy.adapters.timing import bench, resources_in
from functions.policy.model.case import read_cases
from functions.policy.model.facts import facts_of
from functions.policy.model.mutants import survivors
from functions.policy.model.rule_file import read_rule
from steward.errors import BadInput
from steward.planned.plain import Loader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULE = jsonschema.Draft7Validator(schemas.rule_schema())
CASE = jsonschema.Draft7Validator(schemas.cases_schema())
DATABASE = "AWS::RDS::DBInstance"


def plain(text: str) -> Any:
    return yaml.load(text, Loader=Loader)  # noqa: S506 - a safe loader


# new ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", types())
def test_a_new_rule_on_any_known_type_holds_and_its_cases_notice_every_mutant(kind: str) -> None:
    paths = list(known(kind).paths())
    for path, must in zip(
        paths[:: max(1, len(paths) // 2)], itertools.cycle(("true", "7", "on-x"))
    ):
        rule, cases = scaffold(Wish("new-rule", kind, spelled(path), must))
        made = read_rule(rule, "new-rule.yaml")
        if "[]" not in spelled(path):
            assert list(survivors(made, read_cases(cases, "x"))) == []
        RULE.validate(plain(rule))
        CASE.validate(plain(cases))


def test_a_field_inside_lists_is_asked_of_any_element() -> None:
    field = "configuration.ipPermissions[].ipv4Ranges[].cidrIp"
    rule, cases = scaffold(Wish("new-rule", "AWS::EC2::SecurityGroup", field, "10.0.0.0/8"))
    assert plain(rule)["when"] == (
        "configuration.ipPermissions.exists(each, each.ipv4Ranges.exists(inner, "
        'inner.cidrIp != "10.0.0.0/8"))'
    )
    assert [case["expect"] for case in plain(cases)["cases"]] == ["pass", "violation", "unknown"]


def test_a_value_of_quotes_and_braces_stays_that_value() -> None:
    rule, _ = scaffold(Wish("new-rule", DATABASE, "engine", "'a{b}\"c'"))
    made = read_rule(rule, "new-rule.yaml")
    said = made.message.render(facts_of({"name": "orders"}), NOW)
    assert said == 'orders: engine is not "a{b}\\"c".'


@pytest.mark.parametrize(
    ("kind", "field", "must", "told"),
    [
        (DATABASE, "storageEncryptet", "true", "did you mean storageEncrypted"),
        (DATABASE, "vpcSecurityGroups", "true", "no single value"),
        (DATABASE, "engine", "[a]", "no single value"),
        (DATABASE, "engine", "null", "no single value"),
        ("AWS::RDS::DBInstanze", "engine", "x", "did you mean AWS::RDS::DBInstance"),
    ],
)
def test_what_no_rule_can_be_made_of_is_refused_with_what_is_near(
    kind: str, field: str, must: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        scaffold(Wish("new-rule", kind, field, must))


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    wish = Wish("new-rule", DATABASE, "engine", "postgres")
    rule, cases = write(wish, tmp_path / "mine")
    assert (rule.name, cases.name) == ("new-rule.yaml", "new-rule.cases.yaml")
    with pytest.raises(BadInput, match="is there already"):
        write(wish, tmp_path / "mine")


def test_fields_are_told_with_an_example() -> None:
    assert {"field": "engine", "example": "postgres"} in fields(DATABASE)
    assert {"type": DATABASE} in fields(None)


# schema ---------------------------------------------------------------------------------------------


def test_every_rule_and_case_that_ships_fits_the_schemas() -> None:
    for file in rule_files(SHIPPED):
        RULE.validate(plain(file.read_text("utf-8")))
        CASE.validate(plain(file.with_name(file.stem + CASES).read_text("utf-8")))


GOOD = {
    "id": "a-b",
    "title": "T",
    "severity": "low",
    "resources": [DATABASE],
    "when": "true",
    "message": "m",
    "remediation": "r",
}


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "hihg"},
        {"id": "A_B"},
        {"resources": []},
        {"resources": ["nothing like a type"]},
        {"filters": [{"a": "b"}]},
        {"parameters": {"A": {"default": 1, "description": "x"}}},
        {"parameters": {"a": {"default": 1}}},
        {"references": ["http://x"]},
        {"controls": {"cis-aws-3.0": ["99.99"]}},
        {"controls": {"nothing": []}},
        {"action": "explode"},
        {"action": {"type": "stop", "days": 3}},
        {"what": "ever"},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses_too(change: dict[str, Any]) -> None:
    assert RULE.is_valid(GOOD)
    assert not RULE.is_valid({**GOOD, **change})
    text = yaml.safe_dump({**GOOD, **change})
    if change.get("controls") != {
        "cis-aws-3.0": ["99.99"]
    }:  # the pack's own check, not the reader's
        with pytest.raises(BadInput):
            read_rule(text, "a-b.yaml")


def test_the_fields_of_a_type_are_offered_where_a_rule_names_it() -> None:
    [offered] = [
        one["then"]["properties"]
        for one in schemas.rule_schema()["allOf"]
        if one["if"]["properties"]["resources"]["contains"]["const"] == DATABASE
    ]
    assert "configuration.storageEncrypted != true" in offered["when"]["examples"]
    assert "storageEncrypted" in offered["filters"]["items"]["properties"]


def test_what_is_offered_for_when_is_a_condition() -> None:
    for one in schemas.rule_schema()["allOf"]:
        kind = one["if"]["properties"]["resources"]["contains"]["const"]
        for condition in one["then"]["properties"]["when"]["examples"][:5]:
            text = yaml.safe_dump({**GOOD, "resources": [kind], "when": condition})
            assert read_rule(text, "a-b.yaml").resources == (kind,)


# bench ----------------------------------------------------------------------------------------------


class Ticks:
    """A clock that a look at it moves on by a thousand."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += 1_000
        return self.now


def database(*, encrypted: bool | None) -> dict[str, Any]:
    configuration = {} if encrypted is None else {"storageEncrypted": encrypted}
    return {"type": DATABASE, "configuration": configuration}


def test_each_rule_is_timed_over_the_resources_of_its_type(tmp_path: Path) -> None:
    write(Wish("new-rule", DATABASE, "storageEncrypted", "true"), tmp_path)
    found = [database(encrypted=value) for value in (True, False, False, None)]
    [row] = bench(tmp_path, [*found, {"type": "AWS::S3::Bucket"}], now=NOW, clock=Ticks())
    assert row == {
        "rule": "new-rule",
        "resources": 4,
        "microseconds": 0.25,
        "violation": 2,
        "unknown": 1,
        "pass": 1,
    }


def test_nothing_to_judge_is_said() -> None:
    with pytest.raises(BadInput, match="no resource of a type that the rules judge among none"):
        bench(None, [], now=NOW, clock=Ticks())


def test_resources_come_from_json_lines_as_well(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text("\n".join(json.dumps(database(encrypted=True)) for _ in range(3)), "utf-8")
    assert len(resources_in(file)) == 3
    file.write_text("[]\n", "utf-8")
    with pytest.raises(BadInput, match=r"all\.jsonl:1: no resource"):
        resources_in(file)
