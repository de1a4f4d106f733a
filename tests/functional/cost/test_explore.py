"""Costs over HTTPS: exact sums by anything, as far as the caller may see them, and kept questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import cost_views, explore
from functions.cost.model.allocation.rules import RuleSetDraft
from steward.identity import Role
from tests.asking import Asker
from tests.functional.cost.ledger import LedgerWorld, ledger
from tests.unit.cost.lake.bills import line

ROOT = "/api/v1/cost"
RULES = RuleSetDraft.model_validate({"rules": [{"name": "own", "by": "tags.team"}]})
FEBRUARY = (
    line("10", at="2026-02-10", ServiceProviderName="AWS", tags={"team": "ada", "env": "prod"}),
    line("0.1", at="2026-02-20", ServiceProviderName="AWS", ServiceName="Storage"),
    line("-0.000000000000000001", at="2026-02-21", ServiceProviderName="AWS"),
)
MARCH = (
    line("30", at="2026-03-01T05:00", ServiceProviderName="AWS", SubAccountId="2"),
    line("4", at="2026-03-01T06:00", ServiceProviderName="AWS", ServiceName="Storage"),
)


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    found = ledger(tmp_path)
    found.month("2026-02", FEBRUARY, rules=RULES)
    found.month("2026-03", MARCH, rules=RULES)
    return found


@pytest.fixture
def ask(world: LedgerWorld) -> Asker:
    return world.asker("explore-api", explore.handler, Role.VIEWER)


def costs(answer: Any, *names: str) -> list[tuple[str, ...]]:
    assert answer.status == 200, answer.body
    return [(*(one["values"][name] for name in names), one["cost"]) for one in answer.body["lines"]]


def test_sums_are_exact_to_the_last_digit(ask: Asker) -> None:
    answer = ask("GET", f"{ROOT}/explore?by=service&since=2026-02-01&until=2026-03-01")
    assert costs(answer, "service") == [("Compute", "9.999999999999999999"), ("Storage", "0.1")]
    assert answer.body["totals"] == {"USD": "10.099999999999999999"}
    assert answer.body["rolled"] is True


@pytest.mark.parametrize(
    ("query", "rolled"), [("by=account", True), ("by=tags.team", False), ("by=team", True)]
)
def test_the_rollups_answer_where_they_can(ask: Asker, query: str, rolled: bool) -> None:  # noqa: FBT001
    answer = ask("GET", f"{ROOT}/explore?{query}&last=60d")
    assert answer.body["rolled"] is rolled
    assert answer.body["totals"] == {"USD": "44.099999999999999999"}


def test_days_are_counted_back_from_today(ask: Asker) -> None:
    assert costs(ask("GET", f"{ROOT}/explore?last=1d"), "currency") == [("USD", "34")]
    assert costs(ask("GET", f"{ROOT}/explore?last=10d"), "currency") == [
        ("USD", "34.099999999999999999")
    ]
    assert ask("GET", f"{ROOT}/explore?since=2025-01-01&until=2025-02-01").body["lines"] == []


def test_hours_and_conditions_narrow_the_answer(ask: Asker) -> None:
    answer = ask(
        "GET", f"{ROOT}/explore?per=hour&last=1d&where=service=Storage%20%26%26%20account=1"
    )
    (only,) = answer.body["lines"]
    assert (only["period"], only["cost"]) == ("2026-03-01T06:00:00", "4")


def test_an_answer_that_is_cut_says_so(ask: Asker) -> None:
    answer = ask("GET", f"{ROOT}/explore?by=service&last=60d&limit=1")
    assert (len(answer.body["lines"]), answer.body["cut"]) == (1, True)


def test_a_restated_month_replaces_its_costs(world: LedgerWorld, ask: Asker) -> None:
    world.month("2026-03", [line("1", at="2026-03-01")])
    assert costs(ask("GET", f"{ROOT}/explore?last=1d"), "currency") == [("USD", "1")]


def test_what_moved_most_comes_first(ask: Asker) -> None:
    answer = ask("GET", f"{ROOT}/moves?by=service&since=2026-03-01&until=2026-03-22")
    assert [
        (one["values"]["service"], one["before"], one["after"], one["change"])
        for one in answer.body["lines"]
    ] == [
        ("Compute", "9.999999999999999999", "30", "20.000000000000000001"),
        ("Storage", "0.1", "4", "3.9"),
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("by=colour", "dimension 'colour': is none"),
        ("last=soon", "last 'soon': write a number and d, w or m"),
        ("last=1d&since=2026-01-01", "goes without since and until"),
        ("since=2026-02-01&until=2026-02-01", "until must be later"),
        ("by=own.product", "'own.product': is not defined"),
        ("by=team&per=hour", "team: goes with"),
        ("where=service", ""),
    ],
)
def test_a_question_without_an_answer_gets_one_reason(ask: Asker, query: str, said: str) -> None:
    answer = ask("GET", f"{ROOT}/explore?{query}")
    assert (answer.status == 422) == bool(said)
    if said:
        assert said in answer.body["detail"]


def test_another_tenants_costs_are_not_seen(world: LedgerWorld) -> None:
    stranger = world.asker("explore-api", explore.handler, Role.VIEWER, tenant="umbrella")
    assert stranger("GET", f"{ROOT}/explore?last=60d").body["lines"] == []
    assert (
        Asker(world.function("explore-api"), explore.handler)("GET", f"{ROOT}/explore").status
        == 401
    )


def test_a_kept_question_is_asked_again(world: LedgerWorld) -> None:
    ask = world.asker("cost-views-api", cost_views.handler)
    draft = {
        "name": "Storage",
        "asked": {"by": ["account"], "where": ["service=Storage"], "last": "2m"},
    }
    view = ask("POST", f"{ROOT}/views", draft).body
    assert costs(ask("GET", f"{ROOT}/views/{view['id']}/costs"), "account") == [("1", "4.1")]
    changed = {**draft, "asked": {"where": ["account=2"], "last": "2m"}}
    assert ask("PUT", f"{ROOT}/views/{view['id']}", changed).status == 200
    assert costs(ask("GET", f"{ROOT}/views/{view['id']}/costs"), "currency") == [("USD", "30")]
    assert [one["name"] for one in ask("GET", f"{ROOT}/views").body["items"]] == ["Storage"]
    assert ask("DELETE", f"{ROOT}/views/{view['id']}").status == 204
    assert ask("GET", f"{ROOT}/views/{view['id']}").status == 404


def test_a_dimension_of_ones_own_is_asked_by_name(world: LedgerWorld) -> None:
    keep = world.asker("cost-views-api", cost_views.handler)
    ask = world.asker("explore-api", explore.handler)
    stage = {"name": "stage", "values": [{"value": "live", "when": ["tags.env=prod"]}]}
    assert keep("PUT", f"{ROOT}/dimensions/stage", stage).status == 200
    answer = ask("GET", f"{ROOT}/explore?by=own.stage&last=60d")
    assert ("live", "10") in costs(answer, "own.stage")
    draft = {"name": "Live", "asked": {"by": ["own.stage"]}}
    view = keep("POST", f"{ROOT}/views", draft).body
    refused = keep("DELETE", f"{ROOT}/dimensions/stage")
    assert refused.status == 422
    assert "view 'Live' goes by it" in refused.body["detail"]
    keep("DELETE", f"{ROOT}/views/{view['id']}")
    assert keep("DELETE", f"{ROOT}/dimensions/stage").status == 204
    assert keep("POST", f"{ROOT}/views", draft).status == 422


def test_who_only_reads_keeps_nothing(world: LedgerWorld) -> None:
    ask = world.asker("cost-views-api", cost_views.handler, Role.VIEWER)
    assert ask("POST", f"{ROOT}/views", {"name": "x"}).status == 403
    assert ask("GET", f"{ROOT}/views").status == 200
