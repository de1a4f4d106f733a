"""Laws of a person's data: exported and forgotten in every concern, and done only when all reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from functions.identity.manifest import CONCERNS
from functions.inventory.model.collections import CHANGES
from functions.inventory.model.resource import Change
from functions.notify.ports import ENDPOINTS
from steward.contracts.inventory import Actor
from steward.identity import Role
from steward.manifest import Function, Queue, Table
from steward.privacy import identifier
from tests.edge_world import NOON
from tests.functional.identity.identity_world import IdentityWorld, identity_world

ARN = "arn:aws:iam::123456789012:user/lovelace"
KEEP = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=("test.name.met.v1",)),
    uses=(Table("inventory"), Table("notify")),
)


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path, CONCERNS)


@pytest.fixture
def ada(world: IdentityWorld) -> str:
    """Somebody of whom several concerns know, by a name that no hexadecimal id spells."""
    draft = {"email": "lovelace@example.com", "name": "Ada Lovelace"}
    id_: str = world.ok("POST", "/users", draft)["id"]
    for name, to in (
        ("both", ["Lovelace@example.com", "ops@example.com"]),
        ("own", ["lovelace@example.com"]),
    ):
        destination = {"kind": "email", "sender": "steward@example.com", "to": to}
        endpoint = {"name": name, "destination": destination}
        world.ok("POST", "/api/v1/notify/endpoints", endpoint)
    work = world.edge.work(function=KEEP)
    changes = work.table("inventory").of(CHANGES)
    for n in range(85):
        changes.put(change(n, ARN if n % 2 else "arn:aws:iam::123456789012:user/bob"))
    work.commit()
    world.pump()
    return id_


def change(n: int, who: str) -> Change:
    return Change.model_validate(
        {
            "id": f"c{n:03}",
            "resource_id": "r1",
            "previous": None,
            "order": f"{n:03}",
            "at": NOON,
            "source": "trail",
            "effect": "edited",
            "event_id": "",
            "action": "",
            "actor": Actor(who=who, from_ip="192.0.2.1"),
        }
    )


def request(world: IdentityWorld, person: str, kind: str, **how: Any) -> dict[str, Any]:
    draft = {"person": person, "kind": kind, "identifiers": [ARN]}
    made: dict[str, Any] = world.ok("POST", "/privacy/requests", draft)
    assert made["state"] == "running"
    assert set(made["missing"]) == set(CONCERNS)
    world.pump(**how)
    done: dict[str, Any] = world.ok("GET", f"/privacy/requests/{made['id']}")
    assert (done["state"], done["missing"]) == ("done", [])
    return done


def counts(done: dict[str, Any]) -> dict[str, int]:
    return {name: n for part in done["parts"] for name, n in part["counts"].items()}


def actors(world: IdentityWorld) -> list[str]:
    work = world.edge.work(function=KEEP)
    page = work.table("inventory").of(CHANGES).list(limit=500)
    return [each.actor.who for each in page.items if each.actor is not None]


def test_an_access_export_holds_what_is_about_the_person_and_nobody_else(
    world: IdentityWorld, ada: str
) -> None:
    done = request(world, ada, "access")
    lines = []
    for part in done["parts"]:
        for file in part["files"]:
            path = f"/privacy/requests/{done['id']}/files"
            text = world.ok("GET", path, query={"file": file["key"]})["text"]
            lines += [json.loads(line) for line in text.splitlines()]
    assert counts(done) == {"identity.users": 1, "inventory.changes": 42, "notify.endpoints": 2}
    assert len(lines) == 45
    assert "user/bob" not in str(lines)
    assert len(actors(world)) == 85


def test_an_erasure_leaves_nothing_that_names_the_person(world: IdentityWorld, ada: str) -> None:
    done = request(world, ada, "erasure", twice=True)
    assert counts(done) == {"inventory.changes": 42, "notify.endpoints": 2}
    assert actors(world) == ["arn:aws:iam::123456789012:user/bob"] * 43
    work = world.edge.work(function=KEEP)
    (left,) = work.table("notify").of(ENDPOINTS).list().items
    assert left.name == "both"
    assert "lovelace" not in left.model_dump_json().lower()
    assert world.http("GET", f"/users/{ada}")[0] == 404
    (told,) = world.told("identity.person.erased.v1")
    assert identifier(ARN) in told["identifiers"]
    assert "lovelace" not in json.dumps({**told, "person": ""})


def test_whoever_holds_more_is_not_erased_by_less(world: IdentityWorld) -> None:
    boss = {"email": "b@example.com", "name": "Boss", "grants": [{"role": "admin"}]}
    id_ = world.ok("POST", "/users", boss)["id"]
    limited = world.key(Role.ADMIN, scopes=("privacy:manage",))
    draft = {"person": id_, "kind": "erasure"}
    assert world.http("POST", "/privacy/requests", draft, by=limited)[0] == 403
    status, problem = world.http("POST", "/privacy/requests", draft)
    assert status == 403
    assert "last admin" in problem["detail"]


@pytest.mark.parametrize(
    ("person", "kind", "status"), [("user:nobody", "access", 404), ("user:x", "sale", 422)]
)
def test_a_request_for_nobody_or_nothing_is_refused(
    world: IdentityWorld, person: str, kind: str, status: int
) -> None:
    assert world.http("POST", "/privacy/requests", {"person": person, "kind": kind})[0] == status


def test_only_who_may_see_personal_data_gets_it(world: IdentityWorld, ada: str) -> None:
    done = request(world, ada, "access")
    key = done["parts"][0]["files"][0]["key"] if done["parts"][0]["files"] else "x"
    path = f"/privacy/requests/{done['id']}/files"
    auditor, stranger = world.key(Role.AUDITOR), world.key(Role.ADMIN, tenant="globex")
    assert world.http("GET", path, by=auditor, query={"file": key})[0] == 403
    assert world.http("GET", path, by=stranger, query={"file": key})[0] == 404
    wrong = {"file": "tenants/globex/exports/x/y"}
    assert world.http("GET", path, query=wrong)[0] == 404
