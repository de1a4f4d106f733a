"""Costs given to teams: by rules in versions, every cost once, and shown to whom they belong."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import (
    allocate_costs,
    allocation,
    explore,
    follow_resources,
    spread_rules,
    usage,
)
from steward.contracts.cost import AllocationDue, RulesPublished
from steward.contracts.inventory import Actor, ResourceDiscovered, ResourceView
from steward.identity import Role
from tests.edge_world import NOON, message
from tests.functional.cost.ledger import LedgerWorld, ledger
from tests.unit.cost.lake.bills import line

ROOT = "/api/v1/cost"
ROWS = (
    line("30", at="2026-02-10", tags={"team": "ada"}),
    line("10", at="2026-02-10", tags={"team": "bob"}),
    line("10.000000000000000001", at="2026-02-11", ServiceName="Support"),
    line("5", at="2026-02-12", ResourceId="i-1"),
    line("1", at="2026-02-12", ResourceId="i-2", SubAccountId="2"),
)
SHARED = {"name": "support", "when": ["service=Support"], "split": {"way": "proportional"}}
OWN = {"name": "own", "by": "tags.team"}


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    found = ledger(tmp_path)
    found.month("2026-02", ROWS)
    found.month("2026-01", [line("7", at="2026-01-10", tags={"team": "ada"})])
    return found


def publish(world: LedgerWorld, *rules: Mapping[str, Any]) -> int:
    """Publish rules and let all that follows happen; the version."""
    ask = world.asker("allocation-api", allocation.handler)
    answer = ask("POST", f"{ROOT}/rules", {"rules": list(rules)})
    assert answer.status == 200, answer.body
    version: int = answer.body["version"]
    told = message(RulesPublished(version=version), id_=f"v{version}")
    assert world.function("spread-rules").deliver(spread_rules.handler, [told]) == []
    due = [one for one in world.world.events() if one["type"] == "cost.allocation.due.v1"]
    for event in due:
        again = message(AllocationDue(**event["data"]), id_=event["id"])
        assert world.function("allocate-costs").deliver(allocate_costs.handler, [again]) == []
    return version


def by_team(world: LedgerWorld, month: str = "2026-02") -> dict[str, str]:
    ask = world.asker("explore-api", explore.handler)
    days = f"since={month}-01&until=2026-{int(month[5:]) + 1:02d}-01"
    lines = ask("GET", f"{ROOT}/explore?by=team&{days}").body["lines"]
    return {one["values"]["team"]: one["cost"] for one in lines}


def test_published_rules_give_every_month_out_anew_and_lose_nothing(world: LedgerWorld) -> None:
    assert by_team(world) == {"": "56.000000000000000001"}
    assert publish(world, SHARED, OWN) == 1
    assert by_team(world) == {"ada": "37.500000000000000001", "bob": "12.5", "": "6"}
    assert by_team(world, "2026-01") == {"ada": "7"}
    assert publish(world, {"name": "all", "to": "ops"}) == 2
    assert by_team(world) == {"ops": "56.000000000000000001"}


def test_a_month_that_was_given_out_by_these_rules_is_left_alone(world: LedgerWorld) -> None:
    publish(world, OWN)
    swaps = len(swapped(world))
    repeat = message(AllocationDue(partition="aws/2026-02"), id_="again")
    world.function("allocate-costs").deliver(allocate_costs.handler, [repeat])
    assert len(swapped(world)) == swaps == 2


def swapped(world: LedgerWorld) -> list[dict[str, Any]]:
    return [one for one in world.world.events() if one["type"] == "cost.partition.swapped.v1"]


def test_trying_rules_says_what_would_move_and_moves_nothing(world: LedgerWorld) -> None:
    publish(world, OWN)
    ask = world.asker("allocation-api", allocation.handler, Role.VIEWER)
    body = {
        "month": "2026-02",
        "rules": {"rules": [SHARED, OWN, {"name": "gpu", "when": ["service=GPU"], "to": "ml"}]},
    }
    trial = ask("POST", f"{ROOT}/rules/try", body).body
    moved = {one["team"]: Decimal(one["change"]) for one in trial["teams"]}
    assert moved == {
        "": Decimal("-10.000000000000000001"),
        "ada": Decimal("7.500000000000000001"),
        "bob": Decimal("2.5"),
    }
    assert (trial["conserved"], trial["idle"]) == (True, ["gpu"])
    assert by_team(world) == {"ada": "30", "bob": "10", "": "16.000000000000000001"}


def test_rules_are_kept_in_versions(world: LedgerWorld) -> None:
    publish(world, OWN)
    publish(world, {"name": "all", "to": "ops"})
    ask = world.asker("allocation-api", allocation.handler)
    versions = ask("GET", f"{ROOT}/rules").body["items"]
    assert [one["version"] for one in versions] == [2, 1]
    assert ask("GET", f"{ROOT}/rules/1").body["rules"][0]["name"] == "own"
    assert ask("GET", f"{ROOT}/rules/current").body["version"] == 2
    assert ask("GET", f"{ROOT}/rules/7").status == 404
    assert ask("POST", f"{ROOT}/rules", {"rules": []}, if_match='"1"').status == 412


def test_who_may_not_allocate_publishes_nothing(world: LedgerWorld) -> None:
    ask = world.asker("allocation-api", allocation.handler, Role.EDITOR)
    assert ask("POST", f"{ROOT}/rules", {"rules": []}).status == 403


def test_what_a_rule_splits_by_usage_follows_the_dataset(world: LedgerWorld) -> None:
    meter = world.asker("usage-api", usage.handler)
    quantities = {"unit": "request", "days": {"2026-02-10": {"ada": "1", "bob": "3"}}}
    assert meter("PUT", f"{ROOT}/usage/requests/2026-02", quantities).status == 200
    split = {"way": "usage", "dataset": "requests"}
    publish(world, {"name": "all", "when": ["account=1"], "split": split})
    assert by_team(world) == {"bob": "41.250000000000000001", "ada": "13.75", "": "1"}


def test_what_is_nobodys_names_who_may_own_it(world: LedgerWorld) -> None:
    publish(world, SHARED, OWN)
    note(world, "i-1", actor="arn:aws:iam::1:user/cleo")
    ask = world.asker("allocation-api", allocation.handler)
    report = ask("GET", f"{ROOT}/untagged?month=2026-02").body
    assert report["total"] == {"USD": "6"}
    assert [(one["resource"], one["cost"], one["suggested"]) for one in report["lines"]] == [
        ("i-1", "5", "arn:aws:iam::1:user/cleo"),
        ("i-2", "1", None),
    ]
    note(world, "i-1", tags={"Team": "dan"})
    first = ask("GET", f"{ROOT}/untagged?month=2026-02").body["lines"][0]
    assert (first["suggested"], first["because"]) == ("dan", "its tag Team in the inventory")


def test_an_accounts_main_team_is_suggested_where_nothing_else_is_known(world: LedgerWorld) -> None:
    publish(world, OWN)
    ask = world.asker("allocation-api", allocation.handler)
    lines = ask("GET", f"{ROOT}/untagged?month=2026-02").body["lines"]
    suggested = {one["resource"]: (one["suggested"], one["because"]) for one in lines}
    assert suggested["i-1"] == ("ada", "bears 75% of what teams bear of its account")
    assert suggested["i-2"] == (None, None)


def note(
    world: LedgerWorld, native_id: str, *, actor: str = "", tags: dict[str, str] | None = None
) -> None:
    view = ResourceView(
        id=f"res-{native_id}", provider="aws", account="1", region="eu-1", type="AWS::EC2::Instance",
        native_id=native_id, state="running", captured_at=NOON, version=1, tags=tags or {},
    )  # fmt: skip
    who = Actor(who=actor) if actor else None
    event = ResourceDiscovered(resource=view, actor=who, change_id="c")
    sent = message(event, id_=f"{native_id}-{actor}-{len(tags or {})}")
    assert world.function("follow-resources").deliver(follow_resources.handler, [sent]) == []


def test_a_statement_adds_up_to_the_teams_costs(world: LedgerWorld) -> None:
    publish(world, SHARED, OWN)
    ask = world.asker("allocation-api", allocation.handler, Role.VIEWER)
    found = ask("GET", f"{ROOT}/statements?team=ada&month=2026-02").body
    (part,) = found["parts"]
    assert (part["cost"], part["before"]) == ("37.500000000000000001", "7")
    assert sum(Decimal(one["cost"]) for one in part["lines"]) == Decimal(part["cost"])
    assert found["open"] is False
    page = ask("GET", f"{ROOT}/statements/page?team=ada&month=2026-02")
    assert "37.500000000000000001" in page.body
    assert ask("GET", f"{ROOT}/statements?team=nobody&month=2026-02").status == 404
    assert ask("GET", f"{ROOT}/statements?team=ada&month=2026-13").status == 422


def test_names_on_a_page_are_text(world: LedgerWorld) -> None:
    publish(world, {"name": "all", "to": "<b>&"})
    ask = world.asker("allocation-api", allocation.handler)
    page = ask("GET", f"{ROOT}/statements/page?team=%3Cb%3E%26&month=2026-02").body
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page


def test_a_unit_costs_what_is_charged_by_what_is_used(world: LedgerWorld) -> None:
    ask = world.asker("usage-api", usage.handler)
    days = {"2026-02-10": {"ada": "3", "bob": "1"}, "2026-02-11": {"ada": "4"}}
    ask("PUT", f"{ROOT}/usage/requests/2026-02", {"unit": "request", "days": days})
    root = f"{ROOT}/units?dataset=requests&since=2026-02-01&until=2026-03-01"
    (month,) = ask("GET", root).body["lines"]
    assert (month["quantity"], month["each"]) == ("8", "7")
    daily = ask("GET", f"{root}&per=day&key=ada").body["lines"]
    assert [(one["period"], one["each"]) for one in daily] == [
        ("2026-02-10", "13.333333333333"),
        ("2026-02-11", "2.5"),
        ("2026-02-12", None),
    ]
    assert ask("GET", f"{ROOT}/units?dataset=builds").status == 404
    assert ask("GET", f"{root}&per=hour").status == 422


def test_a_day_of_another_month_is_refused(world: LedgerWorld) -> None:
    ask = world.asker("usage-api", usage.handler)
    body = {"unit": "request", "days": {"2026-03-01": {"": "1"}}}
    refused = ask("PUT", f"{ROOT}/usage/requests/2026-02", body)
    assert refused.status == 422
    assert "2026-03-01 is not in 2026-02" in refused.body["detail"]


@pytest.mark.parametrize("month", ["0000-01", "9999-12", "2026-13", "2026-1", "last"])
def test_a_month_that_no_bill_is_of_is_refused(world: LedgerWorld, month: str) -> None:
    ask = world.asker("allocation-api", allocation.handler)
    for path in ("untagged?", "statements?team=ada&", "statements/page?team=ada&"):
        answer = ask("GET", f"{ROOT}/{path}month={month}")
        assert answer.status == 422, (path, answer.body)
        assert "2026-02" in answer.body["detail"]
