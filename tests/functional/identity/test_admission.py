"""Laws of invitations, break-glass and borrowed identities."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.identity import Grant, Role
from steward.identity.directory import ACCESS, Access, Policy
from tests.edge_world import KEEPER
from tests.functional.identity.identity_world import (
    IdentityWorld,
    Person,
    bearer,
    identity_world,
)

ADMIN = {"role": "admin", "project": None}
VIEWER = {"role": "viewer", "project": None}
OPERATOR = {"role": "operator", "project": None}
NOBODY = Person({})
REASON = "incident 4711, database down"


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path)


def invited(world: IdentityWorld, **changes: Any) -> dict[str, Any]:
    draft = {"email": "ada@example.com", "name": "Ada", "grants": [VIEWER], **changes}
    made: dict[str, Any] = world.ok("POST", "/invitations", draft)
    return made


def accept(world: IdentityWorld, token: str) -> tuple[int, Any]:
    return world.http("POST", "/invitations/accept", {"token": token}, by=NOBODY)


def user(world: IdentityWorld, name: str, *grants: dict[str, Any]) -> str:
    draft = {"email": f"{name}@example.com", "name": name, "grants": list(grants)}
    id_: str = world.ok("POST", "/users", draft)["id"]
    return id_


def test_an_invitation_makes_one_user_once(world: IdentityWorld) -> None:
    world.ok("POST", "/groups", {"id": "ops", "name": "Ops", "grants": [OPERATOR]})
    made = invited(world, groups=["ops"])
    status, welcome = accept(world, made["token"])
    assert status == 200
    principal = world.principal(welcome["user"])
    assert principal is not None
    assert {grant.role for grant in principal.grants} == {Role.VIEWER, Role.OPERATOR}
    assert accept(world, made["token"])[0] == 404
    assert world.ok("GET", f"/users/{welcome['user']}")["email"] == "ada@example.com"


def test_the_first_key_reaches_ones_own_affairs_alone_and_for_an_hour(
    world: IdentityWorld,
) -> None:
    _, welcome = accept(world, invited(world, grants=[ADMIN])["token"])
    first = bearer(welcome["setup_key"])
    assert world.http("GET", "/self/keys", by=first)[0] == 200
    assert world.http("GET", "/users", by=first)[0] == 403
    assert world.http("POST", "/self/keys", {"name": "mine"}, by=first)[0] == 403
    world.forward(timedelta(hours=1))
    assert world.http("GET", "/self/keys", by=first)[0] == 401


def test_no_trace_of_the_token_is_kept_and_the_answered_invitation_forgets_who(
    world: IdentityWorld,
) -> None:
    # No hexadecimal id spells this name.
    made = invited(world, name="Lovelace", email="lovelace@example.com")
    accept(world, made["token"])
    shown = world.ok("GET", f"/invitations/{made['invitation']['id']}")
    assert (shown["state"], shown["email"], shown["name"]) == ("accepted", "", "")
    everything = str(world.edge.outbox())
    assert made["token"] not in everything
    world.pump()
    (told,) = world.told("identity.invitation.created.v1")
    assert "lovelace" not in str(told).lower()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "sti_acme.0.x",
        "sti_acme.00000000000000000000000000." + "a" * 43,
        "sti_ac#me.00000000000000000000000000." + "a" * 43,
        "sti_*.00000000000000000000000000." + "a" * 43,
        "sti_acme.00000000000000000000000000\r\n." + "a" * 43,
    ],
)
def test_every_token_that_does_not_hold_gets_the_same_answer(
    world: IdentityWorld, token: str
) -> None:
    status, problem = accept(world, token)
    assert (status, problem["type"]) == (404, "urn:steward:problem:not-found")


def test_a_revoked_and_an_expired_invitation_open_to_nobody(world: IdentityWorld) -> None:
    revoked, late = invited(world), invited(world, email="bob@example.com")
    world.ok("DELETE", f"/invitations/{revoked['invitation']['id']}")
    assert accept(world, revoked["token"])[0] == 404
    world.forward(timedelta(days=7))
    assert accept(world, late["token"])[0] == 404


def test_nobody_invites_to_more_than_they_hold(world: IdentityWorld) -> None:
    world.ok("POST", "/groups", {"id": "root", "name": "Root", "grants": [ADMIN]})
    limited = world.key(Role.ADMIN, scopes=("user:manage",))
    draft = {"email": "ada@example.com", "name": "Ada"}
    assert world.http("POST", "/invitations", {**draft, "grants": [ADMIN]}, by=limited)[0] == 403
    assert world.http("POST", "/invitations", {**draft, "groups": ["root"]}, by=limited)[0] == 403


def test_a_broken_glass_lifts_for_its_minutes_and_is_told(world: IdentityWorld) -> None:
    ada = user(world, "ada", OPERATOR)
    person = world.person(ada)
    assert world.http("GET", "/users", by=person)[0] == 403
    draft = {"reason": REASON, "minutes": 30}
    world.ok("POST", "/elevations", draft, by=person)
    assert world.http("GET", "/users", by=person)[0] == 200
    world.forward(timedelta(minutes=30))
    assert world.http("GET", "/users", by=person)[0] == 403
    (told,) = world.told("identity.access.elevated.v1")
    assert (told["principal"], told["reason"]) == (ada, REASON)
    (shown,) = world.ok("GET", "/elevations")["items"]
    assert shown["principal"] == ada


def test_a_broken_glass_can_be_mended_early(world: IdentityWorld) -> None:
    person = world.person(user(world, "ada", OPERATOR))
    risen = world.ok("POST", "/elevations", {"reason": REASON, "minutes": 60}, by=person)
    world.ok("DELETE", f"/elevations/{risen['id']}", by=person)
    assert world.http("GET", "/users", by=person)[0] == 403
    assert world.http("DELETE", f"/elevations/{risen['id']}", by=world.admin)[0] == 404


@pytest.mark.parametrize(
    "draft",
    [
        {"reason": "short", "minutes": 5},
        {"reason": REASON, "minutes": 0},
        {"reason": REASON, "minutes": 61},
        {"reason": "x" * 301, "minutes": 5},
        {"reason": "bad \u202e reason here", "minutes": 5},
    ],
)
def test_a_glass_is_not_broken_without_reason_or_measure(
    world: IdentityWorld, draft: dict[str, Any]
) -> None:
    person = world.person(user(world, "ada", OPERATOR))
    assert world.http("POST", "/elevations", draft, by=person)[0] == 422


def test_only_a_user_who_may_breaks_the_glass(world: IdentityWorld) -> None:
    draft = {"reason": REASON, "minutes": 5}
    viewer = world.person(user(world, "bob", VIEWER))
    assert world.http("POST", "/elevations", draft, by=viewer)[0] == 403
    assert world.http("POST", "/elevations", draft)[0] == 403


def test_a_borrowed_identity_reads_as_the_user_and_names_who_is_behind(
    world: IdentityWorld,
) -> None:
    boss, ada = user(world, "boss", ADMIN), user(world, "ada", {"role": "auditor"})
    person = world.person(boss, mfa=True)
    made = world.ok("POST", f"/users/{ada}/impersonate", {"reason": REASON}, by=person)
    borrowed = bearer(made["token"])
    assert world.http("GET", "/users", by=borrowed)[0] == 200
    assert world.http("POST", "/self/keys", {"name": "mine"}, by=borrowed)[0] == 403
    assert world.http("DELETE", "/self/sessions", by=borrowed)[0] == 403
    world.pump()
    (told,) = world.told("identity.access.impersonated.v1")
    assert (told["principal"], told["by"]) == (ada, boss)
    world.forward(timedelta(minutes=30))
    assert world.http("GET", "/users", by=borrowed)[0] == 401


def test_a_borrowed_identity_that_writes_still_hands_out_nothing(world: IdentityWorld) -> None:
    boss, ada = user(world, "boss", ADMIN), user(world, "ada", ADMIN)
    person = world.person(boss, mfa=True)
    draft = {"reason": REASON, "writes": True}
    made = world.ok("POST", f"/users/{ada}/impersonate", draft, by=person)
    borrowed = bearer(made["token"])
    new = {"email": "eve@example.com", "name": "Eve"}
    assert world.http("POST", "/users", new, by=borrowed)[0] == 403
    assert world.http("POST", "/self/keys", {"name": "mine"}, by=borrowed)[0] == 403
    glass = {"reason": REASON, "minutes": 5}
    assert world.http("POST", "/elevations", glass, by=borrowed)[0] == 403
    assert world.http("DELETE", "/self/sessions", by=borrowed)[0] == 204


def test_nobody_acts_as_another_person_by_a_key_with_nobody_behind_it(
    world: IdentityWorld,
) -> None:
    boss, ada = user(world, "boss", ADMIN), user(world, "ada", {"role": "auditor"})
    person = world.person(boss, mfa=True)
    world.ok("POST", f"/users/{ada}/impersonate", {"reason": REASON}, by=person)
    own = world.ok("POST", "/self/keys", {"name": "mine"}, by=world.person(ada))["key"]["id"]
    known = world.ok("GET", "/keys", by=person)["items"]
    borrowed = next(key["id"] for key in known if key["name"] == "impersonation")
    for id_ in (own, borrowed):
        assert world.http("POST", f"/keys/{id_}/rotate", {}, by=person)[0] == 403
    assert world.http("POST", f"/self/keys/{borrowed}/rotate", {}, by=world.person(ada))[0] == 403
    assert world.http("POST", "/keys", {"name": "k", "owner": ada}, by=person)[0] == 403
    world.ok("POST", "/keys", {"name": "k", "owner": boss}, by=person)
    world.ok("DELETE", f"/keys/{own}", by=person)


def test_a_borrowed_identity_ends_with_the_one_who_borrowed_it(world: IdentityWorld) -> None:
    user(world, "root", ADMIN)
    boss, ada = user(world, "boss", ADMIN), user(world, "ada", {"role": "auditor"})
    person = world.person(boss, mfa=True)
    made = world.ok("POST", f"/users/{ada}/impersonate", {"reason": REASON}, by=person)
    world.ok("POST", f"/users/{boss}/suspend")
    assert world.http("GET", "/users", by=bearer(made["token"]))[0] == 401


def test_impersonation_takes_a_second_factor_and_never_climbs(world: IdentityWorld) -> None:
    world.edge.resources.directory.forget()
    ada = user(world, "ada", {"role": "auditor"})
    boss = user(world, "boss", ADMIN)
    draft = {"reason": REASON}
    plain = world.person(boss)
    assert world.http("POST", f"/users/{ada}/impersonate", draft, by=plain)[0] == 403
    assert world.http("POST", f"/users/{ada}/impersonate", draft)[0] == 403
    strong = world.person(boss, mfa=True)
    assert world.http("POST", f"/users/{boss}/impersonate", draft, by=strong)[0] == 422
    # By a policy of the tenant's own somebody may impersonate who is no admin.
    risen = world.person("user:op", Grant(role=Role.OPERATOR), mfa=True)
    assert world.http("POST", f"/users/{boss}/impersonate", draft, by=risen)[0] == 403
    permit = 'permit (principal, action == Action::"user:impersonate", resource);'
    allow(world, permit)
    assert world.http("POST", f"/users/{boss}/impersonate", draft, by=risen)[0] == 403
    viewer = user(world, "val", VIEWER)
    assert world.http("POST", f"/users/{viewer}/impersonate", draft, by=risen)[0] == 200


def allow(world: IdentityWorld, text: str) -> None:
    work = world.edge.work(function=KEEPER)
    policies = (Policy(id="own", text=text),)
    work.table("directory").of(ACCESS).put(Access(version=1, policies=policies))
    work.commit()
