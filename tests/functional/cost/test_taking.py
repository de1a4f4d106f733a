"""Statements that are taken in: exact, once, whole months at a time, the old or the new."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from functions.cost.model.delivery import BillDeliveryStatus
from functions.cost.service import taking
from functions.cost.service.taking import take
from functions.cost.wiring.bills import wire_taking
from steward.contracts.cost import DeliveryDue
from steward.edge.resources import bind
from steward.errors import Conflict
from tests.functional.cost.bills import BillWorld, bill_world
from tests.functional.cost.statements import cur2, packed, row, text

SUM = "SELECT CAST(sum(BilledCost) AS VARCHAR), count(*) FROM costs"
DAYS = "SELECT CAST(sum(billed) AS VARCHAR), count(*) FROM cost_days"


@pytest.fixture
def bills(tmp_path: Path) -> BillWorld:
    return bill_world(tmp_path)


def test_a_focus_file_becomes_rows_and_rollups_of_its_month(bills: BillWorld) -> None:
    found = bills.bill(
        "aws/january.csv.gz", packed([row(), row(BilledCost="0.000000000000000001")])
    )
    assert found.status is BillDeliveryStatus.INGESTED
    assert found.reason is None
    assert (found.format, found.version, found.rows) == ("FOCUS", "1.0", 2)
    assert found.periods[0].billed == {"USD": "1.250000000000000001"}
    assert bills.ask(SUM) == [["1.250000000000000001", 2]]
    assert bills.ask(DAYS) == [["1.250000000000000001", 1]]
    assert bills.ask("SELECT ServiceProviderName, x_StewardSource FROM costs LIMIT 1") == [
        ["AWS", "aws"]
    ]


def test_the_same_file_twice_counts_once(bills: BillWorld) -> None:
    body = packed([row()])
    bills.bill("aws/january.csv.gz", body)
    again = bills.bill("aws/again.csv.gz", body)
    assert again.status is BillDeliveryStatus.DUPLICATE
    assert bills.ask(SUM) == [["1.250000000000000000", 1]]


def test_a_restatement_replaces_the_month(bills: BillWorld) -> None:
    bills.bill("aws/january.csv.gz", packed([row()]))
    bills.bill("aws/restated.csv.gz", packed([row(BilledCost="7"), row(BilledCost="-2")]))
    assert bills.ask(SUM) == [["5.000000000000000000", 2]]
    (month,) = bills.months()
    assert month.name == "aws/2026-01"
    assert len(month.past) == 1


def test_a_cur_2_0_file_becomes_focus(bills: BillWorld) -> None:
    covered = cur2(
        line_item_line_item_type="SavingsPlanCoveredUsage",
        savings_plan_savings_plan_effective_cost="0.07",
        savings_plan_savings_plan_a_r_n="arn:aws:savingsplans::1:savingsplan/x",
    )
    negation = cur2(
        line_item_line_item_type="SavingsPlanNegation", line_item_unblended_cost="-1.07E-1"
    )
    found = bills.bill("aws/cur.csv.gz", packed([cur2(), covered, negation]))
    assert (found.format, found.reason) == ("AWS CUR 2.0", None)
    assert bills.ask(
        "SELECT CAST(BilledCost AS VARCHAR), CAST(EffectiveCost AS VARCHAR), ServiceName, "
        "CommitmentDiscountStatus, Tags->>'user_team' FROM costs ORDER BY BilledCost, EffectiveCost"
    ) == [
        ["-0.107000000000000000", "0.000000000000000000", *_EC2, None, "ada"],
        ["0.107000000000000000", "0.070000000000000000", *_EC2, "Used", "ada"],
        ["0.107000000000000000", "0.107000000000000000", *_EC2, None, "ada"],
    ]


_EC2 = ("Amazon Elastic Compute Cloud",)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_workers_on_one_month_one_decides_anew_and_the_later_statement_stays(
    first: int, bills: BillWorld
) -> None:
    for name, issued, cost in (("old", 2, "8"), ("new", 3, "9")):
        bills.put(f"gcp/{name}/part-1.csv", text([row(BilledCost=cost)]))
        said = {"files": ["part-1.csv"], "issuedAt": f"2026-02-0{issued}T00:00:00Z"}
        bills.told(f"gcp/{name}/steward-manifest.json", json.dumps(said))
    due = [DeliveryDue(**event["data"]) for event in bills.due()]
    world = bills.function("take-bill")
    works = [world.work(), world.work()]
    with bind(world.resources):
        for work, event in zip(works, due, strict=True):
            take(event, at=wire_taking(work))
        works[first].commit()
        with pytest.raises(Conflict):
            works[1 - first].commit()
    bills.taken(times=2)
    assert bills.ask(SUM) == [["9.000000000000000000", 1]]
    (month,) = bills.months()
    assert len(month.current.segments) == 3


def test_what_took_too_long_for_one_message_goes_on_in_the_next(
    bills: BillWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "STEP", 1)
    for n in range(3):
        bills.put(f"gcp/part-{n}.csv", text([row(BilledCost=str(n))]))
    said = {"files": [f"part-{n}.csv" for n in range(3)]}
    found = bills.bill("gcp/steward-manifest.json", json.dumps(said))
    assert found.rows == 3
    assert len(bills.due()) == 3
    assert bills.ask(SUM) == [["3.000000000000000000", 3]]


def test_a_statement_of_several_months_replaces_each(bills: BillWorld) -> None:
    february = row(BillingPeriodStart="2026-02-01T00:00:00Z", BilledCost="5")
    found = bills.bill("aws/both.csv", text([row(), february]))
    assert [(one.name, one.rows) for one in found.periods] == [("2026-01", 1), ("2026-02", 1)]
    assert [one.name for one in bills.months()] == ["aws/2026-01", "aws/2026-02"]
    assert bills.ask(SUM) == [["6.250000000000000000", 2]]


def test_what_a_refused_bill_left_in_the_lake_is_removed_a_day_later(bills: BillWorld) -> None:
    bills.bill("aws/january.csv", text([row()]))
    bills.put("gcp/part-1.csv", text([row()]))
    bills.put("gcp/part-2.csv", text([row(BilledCost="free")]))
    found = bills.bill(
        "gcp/steward-manifest.json", json.dumps({"files": ["part-1.csv", "part-2.csv"]})
    )
    assert found.status is BillDeliveryStatus.REFUSED
    lake = bills.world.resources.buckets("costs", "acme")
    assert len(list(lake.list("tenants/acme/"))) == 4
    bills.world.clock.forward(timedelta(days=2))
    bills.found()
    assert len(list(lake.list("tenants/acme/"))) == 3
    assert bills.ask(SUM) == [["1.250000000000000000", 1]]
