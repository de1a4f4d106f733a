"""A dataset of loaves, in Works of one tenant or another."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import ClassVar

import duckdb

from steward.contracts.lake import PartitionSwapped
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS, Segment
from steward.manifest import Dataset, Function, Schedule, Table
from steward.store.work import Work
from tests.edge_world import TENANT, EdgeWorld


class LoavesSwapped(PartitionSwapped):
    """A part of the loaves was replaced."""

    type: ClassVar[str] = "test.partition.swapped.v1"


BAKER = Function(
    name="bake",
    handler="functions.test.handlers.bake.handler",
    trigger=Schedule("rate(5 minutes)"),
    uses=(Table("test"), Dataset("loaves")),
    publishes=(LoavesSwapped.type,),
)


def lake(world: EdgeWorld, work: Work, *, now: datetime | None = None) -> Lake:
    return Lake(
        dataset="loaves",
        tenant=work.tenant,
        objects=world.resources.buckets("loaves", work.tenant),
        partitions=work.table("test").of(PARTITIONS),
        publish=work.publish,
        swapped=LoavesSwapped,
        now=now or work.now,
    )


def parquet(path: Path, sql: str) -> Path:
    duckdb.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    return path


def bake(
    world: EdgeWorld,
    folder: Path,
    *,
    name: str = "2026-03",
    sql: str = "SELECT 1 AS loaf",
    tenant: str = TENANT,
    keep: tuple[Segment, ...] = (),
) -> Segment:
    """One swap, committed: the partition holds what was kept and the new rows."""
    work = world.work(tenant=tenant)
    loaves = lake(world, work)
    rows = duckdb.execute(sql).fetchall()
    segment = loaves.stage(name, parquet(folder / "staged.parquet", sql), rows=len(rows))
    loaves.swap(name, (*keep, segment))
    work.commit()
    return segment
