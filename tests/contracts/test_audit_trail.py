"""The audit trail on every store: chained in order, each commit once, walked, signed, and held to account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from functions.audit.handlers import chain_entries, find_gaps, sign_heads
from functions.audit.manifest import FUNCTIONS
from functions.audit.model.records import Watermark
from functions.audit.model.verification import Verdict
from functions.audit.service.search import Wanted, detail, find, reveal
from functions.audit.service.verify import verify
from functions.audit.wiring import Deps, wire
from steward.edge.resources import bind
from steward.edge.session import Opening, open_work
from steward.identity import SYSTEM
from steward.secrets import FileSecrets
from steward.store.trail import parts_of
from steward.store.work import open_outbox
from tests.contracts import backends
from tests.contracts.backends import Backend
from tests.contracts.parts import PARTS, Part
from tests.contracts.parts import open_work as open_parts
from tests.edge_world import EdgeWorld, record, world_on

TENANT = "acme"
TABLES = ("audit", "parts", "directory")
BY_NAME = {function.name: function for function in FUNCTIONS}


@pytest.fixture(params=["sqlite", "postgresql", "dynamodb"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """An empty store of each kind in turn, with the tables that the trail needs."""
    if request.param == "sqlite":
        sqlite = backends.SqliteBackend(tmp_path / "steward.db")
        yield sqlite
        sqlite.database.close()
    elif request.param == "postgresql":
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database)
    else:
        with backends.dynamodb(TABLES) as dynamo:
            yield dynamo


@pytest.fixture
def world(backend: Backend, tmp_path: Path) -> EdgeWorld:
    made = world_on(backend.store, tmp_path, BY_NAME["chain-entries"])
    FileSecrets(tmp_path / "secrets").create("audit-seal", "a master key of the test")
    return made


def commit(world: EdgeWorld, name: str, *, tenant: str = TENANT) -> str:
    """A commit of the parts' concern; the audit part that it leaves."""
    work = open_parts(
        world.resources.store, tenant=tenant, commit=name, now=world.clock(), claims=world.claims
    )
    work.table("parts").of(PARTS).put(Part(id=name, note="n"))
    transaction = work.stage()
    assert transaction is not None
    assert world.resources.store.commit([transaction]) == [None]
    (outbox,) = (write for write in transaction.writes if write.key.collection == "outbox")
    content = open_outbox(getattr(outbox, "body"), world.claims, tenant=tenant)  # noqa: B009
    (part,) = parts_of(content)
    return part.body


def call(world: EdgeWorld, name: str, handler: Callable[[Any, Any], Any], event: Any) -> Any:
    with bind(world.resources.of(BY_NAME[name])):
        return handler(event, None)


def chain(world: EdgeWorld, *bodies: str, tenant: str = TENANT) -> None:
    messages = [record(body, id_=f"m{n}") for n, body in enumerate(bodies)]
    for message in messages:
        message["attributes"]["MessageGroupId"] = tenant
    answer = call(world, "chain-entries", chain_entries.handler, {"Records": messages})
    assert answer["batchItemFailures"] == []


def tick(world: EdgeWorld, name: str, handler: Callable[[Any, Any], Any]) -> None:
    event = {"schedule": f"audit.{name}", "time": world.clock().isoformat()}
    call(world, name, handler, event)


def within(world: EdgeWorld, use: Callable[[Deps], Any], *, tenant: str = TENANT) -> Any:
    resources = world.resources.of(BY_NAME["find-gaps"])
    with bind(resources):
        return use(wire(open_work(resources, Opening(tenant, "test", ""))))


def verdict(world: EdgeWorld, *, tenant: str = TENANT) -> Verdict:
    keys = (world.resources.signers("audit").public_key(),)

    def check(deps: Deps) -> Verdict:
        return verify(deps.books, deps.archive, keys, tenant=tenant, now=world.clock())

    found: Verdict = within(world, check, tenant=tenant)
    return found


def fill(world: EdgeWorld, count: int, *, tenant: str = TENANT, start: int = 0) -> list[str]:
    bodies = [commit(world, f"c{tenant}{n}", tenant=tenant) for n in range(start, start + count)]
    chain(world, *bodies, tenant=tenant)
    return bodies


def test_commits_become_a_chain_without_gaps_each_once(world: EdgeWorld) -> None:
    bodies = fill(world, 5)
    fill(world, 2, tenant="rival")
    chain(world, *bodies[3:], *bodies)
    found = within(
        world,
        lambda deps: find(Wanted(), books=deps.books, archive=deps.archive, cursor=None, limit=50),
    )
    assert [entry.n for entry in found.items] == [5, 4, 3, 2, 1]
    assert (verdict(world).intact, verdict(world).entries) == (True, 5)
    assert verdict(world, tenant="rival").entries == 2


