"""What to buy, from the hours of the bill: nothing that would not have been used."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from functions.cost.handlers import commitments_api
from functions.cost.model.commitments.advice import applying
from functions.cost.model.commitments.offers import Offer
from steward.identity import Role
from tests.asking import Answer, Asker
from tests.edge_world import NOON
from tests.functional.cost.advice import AdviceWorld, advice_world, days, usage

BOX = "EU-BoxUsage:m5.xlarge"
PLAN: dict[str, Any] = {"id": "m5-1y", "provider": "aws", "rates": {"aws/eu-west-1/m5": "0.6"}}


@pytest.fixture
def advice(tmp_path: Path) -> AdviceWorld:
    return advice_world(tmp_path)


def hourly(night: str, day: str, **changes: Any) -> list[dict[str, Any]]:
    """Two weeks of machines, so much an hour at night and by day."""
    return [
        usage(
            begin + timedelta(hours=hour),
            "i-1",
            BOX,
            day if 8 <= hour < 20 else night,
            ChargePeriodEnd=begin + timedelta(hours=hour + 1),
            **changes,
        )
        for begin in days(NOON, 14)
        for hour in range(24)
    ]


def ask(advice: AdviceWorld, *offers: dict[str, Any], **more: Any) -> Answer:
    asker = Asker(
        advice.function("commitments-api"),
        commitments_api.handler,
        advice.world.add_key(Role.VIEWER),
    )
    return asker("POST", "/api/v1/cost/commitments", {"offers": offers, "days": 14, **more})


def test_what_runs_always_is_committed_to_and_what_runs_by_day_is_not(advice: AdviceWorld) -> None:
    advice.bill(hourly("10", "20"))
    plan = ask(advice, PLAN).body
    (bought,) = plan["purchases"]
    # 10 an hour run always, and cost 6 under the plan; what is more runs half of the hours.
    assert Decimal(bought["hourly"]) == Decimal("6.000")
    assert Decimal(bought["utilisation"]) == 1
    assert Decimal(bought["break_even"]) == Decimal("0.6")
    assert Decimal(plan["saving"]) == 4 * 730
    assert Decimal(plan["before"]) == 15 * 730
    assert abs(Decimal(plan["coverage_after"]) - Decimal(10) / 15) < Decimal("0.001")
    assert plan["hidden"] is False


def test_more_usage_buys_more_and_a_decline_less(advice: AdviceWorld) -> None:
    advice.bill(hourly("20", "20"))
    whole = Decimal(ask(advice, PLAN).body["purchases"][0]["hourly"])
    less = Decimal(ask(advice, PLAN, decline="0.25").body["purchases"][0]["hourly"])
    assert (whole, less) == (Decimal(12), Decimal(9))


def test_what_is_covered_already_is_not_bought_again(advice: AdviceWorld) -> None:
    covered = {"CommitmentDiscountStatus": "Used", "CommitmentDiscountId": "sp-1"}
    advice.bill([*hourly("10", "10"), *hourly("30", "30", **covered)])
    plan = ask(advice, PLAN).body
    assert Decimal(plan["purchases"][0]["hourly"]) == Decimal(6)
    assert Decimal(plan["coverage_before"]) == Decimal("0.75")
    assert Decimal(plan["coverage_after"]) == 1


def test_whole_days_hide_swings_and_the_answer_says_so(advice: AdviceWorld) -> None:
    advice.bill([usage(day, "i-1", BOX, "240") for day in days(NOON, 14)])
    plan = ask(advice, PLAN).body
    assert plan["hidden"] is True
    assert Decimal(plan["before"]) == 10 * 730


def test_an_offer_for_what_nobody_uses_is_named(advice: AdviceWorld) -> None:
    advice.bill(hourly("10", "10"))
    other = {**PLAN, "id": "c7-1y", "rates": {"aws/eu-west-1/c7g": "0.5"}}
    plan = ask(advice, other).body
    assert (plan["unused_offers"], plan["purchases"]) == (["c7-1y"], [])


def test_no_bill_is_one_clear_error(advice: AdviceWorld) -> None:
    answer = ask(advice, PLAN)
    assert (answer.status, "take bills in" in answer.body["detail"]) == (404, True)
    advice.bill(hourly("1", "1"))
    assert ask(advice, PLAN, currency="EUR").status == 404
    assert ask(advice, {**PLAN, "rates": {"aws/*": "1.5"}}).status == 422


def test_the_narrowest_pattern_counts() -> None:
    rates = {"aws/*": Decimal("0.7"), "aws/eu-west-1/m5": Decimal("0.6")}
    offer = Offer(id="x", provider="aws", kind="plan", rates=rates, years=1, payment="none")
    (found,) = applying([offer], ["aws/eu-west-1/m5", "aws/eu-west-1/c5", "gcp/europe-west1/n2"])
    assert found.rates == {"aws/eu-west-1/m5": Decimal("0.6"), "aws/eu-west-1/c5": Decimal("0.7")}
