"""Whatever was written and built in whatever order, search finds what a plain loop over it all finds."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.inventory.adapters import lake_builder
from functions.inventory.adapters.lake_builder import Built, build
from functions.inventory.adapters.lake_feed import StoredFeed
from functions.inventory.adapters.lake_rows import CHANGE_ROWS, RESOURCE_ROWS
from functions.inventory.adapters.lake_search import LakeSnapshot, Source
from functions.inventory.adapters.lake_shelf import Shelves
from functions.inventory.model.collections import CHANGES, RESOURCES
from functions.inventory.model.identity import ChangeId
from functions.inventory.model.resource import Facts, Resource, Subject
from functions.inventory.model.search.query import Order, Wanted
from functions.inventory.service.search import find
from steward.contracts.inventory import InventoryPartitionSwapped
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.manifest import Function, Schedule, Table
from steward.objects import Confined, folder, folder_of
from steward.store.work import MemoryClaims, Scope, Work
from tests.contracts import backends
from tests.contracts.backends import Backend

START = datetime(2026, 3, 10, 23, 40, tzinfo=UTC)
TENANT = "acme"
TYPES = ("AWS::EC2::Volume", "AWS::EC2::Instance", "AWS::S3::Bucket")
STATES = ("running", "stopped", "deleted")
KEEPER = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Schedule("rate(5 minutes)"),
    uses=(Table("inventory"),),
    publishes=(InventoryPartitionSwapped.type,),
)
STEPS = {"sqlite": 40, "postgresql": 25, "dynamodb": 10}


@pytest.fixture(params=list(STEPS))
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Backend, int]]:
    """A store of each kind, and for how many steps it is fast enough."""
    steps = STEPS[request.param]
    if request.param == "sqlite":
        sqlite = backends.SqliteBackend(tmp_path / "steward.db")
        yield sqlite, steps
        sqlite.database.close()
    elif request.param == "postgresql":
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database), steps
    else:
        with backends.dynamodb(("inventory", "directory")) as dynamo:
            yield dynamo, steps


class Fleet:
    """Resources in a store, the same in a dictionary, and a process that searches."""

    def __init__(self, backend: Backend, path: Path) -> None:
        self.backend, self.path, self.now = backend, path, START
        self.known: dict[str, Resource] = {}
        self.shelves = Shelves()
        self._commits = itertools.count()

    def write(self, *numbers: int, rng: random.Random) -> None:
        """Write some anew, each as the next version."""
        work = self.work()
        entities = work.table("inventory").of(RESOURCES)
        for number in numbers:
            one = self._next(number, rng)
            entities.get(one.id)
            entities.put(one)
            self.known[one.id] = one
        work.commit()

    def build(self, *, anew: bool = False) -> Built | None:
        work = self.work()
        source = self.source(work)
        built = build(source.lake, source.kind, source.feed, anew=anew)
        work.commit()
        return built

    def snapshot(self) -> LakeSnapshot:
        work = self.work()
        lake = self.lake(work, "changes")
        feed = StoredFeed(work.table("inventory").of(CHANGES), self.now)
        changes = Source(CHANGE_ROWS, lake, feed)
        return LakeSnapshot(self.source(work), changes, self.shelves)

    def source(self, work: Work) -> Source:
        feed = StoredFeed(work.table("inventory").of(RESOURCES), self.now)
        return Source(RESOURCE_ROWS, self.lake(work, "resources"), feed)

    def lake(self, work: Work, name: str) -> Lake:
        return Lake(
            dataset=f"inventory-{name}",
            tenant=TENANT,
            objects=Confined(folder(self.path / name), folder_of(TENANT)),
            partitions=work.table("inventory").of(PARTITIONS),
            publish=work.publish,
            swapped=InventoryPartitionSwapped,
            now=self.now,
        )

    def work(self) -> Work:
        return Work(
            Scope(
                store=self.backend.store,
                claims=MemoryClaims(),
                function=KEEPER,
                tenant=TENANT,
                now=self.now,
                commit_id=f"c{next(self._commits)}",
                actor="test",
                correlation_id="test",
            )
        )

    def expected(self, **equal: str) -> list[Resource]:
        """What a plain loop finds, in the order of a list."""
        found = [
            one
            for one in self.known.values()
            if not (one.facts.deleted and equal.get("state") != "deleted")
            and equal.get("state", one.facts.state) == one.facts.state
            and equal.get("type", one.subject.type) == one.subject.type
            and ("tag" not in equal or equal["tag"] in map("=".join, one.facts.tags.items()))
        ]
        return sorted(found, key=lambda one: (one.subject.type, one.id))

    def _next(self, number: int, rng: random.Random) -> Resource:
        subject = Subject(
            account="1", region="eu-west-1", type=TYPES[number % 3], native_id=f"thing-{number}"
        )
        before = self.known.get(subject.id)
        facts = Facts(
            name=f"Thing {rng.randrange(5)}",
            tags={"Env": rng.choice(("prod", "test")), "Name": f"n{number}"},
            configuration={"size": rng.randrange(9)},
            state=rng.choice(STATES),
        )
        return Resource(
            id=subject.id,
            subject=subject,
            facts=facts,
            captured_at=self.now,
            version=1 if before is None else before.version + 1,
            latest=ChangeId("c"),
            recorded_at=self.now,
        )


def pages(snapshot: LakeSnapshot, wanted: Wanted, *, limit: int) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = find(wanted, Order(), snapshot=snapshot, cursor=cursor, limit=limit)
        seen += [(one.id, one.version) for one in page.items]
        cursor = page.cursor
        if cursor is None:
            return seen


def check(fleet: Fleet, *, limit: int) -> None:
    snapshot = fleet.snapshot()
    for equal in ({}, {"type": TYPES[1]}, {"state": "deleted"}, {"tag": "Env=prod"}):
        expected = [(one.id, one.version) for one in fleet.expected(**equal)]
        assert pages(snapshot, Wanted(**equal), limit=limit) == expected, equal
    total, (facet,) = snapshot.count(Wanted(), ("state",), seen=None, most=10)
    states = Counter(one.facts.state for one in fleet.expected())
    assert (total, {one.value: one.count for one in facet.values}) == (states.total(), states)
    answer = snapshot.ask("SELECT count(*), count(DISTINCT id) FROM resources", seen=None)
    assert answer.rows == ((states.total(), states.total()),)


def test_search_finds_what_a_plain_loop_finds(
    stored: tuple[Backend, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, steps = stored
    monkeypatch.setattr(lake_builder, "DELTA_ROWS", 4)
    monkeypatch.setattr(lake_builder, "CHUNK", 7)
    rng, fleet = random.Random(steps), Fleet(backend, tmp_path)
    check(fleet, limit=3)
    for _ in range(steps):
        fleet.write(*rng.sample(range(30), rng.randint(1, 6)), rng=rng)
        fleet.now += timedelta(minutes=rng.choice((0, 1, 7, 40)))
        if rng.random() < 0.6:
            fleet.build(anew=rng.random() < 0.1)
        fleet.now += timedelta(seconds=rng.choice((0, 5, 300)))
        check(fleet, limit=rng.choice((1, 3, 50)))


def test_a_commit_that_came_late_is_in_the_next_build(tmp_path: Path) -> None:
    backend = backends.SqliteBackend(tmp_path / "steward.db")
    fleet, rng = Fleet(backend, tmp_path), random.Random(1)
    fleet.write(1, rng=rng)
    fleet.build()
    # Opened before the build, and committed after it.
    fleet.now -= timedelta(minutes=15)
    fleet.write(2, rng=rng)
    fleet.now += timedelta(minutes=20)
    fleet.build()
    check(fleet, limit=5)
    backend.database.close()


def test_a_build_without_news_writes_nothing_until_an_hour_has_passed(tmp_path: Path) -> None:
    backend = backends.SqliteBackend(tmp_path / "steward.db")
    fleet, rng = Fleet(backend, tmp_path), random.Random(1)
    fleet.write(1, 2, rng=rng)
    assert fleet.build() == Built(read=2, rows=2)
    fleet.now += timedelta(minutes=5)
    assert fleet.build() is None
    fleet.now += timedelta(hours=1)
    assert fleet.build() is not None
    check(fleet, limit=5)
    backend.database.close()


def test_what_was_erased_is_in_no_snapshot_that_is_made_anew(tmp_path: Path) -> None:
    backend = backends.SqliteBackend(tmp_path / "steward.db")
    fleet, rng = Fleet(backend, tmp_path), random.Random(1)
    fleet.write(1, 2, rng=rng)
    fleet.build()
    erased = min(fleet.known)
    work = fleet.work()
    work.table("inventory").of(RESOURCES).erase(erased)
    work.commit()
    del fleet.known[erased]
    fleet.now += timedelta(minutes=5)
    fleet.build(anew=True)
    check(fleet, limit=5)
    partition = fleet.lake(fleet.work(), "resources").partition(lake_builder.PARTITION)
    assert partition is not None
    assert partition.past == ()
    backend.database.close()
