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
from functions.cost.model.recommendation import AdviceStanding, Proof
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


def keep(advice: AdviceWorld, *offers: dict[str, Any], role: Role = Role.OPERATOR) -> Answer:
    asker = Asker(
        advice.function("commitments-api"), commitments_api.handler, advice.world.add_key(role)
    )
    return asker("POST", "/api/v1/cost/commitments/recommendations", {"offers": offers, "days": 14})


def bought(count: int, cost: str, worth: str) -> list[dict[str, Any]]:
    """Days under a commitment that began on the day after the acceptance."""
    first = NOON.replace(hour=0, tzinfo=None) + timedelta(days=1)
    return [
        usage(
            first + timedelta(days=n),
            "i-1",
            BOX,
            cost,
            CommitmentDiscountId="sp-9",
            CommitmentDiscountStatus="Used",
            ContractedCost=worth,
        )
        for n in range(count)
    ]


def test_a_purchase_is_kept_as_a_recommendation_and_is_the_same_when_asked_again(
    advice: AdviceWorld,
) -> None:
    advice.bill(hourly("10", "20"))
    for _ in range(2):
        assert keep(advice, PLAN).status == 200
    found = advice.one()
    assert (found.check, found.provider, found.resource_name) == (
        "commitment-purchase",
        "aws",
        "m5-1y",
    )
    assert (found.saving, found.cost) == (Decimal(4 * 730), Decimal(10 * 730))
    assert "commit to 6.000 USD an hour" in found.action
    assert len(advice.events("recommendation.opened")) == 1


def test_a_purchase_that_is_not_worth_it_any_more_ends_and_one_that_was_dismissed_stays_so(
    advice: AdviceWorld,
) -> None:
    advice.bill(hourly("10", "20"))
    keep(advice, PLAN)
    worse = {**PLAN, "rates": {"aws/eu-west-1/m5": "1"}}
    keep(advice, worse)
    assert advice.one().standing is AdviceStanding.GONE
    keep(advice, PLAN)
    advice.ask("POST", f"/{advice.one().id}/dismiss", {"reason": "we leave"})
    keep(advice, PLAN)
    assert (advice.one().standing, advice.one().reason) == (AdviceStanding.DISMISSED, "we leave")


@pytest.mark.parametrize(
    ("cost", "proof"), [("144", Proof.VERIFIED), ("200", Proof.PARTIAL), ("239", Proof.NONE)]
)
def test_an_accepted_purchase_is_looked_for_in_the_bill_and_its_saving_read_back(
    advice: AdviceWorld, cost: str, proof: Proof
) -> None:
    advice.bill(hourly("10", "10"))
    keep(advice, PLAN)
    advice.ask("POST", f"/{advice.one().id}/accept", {})
    advice.night()
    assert advice.one().standing is AdviceStanding.ACCEPTED
    advice.bill([*hourly("10", "10"), *bought(14, cost, "240")])
    advice.world.clock.now = NOON + timedelta(days=15)
    advice.world.resources.directory.forget()
    advice.night()
    found = advice.one()
    assert found.standing is AdviceStanding.DONE
    assert found.verification is not None
    assert found.verification.proof is proof
    month = Decimal(730) / 24
    assert abs((found.verification.saved or 0) - (240 - Decimal(cost)) * month) < 1


def test_who_only_reads_keeps_no_purchase(advice: AdviceWorld) -> None:
    advice.bill(hourly("10", "20"))
    assert keep(advice, PLAN, role=Role.VIEWER).status == 403
    assert advice.all() == []
