"""What could cost less: found from the inventory and the bill, decided on, and ended by changes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from functions.cost.model.recommendation import AdviceStanding
from steward.identity import Role
from tests.edge_world import NOON
from tests.functional.cost.advice import AdviceWorld, advice_world, days, usage, volume

GP2 = "EU-EBS:VolumeUsage.gp2"
GP3 = "EU-EBS:VolumeUsage.gp3"
MONTH = Decimal(730) / 24


@pytest.fixture
def advice(tmp_path: Path) -> AdviceWorld:
    return advice_world(tmp_path)


def gp2_bill(cost: str = "0.73", quantity: str = "6.6") -> list[dict[str, object]]:
    """A month of a volume, and of another one that shows what gp3 costs."""
    lines = [usage(day, "vol-1eefcfcc", GP2, cost, quantity) for day in days(NOON, 30)]
    return lines + [usage(day, "vol-other", GP3, "0.0088", "0.1") for day in days(NOON, 30)]


def test_a_saving_is_reckoned_from_the_bills_own_prices(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    assert advice.all() == []
    advice.night()
    found = advice.one()
    quantity = Decimal("6.6") * MONTH
    expected = Decimal("0.73") * MONTH - quantity * Decimal("0.088")
    assert found.check == "ebs-volume-gp2"
    assert abs(found.saving - expected) < Decimal("0.01")
    assert (found.currency, found.basis) == ("USD", "prices")
    assert 'type = "gp3"' in found.terraform
    assert len(advice.events("recommendation.opened")) == 1


def test_a_dearer_bill_is_a_larger_saving(advice: AdviceWorld) -> None:
    advice.tell(volume())
    advice.bill(gp2_bill())
    advice.night()
    first = advice.one().saving
    advice.bill(gp2_bill(cost="1.46"))
    advice.night()
    assert advice.one().saving > first


def test_looking_twice_changes_nothing(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    found = advice.all()
    advice.night()
    advice.tell(volume())
    assert advice.all() == found
    assert len(advice.events("recommendation.opened")) == 1


def test_a_change_ends_what_nobody_had_accepted(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    advice.tell(volume("gp3", version=2))
    assert advice.one().standing is AdviceStanding.GONE
    assert advice.events("recommendation.ended")[0]["data"]["done"] is False


def test_an_accepted_one_is_done_when_its_resource_has_changed(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    answer = advice.ask("POST", f"/{advice.one().id}/accept", {})
    assert (answer.status, answer.body["standing"]) == (200, "accepted")
    advice.night()
    assert advice.one().standing is AdviceStanding.ACCEPTED
    advice.tell(volume("gp3", version=2))
    assert advice.one().standing is AdviceStanding.DONE
    assert advice.events("recommendation.ended")[0]["data"]["done"] is True


def test_what_is_dismissed_stays_so_and_says_why(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    id_ = advice.one().id
    assert advice.ask("POST", f"/{id_}/dismiss", {"reason": ""}).status == 422
    assert advice.ask("POST", f"/{id_}/dismiss", {"reason": "kept for May"}).status == 200
    advice.night()
    found = advice.one()
    assert (found.standing, found.reason) == (AdviceStanding.DISMISSED, "kept for May")
    assert advice.events("recommendation.dismissed")[0]["data"]["reason"] == "kept for May"


def test_what_ended_cannot_be_decided_on(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    advice.remove(volume(version=2))
    answer = advice.ask("POST", f"/{advice.one().id}/accept", {})
    assert answer.status == 422
    assert "is gone" in answer.body["detail"]


def test_a_resource_counts_once_however_much_is_recommended_for_it(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume(configuration={"state": "available"}))
    advice.night()
    checks = {one.check: one.saving for one in advice.all()}
    assert set(checks) == {"ebs-volume-gp2", "ebs-volume-unattached"}
    sums = advice.ask("GET", "/simulation?standing=open").body
    assert Decimal(sums["saving"]["USD"]) == max(checks.values())
    assert Decimal(sums["each"]["USD"]) == sum(checks.values())
    assert (sums["recommendations"], sums["resources"]) == (2, 1)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("standing=open", 1),
        ("standing=dismissed", 0),
        ("least=1", 1),
        ("least=1000", 0),
        ("risk=low&effort=low", 1),
        ("provider=azure", 0),
        ("team=orders", 1),
        ("team=payments", 0),
        ("check=ebs-volume-gp2", 1),
        ("category=idle", 0),
        ("resource=r1", 1),
        ("resource=r2", 0),
    ],
)
def test_every_filter_filters(advice: AdviceWorld, query: str, count: int) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume(tags={"team": "orders"}))
    advice.night()
    answer = advice.ask("GET", f"?{query}")
    assert (answer.status, len(answer.body["items"])) == (200, count)


def test_a_viewer_sees_and_does_not_decide(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume())
    advice.night()
    id_ = advice.one().id
    assert advice.ask("GET", f"/{id_}", role=Role.VIEWER).status == 200
    assert advice.ask("POST", f"/{id_}/accept", {}, role=Role.VIEWER).status == 403


def test_many_resources_are_looked_at_in_parts(advice: AdviceWorld) -> None:
    names = [f"vol-{n:03d}" for n in range(30)]
    lines = [usage(day, name, GP2, "0.73", "6.6") for day in days(NOON, 30) for name in names]
    advice.bill(lines)
    advice.tell(*(volume(id=name, native_id=name) for name in names))
    advice.night()
    assert len(advice.all()) == 30


def test_a_tick_asks_for_every_tenant_with_an_account(advice: AdviceWorld) -> None:
    advice.world.add_account("111111111111")
    advice.world.add_account("222222222222", tenant="other")
    advice.tick()
    told = advice.events("advice.due")
    assert [one["tenantid"] for one in told] == ["acme", "other"]
    assert all(one["data"]["prices"] for one in told)


def test_an_older_notice_changes_nothing(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.tell(volume("gp3", version=5))
    advice.tell(volume("gp2", version=4))
    advice.night()
    assert advice.all() == []


def listed(meter: str, amount: str, number: int = 0, parts: int = 1) -> dict[str, object]:
    """A part of a list of prices."""
    price = {"meter": meter, "unit": "GB-Mo", "amount": amount, "currency": "USD"}
    return {
        "source": "AmazonEC2",
        "provider": "aws",
        "region": "eu-west-1",
        "number": number,
        "parts": parts,
        "prices": [{**price, "origin": "bill"}],
    }


def test_what_was_never_paid_for_is_priced_by_a_list(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill()[:30])
    advice.tell(volume())
    advice.night()
    assert advice.one().basis == "published"
    assert advice.prices("POST", body=listed("EBS:VolumeUsage.gp3", "0.05")).status == 200
    advice.night()
    found = advice.one()
    assert found.basis == "prices"
    assert found.evidence["gp3_price"] == "0.05"


def test_what_was_paid_comes_before_what_is_published(advice: AdviceWorld) -> None:
    advice.bill(gp2_bill())
    advice.prices("POST", body=listed("EBS:VolumeUsage.gp3", "0.01"))
    advice.tell(volume())
    advice.night()
    assert Decimal(advice.one().evidence["gp3_price"]) == Decimal("0.088")
    sheets = advice.prices("GET", "?provider=aws&region=eu-west-1").body["items"]
    assert {price["origin"] for one in sheets for price in one["prices"]} == {"bill", "list"}
    assert advice.prices("GET", "?provider=gcp&region=eu-west-1").body["items"] == []


def test_a_shorter_list_leaves_nothing_of_the_longer_one(advice: AdviceWorld) -> None:
    for number in range(3):
        advice.prices("POST", body=listed(f"m{number}", "1", number, 3))
    advice.prices("POST", body=listed("m9", "1"))
    sheets = advice.prices("GET", "?provider=aws&region=eu-west-1").body["items"]
    assert [price["meter"] for one in sheets for price in one["prices"]] == ["m9"]
