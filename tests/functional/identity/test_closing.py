"""Laws of closing a tenant: exported whole, erased whole, taken back until then, and on record after."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.identity.manifest import CONCERNS
from functions.identity.model.closings import Closing
from functions.notify.model.notice import Known, Severity
from functions.notify.ports import KNOWN
from steward.identity import DEFAULT_TENANT, SYSTEM, Role
from steward.identity.directory import ACCOUNTS, Account
from steward.manifest import Function, Queue, Table
from steward.store.sql import SqlStore
from tests.edge_world import KEEPER
from tests.functional.identity.identity_world import IdentityWorld, Person, identity_world

WHY = {"reason": "the contract ends this month"}
KEEP_NOTIFY = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=("test.name.met.v1",)),
    uses=(Table("notify"),),
)


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    world = identity_world(tmp_path, CONCERNS)
    world.admin = world.key(Role.ADMIN, tenant=DEFAULT_TENANT)
    return world


@pytest.fixture
def boss(world: IdentityWorld) -> Person:
    """The admin of a tenant with something in several tables."""
    world.ok("POST", "/tenants", {"id": "globex", "name": "Globex"})
    boss = world.key(Role.ADMIN, tenant="globex")
    change = {"name": "Globex", "settings": {"grace_days": 3}}
    world.ok("PUT", "/tenant", change, by=boss)
    for n in range(100):
        draft = {"email": f"p{n}@example.com", "name": f"P{n}"}
        world.ok("POST", "/users", draft, by=boss)
    world.ok("POST", "/services", {"name": "robot"}, by=boss)
    source = {"name": "repo", "scheme": "github", "secret": None}
    world.ok("POST", "/api/v1/hooks/sources", source, by=boss)
    mailbox = {"kind": "email", "sender": "a@x.org", "to": ["b@x.org"]}
    route: dict[str, Any] = {"name": "w", "destination": mailbox}
    world.ok("POST", "/api/v1/notify/endpoints", route, by=boss)
    work = world.edge.work(tenant=SYSTEM, function=KEEPER)
    for n in range(45):
        account = Account(
            provider="aws", account=f"{n:012}", tenant="globex", added_at=world.edge.clock()
        )
        work.table("directory").of(ACCOUNTS).put(account)
    work.commit()
    world.pump()
    return boss


def rows(world: IdentityWorld, tenant: str) -> list[tuple[str, str]]:
    """What is stored of a tenant, but marks and outboxes that expire."""
    store = world.edge.resources.store
    assert isinstance(store, SqlStore)
    with store.database.relaying() as cursor:
        cursor.execute(
            "SELECT space, collection FROM items WHERE tenant = :tenant", {"tenant": tenant}
        )
        found = cursor.fetchall()
    return [
        tuple(row)
        for row in found
        if row[1] not in ("inbox", "outbox", "answers", "buckets", "uses")
    ]


def closing(world: IdentityWorld) -> Closing:
    return Closing.model_validate(world.ok("GET", "/tenants/globex/closing"))


def fetched(world: IdentityWorld, key: str) -> dict[str, Any]:
    answer: dict[str, Any] = world.ok("GET", "/tenants/globex/closing/files", query={"file": key})
    assert hashlib.sha256(answer["text"].encode()).hexdigest() == answer["sha256"]
    return answer


def exported(world: IdentityWorld) -> Closing:
    world.ok("POST", "/tenants/globex/closing", WHY)
    world.pump()
    world.forward(timedelta(minutes=2))
    return closing(world)


def test_the_export_holds_every_item_with_its_digest_and_no_secret(
    world: IdentityWorld, boss: Person
) -> None:
    done = exported(world)
    assert done.state == "waiting"
    assert done.manifest is not None
    manifest = json.loads(fetched(world, done.manifest.key)["text"])
    assert manifest["counts"]["identity.users"] == 100
    assert manifest["counts"]["hooks.sources"] == 1
    lines = []
    for file in manifest["files"]:
        answer = fetched(world, file["key"])
        assert (answer["sha256"], len(answer["text"].splitlines())) == (
            file["sha256"],
            file["items"],
        )
        lines += [json.loads(line) for line in answer["text"].splitlines()]
    assert sum(manifest["counts"].values()) == len(lines) == len(rows(world, "globex"))
    (robot,) = [line for line in lines if line["collection"] == "identity.services"]
    assert robot["body"]["secrets"][0]["hash"] == "[redacted]"


def test_a_closing_tenant_is_read_by_its_people_and_written_by_nobody(
    world: IdentityWorld, boss: Person
) -> None:
    world.ok("POST", "/tenant/closing", WHY, by=boss)
    assert world.http("GET", "/users", by=boss)[0] == 200
    assert world.http("POST", "/groups", {"id": "a", "name": "a"}, by=boss)[0] == 403
    assert world.http("POST", "/tenant/closing", WHY, by=boss)[0] == 403
    assert world.http("POST", "/tenants/globex/closing", WHY)[0] == 422
    world.pump()
    world.forward(timedelta(minutes=2))
    own = world.ok("GET", "/tenant/closing", by=boss)
    query = {"file": own["manifest"]["key"]}
    assert world.http("GET", "/tenant/closing/files", by=boss, query=query)[0] == 200
    wrong = {"file": "tenants/acme/exports/x/manifest.json"}
    assert world.http("GET", "/tenant/closing/files", by=boss, query=wrong)[0] == 404


def test_a_closing_is_taken_back_until_erasure_begins(world: IdentityWorld, boss: Person) -> None:
    exported(world)
    before = rows(world, "globex")
    world.ok("DELETE", "/tenants/globex/closing")
    world.forward(timedelta(days=4))
    assert world.http("POST", "/groups", {"id": "a", "name": "a"}, by=boss)[0] == 200
    assert len(rows(world, "globex")) == len(before) + 1
    exported(world)
    world.forward(timedelta(days=3))
    assert world.http("DELETE", "/tenants/globex/closing")[0] == 422


def test_a_suspended_tenant_is_suspended_again_when_its_closing_is_taken_back(
    world: IdentityWorld, boss: Person
) -> None:
    world.ok("POST", "/tenants/globex/suspend", WHY)
    exported(world)
    world.ok("DELETE", "/tenants/globex/closing")
    world.pump()
    assert world.ok("GET", "/tenants/globex")["standing"] == "suspended"
    assert world.http("GET", "/users", by=boss)[0] == 403
    world.ok("POST", "/tenants/globex/resume", {})
    assert world.http("GET", "/users", by=boss)[0] == 200


def erased(world: IdentityWorld) -> Closing:
    world.forward(timedelta(days=3))
    for _ in range(4):
        world.forward(timedelta(minutes=10))
    return closing(world)


def test_after_its_grace_nothing_is_left_of_a_tenant_but_the_record(
    world: IdentityWorld, boss: Person, tmp_path: Path
) -> None:
    assert [path for path in (tmp_path / "secrets").rglob("*") if path.is_file()]
    stored = len(rows(world, "globex"))
    other = len(rows(world, "default"))
    exported(world)
    done = erased(world)
    assert done.state == "closed"
    assert rows(world, "globex") == []
    assert len(rows(world, "default")) == other
    counted = {name: n for name, n in done.erased.items() if not name.endswith("objects")}
    assert sum(counted.values()) == stored
    assert done.erased["identity/objects"] > 0
    assert done.digest == done.sealed()
    directory = world.edge.resources.directory
    assert directory.tenant_of("aws", "000000000001") is None
    assert world.http("GET", "/users", by=boss)[0] == 401
    shown = world.ok("GET", "/tenants/globex")
    assert (shown["standing"], shown["name"]) == ("deleted", "")
    assert list(world.edge.resources.buckets("exports", "globex").list("tenants/globex/")) == []
    assert not [path for path in (tmp_path / "secrets").rglob("*") if path.is_file()]
    again = {"id": "globex", "name": "Globex"}
    assert world.http("POST", "/tenants", again)[0] == 409


def test_what_is_written_late_goes_in_the_next_round(world: IdentityWorld, boss: Person) -> None:
    exported(world)
    world.forward(timedelta(days=3))
    world.forward(timedelta(minutes=2))
    work = world.edge.work(tenant="globex", function=KEEP_NOTIFY)
    late = Known(finding_id="late", severity=Severity.LOW, version=1)
    work.table("notify").of(KNOWN).put(late)
    work.commit()
    done = erased(world)
    assert (done.state, rows(world, "globex")) == ("closed", [])
    assert done.erased["notify.known"] == 1


def test_every_step_twice_is_every_step_once(world: IdentityWorld, boss: Person) -> None:
    stored = len(rows(world, "globex"))
    world.ok("POST", "/tenants/globex/closing", WHY)
    for wait in (timedelta(minutes=2), timedelta(days=3), *[timedelta(minutes=10)] * 4):
        world.edge.clock.forward(wait)
        world.pump(twice=True)
    done = closing(world)
    assert (done.state, rows(world, "globex")) == ("closed", [])
    counted = {name: n for name, n in done.erased.items() if not name.endswith("objects")}
    assert sum(counted.values()) == stored


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_every_commit_loses_and_counts_nothing_twice(
    world: IdentityWorld, boss: Person, when: str
) -> None:
    stored = len(rows(world, "globex"))
    world.crash = when
    done = exported(world)
    assert done.manifest is not None
    manifest = json.loads(fetched(world, done.manifest.key)["text"])
    assert sum(manifest["counts"].values()) == stored
    done = erased(world)
    assert (done.state, rows(world, "globex")) == ("closed", [])
    counted = {name: n for name, n in done.erased.items() if not name.endswith("objects")}
    assert sum(counted.values()) == stored
