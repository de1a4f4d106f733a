"""Laws of API keys and service accounts: shown once, rotated with an overlap, never above their maker."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.identity.model.services import SERVICES, service_of
from steward.edge.uses import USES, Uses
from steward.identity import Role
from steward.identity.directory import KEYS
from tests.functional.identity.identity_world import (
    Crashing,
    IdentityWorld,
    bearer,
    identity_world,
)

VIEWER = {"role": "viewer", "project": None}
ADMIN = {"role": "admin", "project": None}


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path)


def service(world: IdentityWorld, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = world.ok("POST", "/services", {"name": "robot", **changes})
    return made


def proves(world: IdentityWorld, id_: str, secret: str) -> bool:
    work = world.edge.work(function=world.route("/api/v1/identity/services"))
    return work.table("identity").of(SERVICES).require(id_).proves(secret, now=world.edge.clock())


def test_a_key_is_shown_once_and_kept_as_a_hash(world: IdentityWorld) -> None:
    made = world.ok("POST", "/keys", {"name": "ci", "role": "viewer"})
    plaintext = made["plaintext"]
    shown = world.ok("GET", f"/keys/{made['key']['id']}")
    assert plaintext not in str(shown)
    work = world.edge.work(function=world.route("/api/v1/identity/keys"))
    kept = work.table("directory").of(KEYS).list().items
    assert all(plaintext not in key.model_dump_json() for key in kept)
    assert world.http("GET", "/projects", by=bearer(plaintext))[0] == 200
    assert world.http("POST", "/projects", {"id": "a", "name": "a"}, by=bearer(plaintext))[0] == 403


def test_a_repeated_request_shows_no_secret_again(world: IdentityWorld) -> None:
    key = {"idempotency-key": "k1"}
    draft = {"name": "ci", "role": "viewer"}
    first = world.ok("POST", "/keys", draft, headers=key)
    again = world.ok("POST", "/keys", draft, headers=key)
    assert again["key"]["id"] == first["key"]["id"]
    assert again["plaintext"] is None


def test_a_rotated_key_holds_beside_the_new_one_until_the_overlap_ends(
    world: IdentityWorld,
) -> None:
    old = world.ok("POST", "/keys", {"name": "ci", "role": "viewer", "days": 30})
    path = f"/keys/{old['key']['id']}/rotate"
    new = world.ok("POST", path, {"overlap_hours": 2})
    assert new["key"]["replaces"] == old["key"]["id"]
    assert world.ok("GET", f"/keys/{old['key']['id']}")["state"] == "retiring"
    both = [bearer(old["plaintext"]), bearer(new["plaintext"])]
    assert [world.http("GET", "/projects", by=each)[0] for each in both] == [200, 200]
    world.forward(timedelta(hours=2))
    assert [world.http("GET", "/projects", by=each)[0] for each in both] == [401, 200]
    assert world.http("POST", path, {"overlap_hours": 2})[0] == 422


def test_a_revoked_and_an_expired_key_are_refused(world: IdentityWorld) -> None:
    revoked = world.ok("POST", "/keys", {"name": "a", "role": "viewer"})
    brief = world.ok("POST", "/keys", {"name": "b", "role": "viewer", "days": 1})
    world.ok("DELETE", f"/keys/{revoked['key']['id']}")
    assert world.http("GET", "/projects", by=bearer(revoked["plaintext"]))[0] == 401
    assert world.http("GET", "/projects", by=bearer(brief["plaintext"]))[0] == 200
    world.forward(timedelta(days=1))
    assert world.http("GET", "/projects", by=bearer(brief["plaintext"]))[0] == 401


def test_scopes_bind_a_key_and_every_key_made_with_it(world: IdentityWorld) -> None:
    draft = {"name": "s", "role": "admin", "scopes": ["key:manage", "key:view"]}
    scoped = bearer(world.ok("POST", "/keys", draft)["plaintext"])
    assert world.http("GET", "/users", by=scoped)[0] == 403
    assert world.http("GET", "/keys", by=scoped)[0] == 200
    wide = {"name": "w", "role": "viewer"}
    assert world.http("POST", "/keys", wide, by=scoped)[0] == 403
    beyond = {**wide, "scopes": ["user:view"]}
    assert world.http("POST", "/keys", beyond, by=scoped)[0] == 403
    assert world.http("POST", "/keys", {**wide, "scopes": ["no:such"]})[0] == 422


def test_a_key_of_ones_own_holds_what_its_owner_holds_now(world: IdentityWorld) -> None:
    draft = {"email": "ada@example.com", "name": "Ada", "grants": [VIEWER]}
    ada = world.ok("POST", "/users", draft)["id"]
    person = world.person(ada)
    own = world.ok("POST", "/self/keys", {"name": "laptop"}, by=person)
    holder = bearer(own["plaintext"])
    assert world.http("GET", "/users", by=holder)[0] == 403
    world.ok("PUT", f"/users/{ada}", {"name": "Ada", "grants": [{"role": "auditor"}]})
    assert world.http("GET", "/users", by=holder)[0] == 200
    other = world.ok("POST", "/keys", {"name": "x", "role": "viewer"})["key"]["id"]
    assert world.http("DELETE", f"/self/keys/{other}", by=person)[0] == 404
    assert world.http("DELETE", f"/self/keys/{own['key']['id']}", by=person)[0] == 200


def test_a_service_secret_rotates_with_an_overlap_of_two(world: IdentityWorld) -> None:
    made = service(world, grants=[VIEWER])
    id_, first = made["service"]["id"], made["client_secret"]
    assert service_of(made["service"]["client_id"]) == ("acme", id_)
    path = f"/services/{id_}/rotate"
    second = world.ok("POST", path, {"overlap_hours": 4})["client_secret"]
    assert [proves(world, id_, each) for each in (first, second)] == [True, True]
    third = world.ok("POST", path, {"overlap_hours": 4})["client_secret"]
    assert [proves(world, id_, each) for each in (first, second, third)] == [False, True, True]
    world.forward(timedelta(hours=4))
    assert [proves(world, id_, each) for each in (second, third)] == [False, True]
    assert not proves(world, id_, "stc_wrong")


def test_a_suspended_service_proves_nothing_and_a_deleted_one_is_gone(
    world: IdentityWorld,
) -> None:
    made = service(world, grants=[VIEWER])
    id_, secret = made["service"]["id"], made["client_secret"]
    draft = {"name": "robot's key", "owner": id_}
    holder = bearer(world.ok("POST", "/keys", draft)["plaintext"])
    assert world.http("GET", "/projects", by=holder)[0] == 200
    world.ok("POST", f"/services/{id_}/suspend")
    assert not proves(world, id_, secret)
    assert world.http("GET", "/projects", by=holder)[0] == 401
    world.ok("POST", f"/services/{id_}/resume")
    assert proves(world, id_, secret)
    world.ok("DELETE", f"/services/{id_}")
    world.pump(twice=True)
    assert world.http("GET", f"/services/{id_}")[0] == 404
    assert world.ok("GET", "/services")["items"] == []
    assert world.http("GET", "/projects", by=holder)[0] == 401


def test_a_secret_of_a_service_that_holds_more_is_not_to_be_had(world: IdentityWorld) -> None:
    made = service(world, grants=[ADMIN])
    scopes = ("service:manage", "key:manage", "service:view")
    limited = world.key(Role.ADMIN, scopes=scopes)
    id_ = made["service"]["id"]
    assert world.http("POST", f"/services/{id_}/rotate", {}, by=limited)[0] == 403
    draft = {"name": "k", "owner": id_, "scopes": ["service:view"]}
    assert world.http("POST", "/keys", draft, by=limited)[0] == 403


@pytest.mark.parametrize(
    "draft",
    [
        {"name": "k"},
        {"name": "k", "role": "viewer", "owner": "user:x"},
        {"name": "k", "role": "viewer", "days": 0},
        {"name": "", "role": "viewer"},
        {"name": "k", "role": "king"},
    ],
)
def test_a_key_without_one_clear_holder_is_refused(
    world: IdentityWorld, draft: dict[str, Any]
) -> None:
    assert world.http("POST", "/keys", draft)[0] == 422


def test_the_last_use_is_noted_once_in_five_minutes_and_costs_nothing_between(
    world: IdentityWorld,
) -> None:
    made = world.ok("POST", "/keys", {"name": "ci", "role": "viewer"})
    path, holder = f"/keys/{made['key']['id']}", bearer(made["plaintext"])
    assert world.ok("GET", path)["last_used_at"] is None
    first = world.edge.clock()
    for _ in range(5):
        world.ok("GET", "/projects", by=holder)
        world.edge.clock.forward(timedelta(seconds=59))
    assert datetime.fromisoformat(world.ok("GET", path)["last_used_at"]) == first
    assert noted(world) == 1
    # Another process, which has noted nothing itself, finds the note of this one.
    world.edge.resources.limiter.uses = Uses(world.edge.resources.store)
    world.ok("GET", "/projects", by=holder)
    assert noted(world) == 1
    world.edge.clock.forward(timedelta(minutes=5))
    world.ok("GET", "/projects", by=holder)
    used = datetime.fromisoformat(world.ok("GET", path)["last_used_at"])
    assert (used, noted(world)) == (world.edge.clock(), 2)


def noted(world: IdentityWorld) -> int:
    """How often a use of the key was written, admin's own aside."""
    work = world.edge.work(function=world.route("/api/v1/identity/keys"))
    (ci,) = [key for key in work.table("directory").of(KEYS).list().items if key.name == "ci"]
    return work.table("limits").of(USES).version(f"key:{ci.hash[:12]}")


def test_a_store_that_takes_no_note_refuses_no_request(world: IdentityWorld) -> None:
    holder = world.key(Role.VIEWER)
    world.edge.resources.limiter.uses = Uses(Crashing(world.edge.resources.store, "before"))
    assert world.http("GET", "/projects", by=holder)[0] == 200