def test_heads_are_signed_for_every_tenant_that_has_a_chain(world: EdgeWorld) -> None:
    fill(world, 3)
    fill(world, 1, tenant="rival")
    for n in (1, 2):
        world.clock.forward(timedelta(hours=1))
        tick(world, "sign-heads", sign_heads.handler)
        assert (verdict(world).heads, verdict(world).covered) == (n, 2 + n)
        fill(world, 1, start=10 * n)
    assert verdict(world, tenant="rival").covered == 1


def test_what_was_changed_in_the_store_is_found_where_it_stands(
    world: EdgeWorld, backend: Backend
) -> None:
    fill(world, 4)
    tick(world, "sign-heads", sign_heads.handler)
    (entry,) = [
        item
        for item in backend.items()
        if item.collection == "entries" and json.loads(item.body)["n"] == 3
    ]
    changed = json.loads(entry.body)
    changed["content"] = changed["content"].replace('"note":"n"', '"note":"m"')
    overwrite(backend, entry._replace(body=json.dumps(changed)))
    assert [(found.n, found.fault) for found in verdict(world).findings] == [(3, "edited")]


def overwrite(backend: Backend, item: backends.Live) -> None:
    """Change a stored body behind the store's back."""
    if isinstance(backend, backends.DynamoBackend):
        backend.client.update_item(
            TableName=backend.names[item.table],
            Key={"pk": {"S": f"{item.tenant}#{item.collection}#{item.id}"}},
            UpdateExpression="SET body = :b",
            ExpressionAttributeValues={":b": {"S": item.body}},
        )
        return
    statement = "UPDATE items SET body = {0} WHERE tenant = {0} AND collection = {0} AND id = {0}"
    parameters = (item.body, item.tenant, item.collection, item.id)
    if isinstance(backend, backends.PostgresBackend):
        with psycopg.connect(backend.url) as connection:
            connection.execute(statement.format("%s"), parameters)
    else:
        assert isinstance(backend, backends.SqliteBackend)
        file = backend.database.connect()
        file.execute(statement.format("?"), parameters)
        file.commit()
        file.close()


def test_a_commit_that_never_arrived_is_found_by_its_outbox_and_chained(world: EdgeWorld) -> None:
    fill(world, 2)
    commit(world, "lost")
    # As if it had looked before: the first look goes over 35 days, hour by hour.
    looked(world)
    for _ in range(2):
        world.clock.forward(timedelta(hours=1))
        tick(world, "find-gaps", find_gaps.handler)
    last = within(world, lambda deps: detail(3, books=deps.books, archive=deps.archive))
    assert last.content["commit"] == "lost"
    gaps = within(world, lambda deps: deps.books.gaps.list().items)
    assert [(gap.commit, gap.healed_at is not None) for gap in gaps] == [("lost", True)]
    assert verdict(world).intact


def looked(world: EdgeWorld) -> None:
    resources = world.resources.of(BY_NAME["find-gaps"])
    work = open_work(resources, Opening(SYSTEM, "test", ""))
    with bind(resources):
        wire(work).books.watermarks.put(Watermark(until=world.clock()))
    work.commit()


def test_a_person_whose_key_is_lost_can_be_read_no_more(world: EdgeWorld) -> None:
    part = json.loads(commit(world, "c1")) | {
        "actor": "user:ann",
        "request": {"id": "r1", "ip": "192.0.2.7"},
    }
    chain(world, json.dumps(part))

    def seen() -> Any:
        return within(
            world,
            lambda deps: reveal(1, books=deps.books, archive=deps.archive, keys=deps.keys).content[
                "request"
            ]["ip"],
        )

    assert seen() == "192.0.2.7"
    work = open_work(world.resources.of(BY_NAME["find-gaps"]), Opening(TENANT, "test", ""))
    with bind(world.resources.of(BY_NAME["find-gaps"])):
        persons = wire(work).books.persons
        persons.put(persons.require("user:ann").model_copy(update={"key": None}))
    work.commit()
    assert seen() == "[erased]"
    assert verdict(world).intact


def test_the_system_tenant_knows_who_has_a_chain(world: EdgeWorld) -> None:
    fill(world, 1)
    fill(world, 1, tenant="rival")
    resources = replace(world.resources, function=BY_NAME["sign-heads"])
    with bind(resources):
        deps = wire(open_work(resources, Opening(SYSTEM, "test", "")))
        assert sorted(deps.apart.tenants()) == ["acme", "rival"]
