"""Laws of tenants: who keeps them, who is let in, and what their own admins may set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steward.identity import DEFAULT_TENANT, Role
from tests.functional.identity.identity_world import (
    IdentityWorld,
    Person,
    bearer,
    identity_world,
)

ADMIN = {"role": "admin", "project": None}
WHY = {"reason": "invoices unpaid since March"}


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path)


@pytest.fixture
def operator(world: IdentityWorld) -> Person:
    return world.key(Role.ADMIN, tenant=DEFAULT_TENANT)


def made(world: IdentityWorld, operator: Person, id_: str = "globex") -> Person:
    """A tenant with its first admin, invited by the operator."""
    world.ok("POST", "/tenants", {"id": id_, "name": "Globex"}, by=operator)
    draft = {"email": "boss@example.com", "name": "Boss", "grants": [ADMIN]}
    token = world.ok("POST", f"/tenants/{id_}/invitations", draft, by=operator)["token"]
    welcome = world.ok("POST", "/invitations/accept", {"token": token}, by=Person({}))
    assert welcome["tenant"] == id_
    return world.person(welcome["user"], tenant=id_)


def test_a_tenant_begins_with_an_admin_whom_the_operator_invites(
    world: IdentityWorld, operator: Person
) -> None:
    boss = made(world, operator)
    (shown,) = world.ok("GET", "/users", by=boss)["items"]
    assert shown["email"] == "boss@example.com"
    assert world.ok("GET", "/users")["items"] == []
    world.pump()
    assert world.told("identity.tenant.created.v1") == [{"tenant": "globex"}]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/tenants", None),
        ("GET", "/tenants/globex", None),
        ("POST", "/tenants", {"id": "mine", "name": "Mine"}),
        ("POST", "/tenants/globex/suspend", WHY),
        ("POST", "/tenants/globex/resume", None),
        ("POST", "/tenants/globex/invitations", {"email": "e@example.com", "name": "E"}),
    ],
)
def test_no_tenants_own_admin_operates_the_installation(
    world: IdentityWorld, operator: Person, method: str, path: str, body: Any
) -> None:
    boss = made(world, operator)
    assert world.http(method, path, body, by=boss)[0] == 403
    assert world.http(method, path, body)[0] == 403
    viewer = world.key(Role.AUDITOR, tenant=DEFAULT_TENANT)
    assert world.http(method, path, body, by=viewer)[0] == 403


def test_a_suspended_tenant_is_let_in_nowhere_until_resumed(
    world: IdentityWorld, operator: Person
) -> None:
    boss = made(world, operator)
    invited = world.ok("POST", "/invitations", {"email": "x@example.com", "name": "X"}, by=boss)
    world.ok("POST", "/tenants/globex/suspend", WHY, by=operator)
    assert world.http("GET", "/users", by=boss)[0] == 403
    answer = {"token": invited["token"]}
    assert world.http("POST", "/invitations/accept", answer, by=Person({}))[0] == 403
    assert world.http("POST", "/tenants/globex/suspend", WHY, by=operator)[0] == 422
    world.ok("POST", "/tenants/globex/resume", by=operator)
    assert world.http("GET", "/users", by=boss)[0] == 200


def test_the_operating_tenant_stays_and_ids_are_not_reused(
    world: IdentityWorld, operator: Person
) -> None:
    made(world, operator)
    again = {"id": "globex", "name": "Other"}
    assert world.http("POST", "/tenants", again, by=operator)[0] == 409
    for id_ in (DEFAULT_TENANT, "system"):
        assert world.http("POST", "/tenants", {"id": id_, "name": "X"}, by=operator)[0] == 409
        assert world.http("POST", f"/tenants/{id_}/suspend", WHY, by=operator)[0] == 422


@pytest.mark.parametrize("id_", ["", "A", "a#b", "a*", "a?b", "a\r\nb", "-a", "a--b", "x" * 64])
def test_a_tenant_id_that_would_blur_a_key_is_refused(
    world: IdentityWorld, operator: Person, id_: str
) -> None:
    assert world.http("POST", "/tenants", {"id": id_, "name": "X"}, by=operator)[0] == 422


def test_a_tenants_admin_sets_its_own_and_sees_no_other(
    world: IdentityWorld, operator: Person
) -> None:
    boss = made(world, operator)
    _, shown, headers = world.exchange("GET", "/tenant", by=boss)
    assert (shown["id"], shown["settings"]["grace_days"]) == ("globex", 14)
    change = {"name": "Globex Ltd", "settings": {"grace_days": 30}}
    match = {"if-match": headers["ETag"]}
    assert world.http("PUT", "/tenant", change, by=boss, headers=match)[0] == 200
    assert world.http("PUT", "/tenant", change, by=boss, headers=match)[0] == 412
    assert world.ok("GET", "/tenants/globex", by=operator)["settings"]["grace_days"] == 30
    beyond = {"name": "Globex", "settings": {"grace_days": 91}}
    assert world.http("PUT", "/tenant", beyond, by=boss)[0] == 422
    viewer = bearer(world.edge.add_key(Role.VIEWER, tenant="globex"))
    assert world.http("PUT", "/tenant", change, by=viewer)[0] == 403
