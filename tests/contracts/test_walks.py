"""Laws of walks over what is kept, on every store: all of one tenant, nothing of another, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from steward.contracts.event import Event
from steward.contracts.identity import Errand, ExportedFile, WalkContinued, WalkFinished
from steward.edge.walk import EXPORTS, Ground, walk
from steward.manifest import WALKS, Bucket, Function, Queue, Table
from steward.objects import Objects, folder
from steward.privacy import Holding, identifier
from steward.store.collection import Collection, Retention
from steward.store.work import MemoryClaims, Scope, Work
from tests.contracts.backends import Backend
from tests.contracts.parts import TABLES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = TABLES[0]


class Note(BaseModel):
    """Something somebody wrote."""

    model_config = ConfigDict(frozen=True)

    id: str
    by: str
    text: str
    seen: tuple[str, ...] = ()
    at: datetime = NOON


NOTES = Collection(
    "notes",
    Note,
    id=lambda note: note.id,
    personal=("text",),
    person=lambda note: note.by,
    retention=Retention(since=lambda note: note.at, days=90, bounds=(10, 100)),
)
MARKS = Collection("marks", Note, id=lambda note: note.id)
KEEPER = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=("test.name.met.v1",)),
    uses=(Table(TABLE), Bucket(EXPORTS)),
    publishes=WALKS,
)
GROUND = Ground(
    "test", (Holding(TABLE, NOTES, named={"seen": "seen"}), Holding(TABLE, MARKS)), (EXPORTS,)
)


class World:
    """Walks over one store, by hand."""

    def __init__(self, backend: Backend, path: Path) -> None:
        self.backend = backend
        self.path = path
        self.commits = 0

    def bucket(self, name: str) -> Objects:
        return folder(self.path / name)

    def work(self, tenant: str, **scope: object) -> Work:
        self.commits += 1
        return Work(
            Scope(
                store=self.backend.store,
                claims=MemoryClaims(),
                function=KEEPER,
                tenant=tenant,
                now=NOON,
                commit_id=f"c{self.commits}",
                actor="test",
                correlation_id="test",
                **scope,  # type: ignore[arg-type]
            )
        )

    def fill(self, tenant: str, count: int) -> None:
        for start in range(0, count, 40):
            work = self.work(tenant)
            for n in range(start, min(start + 40, count)):
                who = "user:ada" if n % 2 else "user:bob"
                seen = ("Ada@example.com", "bob@example.com") if n % 2 else ()
                note = Note(id=f"n{n:03}", by=who, text=f"text {n}", seen=seen)
                work.table(TABLE).of(NOTES).add(note)
                work.table(TABLE).of(MARKS).add(note)
            work.commit()

    def walk(self, tenant: str, errand: Errand, **scope: object) -> WalkFinished:
        at: Event = WalkContinued(errand=errand, keeper="test")
        while isinstance(at, WalkContinued):
            work = self.work(tenant, **scope)
            walk(at, GROUND, work=work, buckets=self.bucket)
            ((at, *_),) = work._events  # what the commit would carry on
            work.commit()
        assert isinstance(at, WalkFinished)
        return at

    def kept(self, tenant: str) -> list[tuple[str, str]]:
        return [
            (one.collection, one.id)
            for one in self.backend.items()
            if one.tenant == tenant and one.collection in ("notes", "marks")
        ]

    def notes(self, tenant: str) -> list[Note]:
        page = self.work(tenant).table(TABLE).of(NOTES).list(limit=500)
        return list(page.items)


@pytest.fixture
def world(backend: Backend, tmp_path: Path) -> World:
    world = World(backend, tmp_path)
    world.fill("acme", 100)
    world.fill("globex", 10)
    return world


def lines(world: World, files: tuple[ExportedFile, ...]) -> list[dict[str, object]]:
    texts = [world.bucket(EXPORTS).get(file.key).decode() for file in files]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_an_export_holds_all_of_one_tenant_and_nothing_of_another(world: World) -> None:
    done = world.walk("acme", Errand(task="export-tenant", job="j1"))
    assert done.counts == {f"{TABLE}.notes": 100, f"{TABLE}.marks": 100}
    assert len(lines(world, done.files)) == 200
    assert all(file.key.startswith("tenants/acme/") for file in done.files)


def test_an_erasure_leaves_nothing_of_one_tenant_and_all_of_another(world: World) -> None:
    world.walk("acme", Errand(task="export-tenant", job="j1"))
    done = world.walk("acme", Errand(task="erase-tenant", job="j1"))
    assert world.kept("acme") == []
    assert len(world.kept("globex")) == 20
    assert done.counts == {f"{TABLE}.notes": 100, f"{TABLE}.marks": 100, "objects": 2}
    assert list(world.bucket(EXPORTS).list("tenants/acme/")) == []


def test_a_person_is_forgotten_where_marked_and_where_named(world: World) -> None:
    errand = Errand(
        task="erase-person",
        job="j1",
        person="user:ada",
        identifiers=(identifier("ada@example.com"),),
    )
    done = world.walk("acme", errand)
    assert done.counts == {f"{TABLE}.notes": 50}
    for note in world.notes("acme"):
        assert (note.text == "") == (note.by == "user:ada")
        assert note.seen in ((), ("bob@example.com",))
    assert all(note.text for note in world.notes("globex"))
    assert world.walk("acme", errand).counts == {}


def test_a_retention_reaches_what_was_written_under_another(world: World) -> None:
    errand = Errand(task="keep-retention", job="j1")
    own = {f"{TABLE}.notes": 20}
    assert world.walk("acme", errand, retention=own).counts == {f"{TABLE}.notes": 100}
    until = int((NOON + timedelta(days=20)).timestamp())
    found = [one for one in world.backend.items() if one.tenant == "acme"]
    assert {one.expires for one in found if one.collection == "notes"} == {until}
    assert {one.expires for one in found if one.collection == "marks"} == {None}
    assert world.walk("acme", errand, retention=own).counts == {}
    beyond = world.walk("acme", errand, retention={f"{TABLE}.notes": 1000})
    assert beyond.counts == {f"{TABLE}.notes": 100}
    most = int((NOON + timedelta(days=100)).timestamp())
    found = [one for one in world.backend.items() if one.tenant == "acme"]
    assert {one.expires for one in found if one.collection == "notes"} == {most}
