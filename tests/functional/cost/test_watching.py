"""Costs are watched: one cause is told of once, what people say of it counts, and budgets ring once."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import (
    announce_watch,
    anomalies,
    budgets,
    follow_resources,
    watch_costs,
)
from functions.cost.model.watching.anomaly import WATCHED, Watched
from steward.contracts.cost import WatchDue
from steward.contracts.inventory import Actor, ResourceChanged, ResourceView
from steward.identity import Role
from tests.edge_world import NOON, TENANT, message
from tests.functional.cost.ledger import WRITER, LedgerWorld, ledger
from tests.unit.cost.lake.bills import line

ROOT = "/api/v1/cost"
LAST = date(2026, 2, 28)
DAYS = 120
SERVICES = ("Compute", "Storage", "Queue")


def usual(day: date, service: str, account: str) -> float:
    """A cost with weekends, the same whenever it is asked for, a little up and down."""
    weekend = 0.6 if day.weekday() >= 5 else 1.0
    wobble = 1 + 0.02 * math.sin(day.toordinal() * 12.9898 + len(service) * 7 + int(account))
    return (20 + 5 * len(service)) * weekend * wobble


def bill(factors: Mapping[tuple[date, str], float], *, last: date = LAST) -> list[dict[str, Any]]:
    """Daily lines of three services in two accounts; ``factors`` are of a service's costs on a day."""
    return [
        line(
            str(round(usual(day, service, account) * factors.get((day, service), 1.0), 6)),
            at=day.isoformat(),
            ServiceName=service,
            SubAccountId=account,
            ChargeCategory="Usage",
            RegionId="eu-1",
            ResourceId=f"{service}-{account}",
            SkuMeter="hours",
            ConsumedQuantity=Decimal(10),
        )
        for back in range(DAYS)
        for service in SERVICES
        for account in ("1", "2")
        for day in [last - timedelta(days=back)]
    ]


def state(world: LedgerWorld, rows: Iterable[Mapping[str, Any]]) -> None:
    """Let the bills consist of these rows, month by month."""
    months: dict[str, list[Mapping[str, Any]]] = {}
    for one in rows:
        months.setdefault(f"{one['ChargePeriodStart']:%Y-%m}", []).append(one)
    for name, found in months.items():
        world.month(name, found)


def look(world: LedgerWorld, name: str = "first") -> None:
    told = message(WatchDue(), id_=f"watch-{name}")
    assert world.function("watch-costs").deliver(watch_costs.handler, [told]) == []


def events(world: LedgerWorld, type_: str) -> list[dict[str, Any]]:
    return [one["data"] for one in world.world.events() if one["type"] == type_]


def opened(world: LedgerWorld) -> list[dict[str, Any]]:
    return [one["anomaly"] for one in events(world, "cost.anomaly.opened.v1")]


@pytest.fixture
def world(tmp_path: Path) -> LedgerWorld:
    return ledger(tmp_path)


SPIKE = LAST - timedelta(days=1)


def test_a_quiet_bill_tells_of_nothing(world: LedgerWorld) -> None:
    state(world, bill({}))
    look(world)
    assert opened(world) == []


def test_one_cause_in_several_series_is_told_of_once_with_the_money_at_stake(
    world: LedgerWorld,
) -> None:
    state(world, bill({(SPIKE, "Compute"): 3.0}))
    look(world)
    look(world, "again")
    (found,) = opened(world)
    assert found["names"] == {"service": "Compute"}
    assert found["day"] == SPIKE.isoformat()
    extra = 2 * sum(usual(SPIKE, "Compute", one) for one in ("1", "2"))
    assert found["at_stake"] == pytest.approx(extra, rel=0.15)
    assert found["low"] < found["expected"] < found["high"] < found["actual"]


