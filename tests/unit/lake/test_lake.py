"""A partition is what its last committed swap says, whoever reads, writes or crashes meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from steward.errors import BadInput, NotFound, NotGranted
from steward.lake.copies import Copies
from steward.lake.lake import ORPHANED, SEGMENTS
from steward.lake.pointer import KEPT, PINNED, Segment
from steward.objects import Confined, ObjectHead, Objects, folder_of
from steward.store.records import StaleVersion
from tests.edge_world import TENANT, EdgeWorld, edge_world
from tests.unit.lake.datasets import BAKER, bake, lake, parquet


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path, BAKER)


def read(world: EdgeWorld, *, tenant: str = TENANT, name: str = "2026-03") -> list[int]:
    loaves = lake(world, world.work(tenant=tenant))
    partition = loaves.partition(name)
    if partition is None:
        return []
    paths = [str(path) for path in loaves.paths(partition.current.segments)]
    rows = duckdb.read_parquet(paths).fetchall()
    return sorted(loaf for (loaf,) in rows)


def stored(world: EdgeWorld, *, tenant: str = TENANT) -> set[str]:
    objects = world.resources.buckets("loaves", tenant)
    return {head.key for head in objects.list(folder_of(tenant))}


def test_a_swap_shows_with_its_commit_and_not_before(world: EdgeWorld, tmp_path: Path) -> None:
    bake(world, tmp_path, sql="SELECT 1 AS loaf")
    work = world.work()
    loaves = lake(world, work)
    file = parquet(tmp_path / "two.parquet", "SELECT 2 AS loaf")
    loaves.swap("2026-03", [loaves.stage("2026-03", file, rows=1)])
    assert read(world) == [1]
    work.commit()
    assert read(world) == [2]


def test_the_event_of_a_swap_leaves_with_the_commit(world: EdgeWorld, tmp_path: Path) -> None:
    segment = bake(world, tmp_path, sql="SELECT unnest([1, 2]) AS loaf")
    (event,) = world.events()
    assert event["type"] == "test.partition.swapped.v1"
    assert event["data"]["segments"] == [segment.key]
    assert (event["data"]["partition"], event["data"]["rows"]) == ("2026-03", 2)
    assert event["data"]["size"] == segment.size > 0


def test_of_two_writers_who_began_alike_the_second_is_refused(
    world: EdgeWorld, tmp_path: Path
) -> None:
    bake(world, tmp_path)
    first, second = world.work(), world.work()
    file = parquet(tmp_path / "more.parquet", "SELECT 5 AS loaf")
    for work in (first, second):
        loaves = lake(world, work)
        loaves.swap("2026-03", [loaves.stage("2026-03", file, rows=1)])
    first.commit()
    with pytest.raises(StaleVersion):
        second.commit()


def test_a_crash_before_the_commit_leaves_orphans_that_are_collected(
    world: EdgeWorld, tmp_path: Path
) -> None:
    kept = bake(world, tmp_path)
    loaves = lake(world, world.work())
    file = parquet(tmp_path / "lost.parquet", "SELECT 9 AS loaf")
    lost = loaves.stage("2026-03", file, rows=1)
    assert lake(world, world.work()).collect() == 0, "its writer may still be at work"
    world.clock.forward(ORPHANED)
    assert stored(world) == {kept.key, lost.key}
    assert lake(world, world.work()).collect() == 1
    assert stored(world) == {kept.key}
    assert read(world) == [1]


def test_segments_are_shared_by_the_snapshots_that_name_them(
    world: EdgeWorld, tmp_path: Path
) -> None:
    base = bake(world, tmp_path, sql="SELECT 1 AS loaf")
    delta = bake(world, tmp_path, sql="SELECT 2 AS loaf", keep=(base,))
    assert read(world) == [1, 2]
    assert stored(world) == {base.key, delta.key}


def test_an_earlier_snapshot_can_be_read_for_its_time(world: EdgeWorld, tmp_path: Path) -> None:
    bake(world, tmp_path, sql="SELECT 1 AS loaf")
    before = world.clock()
    world.clock.forward(timedelta(minutes=30))
    bake(world, tmp_path, sql="SELECT 2 AS loaf")
    loaves = lake(world, world.work())
    partition = loaves.partition("2026-03")
    assert partition is not None
    past = partition.at(before)
    assert past is not None
    (path,) = loaves.paths(past.segments)
    assert duckdb.read_parquet(str(path)).fetchall() == [(1,)]
    assert partition.at(before - timedelta(seconds=1)) is None


def test_what_a_reader_pinned_is_there_for_an_hour_however_often_it_is_replaced(
    world: EdgeWorld, tmp_path: Path
) -> None:
    bake(world, tmp_path, sql="SELECT 0 AS loaf")
    for number in range(1, 13):
        pinned = lake(world, world.work()).pinned()
        bake(world, tmp_path, sql=f"SELECT {number} AS loaf")
        world.clock.forward(PINNED / 12)
        lake(world, world.work()).collect(older_than=timedelta(0))
        (path,) = lake(world, world.work()).paths(pinned[0].current.segments)
        assert duckdb.read_parquet(str(path)).fetchall() == [(number - 1,)]


def test_old_snapshots_thin_out_to_one_a_day_and_then_go(world: EdgeWorld, tmp_path: Path) -> None:
    for number in range(48):
        bake(world, tmp_path, sql=f"SELECT {number} AS loaf")
        world.clock.forward(timedelta(hours=6))
    partition = lake(world, world.work()).partition("2026-03")
    assert partition is not None
    days = [snapshot.at.date() for snapshot in partition.past]
    assert len(days) == len(set(days)), "one a day"
    assert KEPT.days <= len(days) <= KEPT.days + 2
    lake(world, world.work()).collect()
    assert stored(world) == partition.keys()


def test_what_is_forgotten_is_in_no_earlier_snapshot(world: EdgeWorld, tmp_path: Path) -> None:
    bake(world, tmp_path, sql="SELECT 1 AS loaf")
    kept = bake(world, tmp_path, sql="SELECT 2 AS loaf")
    work = world.work()
    lake(world, work).forget_past("2026-03")
    work.commit()
    lake(world, world.work()).collect(older_than=timedelta(0))
    assert stored(world) == {kept.key}


def test_a_dropped_partition_is_gone_and_told(world: EdgeWorld, tmp_path: Path) -> None:
    bake(world, tmp_path)
    work = world.work()
    lake(world, work).drop("2026-03")
    work.commit()
    assert read(world) == []
    assert [] in [event["data"]["segments"] for event in world.events()]


def test_tenants_have_their_own_partitions_and_files(world: EdgeWorld, tmp_path: Path) -> None:
    mine = bake(world, tmp_path, sql="SELECT 1 AS loaf")
    bake(world, tmp_path, sql="SELECT 2 AS loaf", tenant="other")
    assert read(world) == [1]
    assert read(world, tenant="other") == [2]
    theirs = lake(world, world.work(tenant="other"))
    with pytest.raises(NotGranted):
        theirs.paths([mine])


@pytest.mark.parametrize("name", ["", "UP", "a//b", "../x", "a/b/c/d/e", "a b", "x" * 65])
def test_a_partition_has_a_plain_name(world: EdgeWorld, name: str) -> None:
    with pytest.raises(BadInput, match="partition"):
        lake(world, world.work()).swap(name, ())


def test_a_snapshot_has_no_more_segments_than_its_row_can_hold(world: EdgeWorld) -> None:
    one = Segment(key="tenants/acme/x/y.parquet", etag="e" * 40, size=1, rows=1)
    with pytest.raises(BadInput, match=f"at most {SEGMENTS}"):
        lake(world, world.work()).swap("x", [one] * (SEGMENTS + 1))


class Far:
    """A bucket that is no folder of this machine; it counts what is fetched."""

    def __init__(self, near: Objects) -> None:
        self.put, self.add, self.get = near.put, near.add, near.get
        self.list, self.delete, self.upload = near.list, near.delete, near.upload
        self._near = near
        self.fetched: list[str] = []

    def download(self, key: str, target: Path) -> None:
        self.fetched.append(key)
        self._near.download(key, target)

    def place(self, key: str) -> Path | None:
        del key
        return None


def far(world: EdgeWorld) -> Far:
    return Far(world.resources.buckets("loaves", TENANT))


def test_a_far_file_is_fetched_once(world: EdgeWorld, tmp_path: Path) -> None:
    segment = bake(world, tmp_path)
    objects, copies = far(world), Copies(tmp_path / "copies")
    first = copies.of(objects, segment)
    assert copies.of(objects, segment) == first
    assert objects.fetched == [segment.key]
    assert duckdb.read_parquet(str(first)).fetchall() == [(1,)]


def test_copies_make_room_and_are_fetched_again(world: EdgeWorld, tmp_path: Path) -> None:
    segments = [bake(world, tmp_path, name=f"p{number}") for number in range(3)]
    objects = far(world)
    copies = Copies(tmp_path / "copies", room=segments[0].size * 2)
    for segment in (*segments, segments[0]):
        assert copies.of(objects, segment).exists()
    assert len(list((tmp_path / "copies").iterdir())) == 2
    assert objects.fetched.count(segments[0].key) == 2


def test_a_file_that_is_gone_is_said_to_be(world: EdgeWorld, tmp_path: Path) -> None:
    segment = bake(world, tmp_path)
    world.resources.buckets("loaves", TENANT).delete(segment.key)
    with pytest.raises(NotFound, match="not there"):
        Copies(tmp_path / "copies").of(far(world), segment)
    assert list((tmp_path / "copies").iterdir()) == []


def test_another_tenants_copy_is_never_taken(world: EdgeWorld, tmp_path: Path) -> None:
    mine = bake(world, tmp_path, sql="SELECT 1 AS loaf")
    copies = Copies(tmp_path / "copies")
    copies.of(far(world), mine)
    theirs = mine.model_copy(update={"key": mine.key.replace(TENANT, "other")})
    with pytest.raises((NotFound, NotGranted)):
        copies.of(Confined(far(world), folder_of("other")), theirs)


def test_an_upload_tells_its_size(world: EdgeWorld, tmp_path: Path) -> None:
    file = tmp_path / "three"
    file.write_bytes(b"abc" * 1000)
    head = world.resources.buckets("loaves", TENANT).upload("tenants/acme/three", file)
    assert head == ObjectHead("tenants/acme/three", 3000, head.etag)
    assert head.etag
