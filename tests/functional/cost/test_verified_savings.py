"""What was promised is read back from the bills that follow: all of it, part of it, or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from functions.cost.model.recommendation import AdviceStanding, Proof, Recommendation
from tests.edge_world import NOON
from tests.functional.cost.advice import DAY, AdviceWorld, advice_world, days, usage, volume

GP2 = "EU-EBS:VolumeUsage.gp2"
GP3 = "EU-EBS:VolumeUsage.gp3"


@pytest.fixture
def advice(tmp_path: Path) -> AdviceWorld:
    return advice_world(tmp_path)


def before() -> list[dict[str, object]]:
    """A month of a volume that costs 0.73 a day; what gp3 costs says another one."""
    lines = [usage(day, "vol-1eefcfcc", GP2, "0.73", "6.6") for day in days(NOON, 31)]
    return lines + [usage(day, "vol-other", GP3, "0.0088", "0.1") for day in days(NOON, 31)]


def after(cost: str, count: int) -> list[dict[str, object]]:
    """The days from the change on, at so much a day."""
    first = NOON.replace(hour=0, tzinfo=None)
    found = [first + DAY * n for n in range(count)]
    return [usage(day, "vol-1eefcfcc", GP3, cost, "6.6") for day in found] + [
        usage(day, "vol-other", GP3, "0.0088", "0.1") for day in found
    ]


def followed(advice: AdviceWorld, cost: str, count: int) -> Recommendation:
    """The recommendation after it was accepted, followed, and billed for so many days."""
    advice.bill(before())
    advice.tell(volume())
    advice.night()
    advice.ask("POST", f"/{advice.one().id}/accept", {})
    advice.tell(volume("gp3", version=2))
    assert advice.one().standing is AdviceStanding.DONE
    return billed(advice, cost, count)


def billed(advice: AdviceWorld, cost: str, count: int) -> Recommendation:
    advice.bill([*before(), *after(cost, count)])
    advice.world.clock.now = NOON + timedelta(days=count)
    advice.world.resources.directory.forget()
    advice.night()
    return advice.one()


@pytest.mark.parametrize(
    ("cost", "proof"),
    [("0.58", Proof.VERIFIED), ("0.68", Proof.PARTIAL), ("0.73", Proof.NONE)],
)
def test_the_bill_says_what_became_of_a_saving(
    advice: AdviceWorld, cost: str, proof: Proof
) -> None:
    found = followed(advice, cost, 15).verification
    assert found is not None
    month = Decimal(730) / 24
    assert found.proof is proof
    assert found.days == 14
    assert abs((found.before or 0) - Decimal("0.73") * month) < Decimal("0.01")
    assert abs((found.after or 0) - Decimal(cost) * month) < Decimal("0.01")
    assert abs((found.saved or 0) - (Decimal("0.73") - Decimal(cost)) * month) < Decimal("0.02")
    (said,) = advice.events("saving.verified")
    assert said["data"]["proof"] == proof


def test_a_few_days_say_nothing(advice: AdviceWorld) -> None:
    found = followed(advice, "0.58", 5).verification
    assert found is not None
    assert (found.proof, found.saved) == (Proof.PENDING, None)
    assert advice.events("saving.verified") == []


def test_later_bills_change_what_is_said_until_a_month_is_over(advice: AdviceWorld) -> None:
    assert followed(advice, "0.73", 10).verification.proof is Proof.NONE  # type: ignore[union-attr]
    later = billed(advice, "0.58", 40)
    assert later.verification is not None
    assert later.verification.proof is Proof.VERIFIED
    assert later.verification.days == 28
    restated = billed(advice, "0.73", 45)
    assert restated.verification == later.verification


def test_what_is_deleted_saves_all_that_it_cost(advice: AdviceWorld) -> None:
    advice.bill(before())
    idle = volume("gp3", configuration={"state": "available"})
    advice.tell(idle)
    advice.night()
    advice.ask("POST", f"/{advice.one().id}/accept", {})
    advice.remove(idle.model_copy(update={"version": 2}))
    rest = [one for one in after("0", 15) if one["ResourceId"] == "vol-other"]
    advice.bill([*before(), *rest])
    advice.night()
    found = advice.one().verification
    assert found is not None
    assert (found.proof, found.after) == (Proof.VERIFIED, Decimal("0.00"))


def test_what_nobody_accepted_is_not_looked_for(advice: AdviceWorld) -> None:
    advice.bill(before())
    advice.tell(volume())
    advice.night()
    advice.tell(volume("gp3", version=2))
    found = billed(advice, "0.58", 15)
    assert (found.standing, found.verification) == (AdviceStanding.GONE, None)


def test_the_day_of_the_change_counts_for_neither_side(advice: AdviceWorld) -> None:
    lines = after("0.58", 15)
    lines[0]["EffectiveCost"] = Decimal(1000)
    found = followed(advice, "0.58", 15)
    advice.bill([*before(), *lines])
    advice.night()
    assert advice.one().verification == found.verification
    assert isinstance(lines[0]["ChargePeriodStart"], datetime)