def by_usage(factors: Mapping[tuple[date, str], float]) -> list[dict[str, Any]]:
    """Daily lines of three usage types a service; ``factors`` are of a usage type's costs on a day."""
    return [
        line(
            str(round(usual(day, service, str(place)) * factors.get((day, kind), 1.0), 6)),
            at=day.isoformat(),
            ServiceName=service,
            SubAccountId="1",
            ChargeCategory="Usage",
            RegionId="eu-1",
            ResourceId=f"{service}-1",
            SkuMeter=kind,
            ConsumedQuantity=Decimal(10),
        )
        for back in range(DAYS)
        for service in SERVICES
        for place in range(3)
        for kind in [f"{service}-{place}"]
        for day in [LAST - timedelta(days=back)]
    ]


def test_a_usage_type_that_moves_alone_is_the_cause_and_is_named(world: LedgerWorld) -> None:
    state(world, by_usage({(SPIKE, "Queue-1"): 1.5}))
    look(world)
    (found,) = opened(world)
    assert found["names"] == {"service": "Queue", "usage": "Queue-1"}
    assert found["at_stake"] == pytest.approx(usual(SPIKE, "Queue", "1") / 2, rel=0.15)
    ask = world.asker("anomalies-api", anomalies.handler, Role.VIEWER)
    shown = ask("GET", f"{ROOT}/anomalies/{found['id']}").body
    assert {one["usage_type"] for one in shown["movers"]} == {"Queue-1"}


def test_all_usage_types_of_a_service_are_one_cause(world: LedgerWorld) -> None:
    state(world, by_usage({(SPIKE, f"Queue-{place}"): 1.5 for place in range(3)}))
    look(world)
    (found,) = opened(world)
    assert found["names"] == {"service": "Queue"}


def test_what_was_told_of_before_usage_types_were_told_apart_is_not_told_of_again(
    world: LedgerWorld,
) -> None:
    state(world, bill({(SPIKE, "Compute"): 3.0, (SPIKE - timedelta(days=1), "Compute"): 3.0}))
    kept = Watched(
        id="aws/USD",
        day=SPIKE - timedelta(days=1),
        told=((("Compute", None, None, None), SPIKE - timedelta(days=1)),),
    )
    work = world.world.work(function=WRITER, tenant=TENANT)
    work.table("cost").of(WATCHED).put(kept)
    work.commit()
    look(world)
    assert opened(world) == []


def test_the_latest_day_waits_until_the_cloud_has_billed_all_of_it(world: LedgerWorld) -> None:
    state(world, bill({(LAST, "Compute"): 0.1, (LAST, "Queue"): 0.1}))
    look(world)
    assert opened(world) == []


def test_the_cause_names_the_resource_and_the_change_before_it(world: LedgerWorld) -> None:
    change = ResourceChanged(
        resource=ResourceView(
            id="r", provider="aws", account="1", region="eu-1", type="AWS::EC2::Instance",
            native_id="Compute-1", state="running", version=2,
            captured_at=NOON - timedelta(days=2, hours=1),
        ),
        actor=Actor(who="ada"), change_id="chg-7", changed_paths=("/configuration/instanceType",),
    )  # fmt: skip
    follower = world.function("follow-resources")
    noted = follower.deliver(follow_resources.handler, [message(change, id_="n")])
    assert noted == []
    state(world, bill({(SPIKE, "Compute"): 3.0}))
    look(world)
    (found,) = opened(world)
    assert found["resource"] in {"Compute-1", "Compute-2"}
    assert (found["change_id"], found["changed_by"]) == ("chg-7", "ada")
    ask = world.asker("anomalies-api", anomalies.handler, Role.VIEWER)
    shown = ask("GET", f"{ROOT}/anomalies/{found['id']}").body
    assert shown["change"]["paths"] == ["/configuration/instanceType"]
    assert (shown["movers"][0]["usage"], shown["movers"][0]["price"] > 1) == (0.0, True)


def test_what_was_expected_is_not_told_of_again(world: LedgerWorld) -> None:
    assert told_again(world, "expected") == 1


def test_what_nobody_spoke_of_is_told_of_again(world: LedgerWorld) -> None:
    assert told_again(world, None) == 2


