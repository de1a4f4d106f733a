from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.policy.model.finding import FINDINGS, new_finding
from functions.policy.model.rule import Violation
from functions.policy.service.facets import FIELDS, FindingFacets, count
from functions.policy.service.findings import FindingsWanted, find
from steward.cli.findings_facets import filters, summed
from steward.contracts.policy import FindingView
from steward.errors import BadInput
from steward.store.collection import every
from tests.functional.policy.policy_world import (
    API,
    NOON,
    PolicyWorld,
    made_rule,
    policy_world,
    resource,
)
from tests.functional.policy.test_policy_on_the_runtime import OPEN, RULE, Estate

MANY = 1_200
RULES = [made_rule(f"rule-{n}", severity=("high", "low", "info")[n % 3]) for n in range(7)]
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"active": True},
    {"status": "waived"},
    {"rule": "rule-3"},
    {"severity": "low", "active": True},
    {"account": "000000000002", "region": "us-east-1"},
    {"owner": "ana"},
    {"rule": "nowhere"},
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> PolicyWorld:
    """Findings enough for three pages of one count."""
    made = policy_world(tmp_path_factory.mktemp("facets"), RULES)
    for begin in range(0, MANY, 20):
        work = made.work()
        for number in range(begin, begin + 20):
            work.table("policy").of(FINDINGS).add(_finding(number))
        work.commit()
    return made


def _finding(number: int) -> Any:
    place = resource().model_copy(
        update={
            "id": f"r{number}",
            "account": f"{number % 4:012d}",
            "region": "us-east-1" if number % 3 else "eu-west-1",
            "owner": "ana" if number % 5 == 0 else None,
        }
    )
    found = new_finding(RULES[number % 7], place, Violation("open", {}), NOON)
    return found.changed(NOON, status="waived") if number % 11 == 0 else found


def _count(world: PolicyWorld, wanted: FindingsWanted, **how: Any) -> FindingFacets:
    findings = world.work(API).table("policy").of(FINDINGS)
    return count(wanted, tuple(FIELDS), findings=findings, **{"visible": tuple, **how})


def _listed(world: PolicyWorld, wanted: FindingsWanted) -> list[FindingView]:
    findings = world.work(API).table("policy").of(FINDINGS)
    return list(every(lambda at: find(wanted, findings=findings, cursor=at, limit=200)))


def _of(facets: FindingFacets) -> dict[str, dict[str | None, int]]:
    return {facet.field: {one.value: one.count for one in facet.values} for facet in facets.facets}


@pytest.mark.parametrize("fields", FILTERS, ids=str)
def test_facets_count_what_the_same_filters_list(
    world: PolicyWorld, fields: dict[str, Any]
) -> None:
    wanted = FindingsWanted(**fields)
    listed = _listed(world, wanted)
    counted = _count(world, wanted)
    assert (counted.total, counted.cut, counted.cursor) == (len(listed), False, None)
    expected = {name: dict(Counter(map(read, listed))) for name, read in FIELDS.items()}
    assert _of(counted) == expected


def test_parts_say_that_they_are_cut_and_add_up_to_the_whole(world: PolicyWorld) -> None:
    whole = _count(world, FindingsWanted())
    parts, cursor = [], None
    while True:
        parts.append(_count(world, FindingsWanted(), cursor=cursor, pages=1))
        cursor = parts[-1].cursor
        if cursor is None:
            break
    assert [part.total for part in parts] == [500, 500, 200]
    assert all(part.cut for part in parts)
    total, rows = summed([part.model_dump() for part in parts], 1000)
    assert total == whole.total == MANY
    assert rows == [
        {"field": facet.field, **one.model_dump()} for facet in whole.facets for one in facet.values
    ]


def test_only_what_the_caller_may_see_is_counted(world: PolicyWorld) -> None:
    def mine(views: Any) -> list[FindingView]:
        return [view for view in views if view.account == "000000000001"]

    counted = _count(world, FindingsWanted(), visible=mine)
    assert counted.total == MANY // 4
    assert _of(counted)["account"] == {"000000000001": MANY // 4}


def test_values_beyond_the_limit_are_said_to_be_left_out(
    world: PolicyWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    counted = _count(world, FindingsWanted(), most=2)
    (rules,) = [facet for facet in counted.facets if facet.field == "rule"]
    assert (len(rules.values), rules.more) == (2, 5)
    assert sum(one.count for one in rules.values) + rules.rest == MANY
    summed([counted.model_dump()], 1)
    said = capsys.readouterr().err
    assert f"rule: too many values; those of {rules.rest} findings" in said
    assert "rule: 1 more values" in said


def test_a_filter_without_a_value_is_refused() -> None:
    assert filters(["rule=a=b", "active=true"]) == {"rule": "a=b", "active": "true"}
    with pytest.raises(BadInput, match="give a filter as name=value"):
        filters(["severity"])


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    made.send(*(made.capture(1, OPEN, id=f"r{n}", native_id=f"b{n}") for n in range(3)))
    yield made
    made.pump.close()


def test_facets_over_http_take_the_lists_filters_and_no_others(estate: Estate) -> None:
    def ask(**query: object) -> tuple[int, Any]:
        return estate.http("GET", "/findings/facets", key=estate.viewer, **query)

    status, answer = ask(fields="rule,owner", rule=RULE)
    assert status == 200, answer
    assert answer["facets"] == [
        {"field": "rule", "values": [{"value": RULE, "count": 3}], "more": 0, "rest": 0},
        {"field": "owner", "values": [{"value": None, "count": 3}], "more": 0, "rest": 0},
    ]
    assert (answer["total"], answer["cut"], answer["cursor"]) == (3, False, None)
    assert [facet["field"] for facet in ask()[1]["facets"]] == list(FIELDS)
    for wrong in ({"fields": "message"}, {"cursor": "!"}, {"limit": 0}):
        assert ask(**wrong)[0] == 422, wrong


def test_another_tenants_findings_are_in_no_count(estate: Estate) -> None:
    status, answer = estate.http("GET", "/findings/facets", key=estate.stranger)
    assert (status, answer["total"]) == (200, 0)
