"""Laws of retention: what a tenant sets holds for what is written from then on, and for what was."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from functions.identity.manifest import CONCERNS, RETAINED
from steward.identity import Role
from steward.manifest import load_function
from steward.store.sql import SqlStore
from tests.edge_world import TENANT
from tests.functional.identity.identity_world import IdentityWorld, identity_world

SETTING = {"name": "Acme", "settings": {"retention": {"identity.invitations": 1}}}


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    world = identity_world(tmp_path, CONCERNS)
    operator = world.key(Role.ADMIN, tenant="default")
    world.ok("POST", "/tenants", {"id": TENANT, "name": "Acme"}, by=operator)
    world.pump()
    return world


def invited(world: IdentityWorld, name: str) -> datetime:
    draft = {"email": f"{name}@example.com", "name": name}
    made = world.ok("POST", "/invitations", draft)["invitation"]
    return datetime.fromisoformat(made["expires_at"])


def expiries(world: IdentityWorld) -> list[int]:
    store = world.edge.resources.store
    assert isinstance(store, SqlStore)
    with store.database.relaying() as cursor:
        cursor.execute(
            "SELECT expires FROM items WHERE collection = 'invitations' AND tenant = :t ORDER BY 1",
            {"t": TENANT},
        )
        return [row[0] for row in cursor.fetchall()]


def after(moment: datetime, days: int) -> int:
    return int((moment + timedelta(days=days)).timestamp())


def tick(world: IdentityWorld) -> None:
    function = load_function("identity.sweep-retention")
    world.run(function, {"time": world.edge.clock().isoformat(), "schedule": function.id})
    world.pump()


def test_what_is_written_has_the_default_and_then_what_the_tenant_has_set(
    world: IdentityWorld,
) -> None:
    first = invited(world, "ada")
    assert expiries(world) == [after(first, 90)]
    world.ok("PUT", "/tenant", SETTING)
    world.edge.resources.directory.forget()
    second = invited(world, "bob")
    assert expiries(world) == [after(second, 1), after(first, 90)]


def test_what_was_written_before_follows_with_the_change(world: IdentityWorld) -> None:
    made = [invited(world, f"p{n}") for n in range(100)]
    world.ok("PUT", "/tenant", SETTING)
    world.pump(twice=True)
    world.edge.clock.forward(timedelta(minutes=2))
    world.edge.resources.directory.forget()
    world.pump(twice=True)
    assert expiries(world) == [after(made[0], 1)] * 100


def test_a_daily_sweep_catches_up_and_removes_what_is_over(world: IdentityWorld) -> None:
    made = invited(world, "ada")
    world.ok("PUT", "/tenant", SETTING)
    world.pump()
    world.timers.clear()
    world.edge.clock.forward(timedelta(days=8))
    assert made < world.edge.clock()
    assert expiries(world) == [after(made, 90)]
    tick(world)
    assert expiries(world) == []


@pytest.mark.parametrize(
    "retention",
    [{"identity.invitations": 0}, {"identity.users": 30}, {"notify.deliveries": 401}, {"x": 1}],
)
def test_what_cannot_be_set_is_refused(world: IdentityWorld, retention: dict[str, int]) -> None:
    change = {"name": "Acme", "settings": {"retention": retention}}
    assert world.http("PUT", "/tenant", change)[0] == 422


def test_every_retention_that_is_declared_can_be_set_within_its_bounds() -> None:
    declared = {}
    for concern in CONCERNS:
        ground = importlib.import_module(f"functions.{concern}.handlers.walk_data").ground()
        for holding in ground.holdings:
            if holding.collection.retention is not None:
                declared[holding.name] = holding.collection.retention.bounds
    assert declared == RETAINED
