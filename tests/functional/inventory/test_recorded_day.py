from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from steward.demo.day import lines, recorded_day
from steward.demo.estate import ACCOUNTS
from tests.functional.inventory.estate import Estate, estate

__all__ = ["estate"]

RECORDED = Path(__file__).parents[3] / "events" / "aws" / "day" / "envelopes.jsonl"


def known(estate: Estate) -> dict[str, Any]:
    """What the inventory knows, without the versions that count late arrivals."""
    found = estate.resources(limit=200) + estate.resources(limit=200, state="deleted")
    return {one["id"]: estate.get(f"/resources/{one['id']}") for one in found}


def test_the_recorded_day_is_what_its_generator_makes() -> None:
    assert RECORDED.read_text("utf-8") == lines(recorded_day())


def test_the_recorded_day_passes_with_three_broken_events_and_two_nobody_claims(
    estate: Estate,
) -> None:
    estate.claim(*ACCOUNTS)
    estate.send(*(json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()))
    assert len(estate.letters()) == 3
    assert len(estate.parked()) == 2
    types = [event["type"].rpartition("resource.")[2] for event in estate.published()]
    assert types.count("discovered.v1") > 50
    assert types.count("changed.v1") > 40
    assert types.count("deleted.v1") >= 5


@pytest.mark.slow
def test_the_day_delivered_in_any_order_and_twice_ends_the_same(
    estate: Estate, tmp_path: Path
) -> None:
    estate.claim(*ACCOUNTS)
    estate.send(*recorded_day())
    other = Estate(tmp_path / "other")
    other.claim(*ACCOUNTS)
    shuffled = recorded_day() + recorded_day()[::3]
    random.Random(5).shuffle(shuffled)
    other.send(*shuffled)
    assert known(other) == known(estate)
    other.pump.close()
