"""How long a wrong sign-in takes says nothing of whether there is such a user."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from statistics import median
from time import process_time

import pytest

from tests.sign_in_world import Browser, house

TRIES = 200
TOLERANCE = 0.10


@pytest.mark.nightly
def test_known_and_unknown_users_take_the_same_time(tmp_path: Path) -> None:
    home = house(tmp_path)
    home.add_user()
    took: dict[str, list[float]] = {"ada@example.com": [], "eve@example.com": []}
    for number in range(TRIES):
        # Each from another address and after every wait, so that each is looked at.
        browser = Browser(home, ip=f"198.51.{number // 200}.{number % 200}")
        for email, times in took.items():
            home.world.clock.forward(timedelta(minutes=6))
            page = browser.get("/sign-in")
            typed = {"tenant": "acme", "email": email, "password": "wrong wrong wrong"}
            # Processor time: other work on this machine is no business of either.
            started = process_time()
            answer = browser.submit(page, "/sign-in", **typed)
            times.append(process_time() - started)
            assert answer.status == 401
    known, unknown = (median(times) for times in took.values())
    assert abs(known - unknown) / known < TOLERANCE, (known, unknown)