def told_again(world: LedgerWorld, says: str | None) -> int:
    """How often a spike is told of that comes back two weeks later."""
    earlier = SPIKE - timedelta(days=14)
    state(world, bill({(earlier, "Compute"): 1.8}, last=earlier + timedelta(days=1)))
    look(world)
    (found,) = opened(world)
    if says is not None:
        ask = world.asker("anomalies-api", anomalies.handler)
        body = {"says": says, "reason": "load test"}
        said = ask("POST", f"{ROOT}/anomalies/{found['id']}/feedback", body)
        assert (said.status, said.body["status"]) == (200, says)
    state(world, bill({(earlier, "Compute"): 1.8, (SPIKE, "Compute"): 1.8}))
    look(world, "later")
    return len(opened(world))


def test_a_restated_bill_withdraws_what_it_shows_no_more(world: LedgerWorld) -> None:
    state(world, bill({(SPIKE, "Compute"): 3.0}))
    look(world)
    state(world, bill({}))
    look(world, "later")
    ask = world.asker("anomalies-api", anomalies.handler, Role.VIEWER)
    (found,) = ask("GET", f"{ROOT}/anomalies?status=withdrawn").body["items"]
    assert "restated" in found["reason"]
    assert ask("GET", f"{ROOT}/anomalies?status=open").body["items"] == []


def test_feedback_takes_a_planner_and_one_of_two_words(world: LedgerWorld) -> None:
    state(world, bill({(SPIKE, "Compute"): 3.0}))
    look(world)
    place = f"{ROOT}/anomalies/{opened(world)[0]['id']}/feedback"
    viewer = world.asker("anomalies-api", anomalies.handler, Role.VIEWER)
    assert viewer("POST", place, {"says": "expected"}).status == 403
    admin = world.asker("anomalies-api", anomalies.handler)
    assert admin("POST", place, {"says": "open"}).status == 422
    assert admin("POST", f"{ROOT}/anomalies/none/feedback", {"says": "expected"}).status == 404


def test_a_tick_asks_for_every_tenant_with_an_account(world: LedgerWorld) -> None:
    world.world.add_account("111111111111")
    world.world.add_account("222222222222", tenant="umbrella")
    tick = {"time": NOON.isoformat(), "schedule": "daily"}
    world.function("announce-watch").call(announce_watch.handler, tick)
    due = [one for one in world.world.events() if one["type"] == "cost.watch.due.v1"]
    assert [one["tenantid"] for one in due] == ["acme", "umbrella"]


def test_a_forecast_shows_its_record_and_what_a_scenario_changes(world: LedgerWorld) -> None:
    state(world, bill({}))
    ask = world.asker("anomalies-api", anomalies.handler, Role.VIEWER)
    (plain,) = ask("POST", f"{ROOT}/forecast", {"horizon": "quarter"}).body["items"]
    assert (plain["start"], plain["end"], plain["until"]) == (
        "2026-01-01",
        "2026-04-01",
        "2026-03-01",
    )
    spent = sum(one["EffectiveCost"] for one in bill({}) if one["ChargePeriodStart"].year == 2026)
    assert Decimal(plain["spent"]) == spent
    assert Decimal(plain["low"]) < Decimal(plain["total"]) < Decimal(plain["high"])
    assert plain["backtest"]["origins"] > 1
    assert plain["backtest"]["typical"] < 0.05
    scenario = {
        "plus": [{"name": "new cluster", "daily": "10", "since": "2026-03-22"}],
        "without": ["service=Queue"],
    }
    asked = {"horizon": "quarter", "scenario": scenario}
    (other,) = ask("POST", f"{ROOT}/forecast", asked).body["items"]
    queue = 31 * sum(usual(LAST - timedelta(days=2), "Queue", one) for one in ("1", "2")) * 0.886
    moved = Decimal(other["changed"]) - Decimal(other["total"])
    assert float(moved) == pytest.approx(100 - queue, rel=0.05)


def test_too_few_days_are_no_forecast(world: LedgerWorld) -> None:
    state(world, [line("1", at="2026-02-27")])
    ask = world.asker("anomalies-api", anomalies.handler)
    (found,) = ask("POST", f"{ROOT}/forecast", {}).body["items"]
    assert (found["total"], found["spent"]) == (None, "1")
    assert "a forecast takes 14" in found["reason"]


