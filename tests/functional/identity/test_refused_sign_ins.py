"""Laws of sign-ins that were refused: the trail tells of them, and nobody can fill it by guessing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.identity.model.refusals import REFUSALS, refusals_id
from steward.identity.directory import TENANTS, Tenant
from tests.edge_world import NOON, TENANT
from tests.sign_in_world import Browser, House, house


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


def guess(home: House, email: str = "ada@example.com", *, tenant: str = TENANT) -> int:
    home.world.clock.forward(timedelta(minutes=6))
    return Browser(home).sign_in(email, "not the words at all", tenant=tenant).status


def told(home: House) -> list[Any]:
    """The audit entries of refused sign-ins, as they go to the trail."""
    return [
        entry
        for item in home.world.outbox()
        for entry in item["audit"]
        if entry["collection"] == "refusals"
    ]


def counted(home: House, person: str, step: Any = "password") -> int:
    found = home.get("identity", REFUSALS, refusals_id(person, step, home.world.clock()))
    return 0 if found is None else int(found.count)


def test_a_wrong_password_leaves_an_entry_with_the_address_marked_as_the_persons(
    home: House,
) -> None:
    assert guess(home) == 401
    (entry,) = told(home)
    after = entry["after"]
    assert (after["person"], after["step"], after["count"]) == ("user:ada", "password", 1)
    assert after["place"] == "192.0.2.7"
    assert entry["personal"] == {"user:ada": ["/after/place"]}
    assert "not the words" not in str(home.world.outbox())


def test_a_hundred_guesses_leave_eight_entries_and_lose_no_count(home: House) -> None:
    home.keep("directory", TENANTS, Tenant(id=TENANT, created_at=NOON), tenant="system")
    for n in range(100):
        assert guess(home, f"nobody-{n}@example.com") == 401
    assert [entry["after"]["count"] for entry in told(home)] == [1, 2, 3, 4, 8, 16, 32, 64]
    assert counted(home, "nobody") == 100


def test_a_name_of_no_tenant_begins_no_trail(home: House) -> None:
    assert guess(home, tenant="globex") == 401
    assert {item["tenant"] for item in home.world.outbox()} == {TENANT}
    assert told(home) == []


def test_a_right_password_leaves_none(home: House) -> None:
    assert Browser(home).sign_in().status == 200
    assert told(home) == []


def test_a_try_that_must_wait_is_not_counted_again(home: House) -> None:
    browser = Browser(home)
    for _ in range(9):
        browser.sign_in(password="not the words at all")
    assert counted(home, "user:ada") == 5