DRAFT: dict[str, Any] = {
    "name": "All",
    "currency": "USD",
    "amount": "100",
    "thresholds": [{"basis": "actual", "percent": "50"}, {"basis": "forecast", "percent": "100"}],
}


def crossings(world: LedgerWorld) -> list[tuple[str, str]]:
    return [(one["basis"], one["percent"]) for one in events(world, "cost.budget.crossed.v1")]


def test_a_budget_rings_once_for_each_crossing(world: LedgerWorld) -> None:
    ask = world.asker("budgets-api", budgets.handler)
    kept = ask("POST", f"{ROOT}/budgets", DRAFT).body
    state(world, [line("49.99", at="2026-03-01")])
    look(world)
    assert crossings(world) == []
    state(world, [line("50", at="2026-03-01")])
    look(world, "second")
    look(world, "third")
    assert crossings(world) == [("actual", "50")]
    standing = ask("GET", f"{ROOT}/budgets/{kept['id']}/standing").body
    assert (standing["spent"], standing["crossed"]) == ("50", ["actual/50"])
    state(world, [line("10", at="2026-03-01")])
    look(world, "fourth")
    state(world, [line("70", at="2026-03-01")])
    look(world, "fifth")
    assert crossings(world) == [("actual", "50")] * 2


def test_a_budget_rings_for_what_the_month_will_come_to(world: LedgerWorld) -> None:
    state(world, bill({}))
    monthly = sum(one["EffectiveCost"] for one in bill({}) if one["ChargePeriodStart"].month == 2)
    ask = world.asker("budgets-api", budgets.handler)
    ask("POST", f"{ROOT}/budgets", {**DRAFT, "amount": str(round(monthly * Decimal("0.9")))})
    ask("POST", f"{ROOT}/budgets", {**DRAFT, "amount": str(round(monthly * 2))})
    look(world)
    assert crossings(world) == [("forecast", "100")]


def test_a_budget_is_of_its_own_costs_alone(world: LedgerWorld) -> None:
    ask = world.asker("budgets-api", budgets.handler)
    ask("POST", f"{ROOT}/budgets", {**DRAFT, "where": ["tags.env=prod"]})
    ask("POST", f"{ROOT}/budgets", {**DRAFT, "currency": "EUR"})
    state(world, [line("90", at="2026-03-01", tags={"env": "dev"})])
    look(world)
    assert crossings(world) == []
    state(world, [line("90", at="2026-03-01", tags={"env": "prod"})])
    look(world, "second")
    assert crossings(world) == [("actual", "50")]


def test_a_budget_is_kept_changed_and_removed(world: LedgerWorld) -> None:
    ask = world.asker("budgets-api", budgets.handler, Role.BILLING)
    kept = ask("POST", f"{ROOT}/budgets", DRAFT).body
    place = f"{ROOT}/budgets/{kept['id']}"
    stale = ask("PUT", place, {**DRAFT, "amount": "7"}, if_match='"9"')
    assert stale.status == 412
    assert ask("PUT", place, {**DRAFT, "amount": "7"}).body["amount"] == "7"
    assert ask("GET", place).body["amount"] == "7"
    assert ask("DELETE", place).status == 204
    assert ask("GET", f"{ROOT}/budgets").body["items"] == []
    viewer = world.asker("budgets-api", budgets.handler, Role.VIEWER)
    assert viewer("POST", f"{ROOT}/budgets", DRAFT).status == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": None}, "amount: give one, or a ramp, or a calendar"),
        ({"calendar": {"2026-02-02": "5"}}, "calendar: 2026-02-02 begins no month"),
        ({"where": ["colour=red"]}, "dimension 'colour': is none"),
        ({"thresholds": DRAFT["thresholds"][:1] * 2}, "thresholds: one is there twice"),
        ({"ramp": {"since": "2026-01-01", "first": "5", "growth": "1"}}, "ramp: goes without"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(
    world: LedgerWorld, change: dict[str, Any], said: str
) -> None:
    ask = world.asker("budgets-api", budgets.handler)
    refused = ask("POST", f"{ROOT}/budgets", {**DRAFT, **change})
    assert refused.status == 422
    assert said in json.dumps(refused.body["detail"])
