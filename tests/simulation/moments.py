"""kill -9 between two instructions of a conversion: as soon as a file has come to so many bytes."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from functions.cost.manifest import FUNCTIONS
from steward.edge.resources import Resources
from steward.local.adapters import object_created
from steward.local.pump import Pump
from steward.objects import ObjectHead
from tests.functional.cost.statements import packed, row
from tests.simulation.bills import NOON, ROOT, over, tag
from tests.simulation.crash import Family

ROWS: Final = 70_000
"""Enough for two groups of rows: one is on disk while the other is still read."""
TEMPORARY: Final = "temporary"
NEVER: Final = 10**9
"""A statement that no run comes to."""
_POLL: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Moment:
    """When a file below the data folder, of that pattern, has at least so many bytes."""

    pattern: str
    size: int = 0

    def has_come(self, data: Path) -> bool:
        """Whether there is such a file."""
        return any(_size(found) >= self.size for found in data.glob(self.pattern))


MOMENTS: Final = (
    Moment(f"{TEMPORARY}/steward-bill-*"),
    Moment(f"{TEMPORARY}/steward-bill-*/*/rows.parquet"),
    Moment(f"{TEMPORARY}/steward-bill-*/*/rows.parquet", 4),
    Moment(f"{TEMPORARY}/steward-bill-*/*/rows.parquet", 100_000),
    Moment(f"objects/costs/{ROOT}aws/2026-01/*"),
    Moment(f"objects/costs/{ROOT}aws/2026-01/*", 100_000),
    Moment(f"{TEMPORARY}/steward-bill-*/rollup.parquet"),
    Moment(f"{TEMPORARY}/steward-bill-*/rollup.parquet", 4),
    Moment(f"{TEMPORARY}/steward-bill-*/kinds.parquet"),
    Moment(f"{TEMPORARY}/steward-bill-*/kinds.parquet", 4),
)


def dying(moment: Moment | None) -> Family:
    """A large bill after a small one of the month; a child of this process dies when the moment comes."""
    parent = os.getpid()

    def watched(resources: Resources, data: Path) -> Resources:
        place = data / TEMPORARY
        place.mkdir(exist_ok=True)
        tempfile.tempdir = str(place)
        if moment is not None and os.getpid() != parent:
            _watch(lambda: moment.has_come(data))
        return over(resources, data)

    return replace(BIG, over=watched)


def _watch(come: Callable[[], bool]) -> None:
    def wait() -> None:
        while not come():
            time.sleep(_POLL)
        os.kill(os.getpid(), signal.SIGKILL)

    if all(thread.name != wait.__name__ for thread in threading.enumerate()):
        threading.Thread(target=wait, name=wait.__name__, daemon=True).start()


def feed(pump: Pump) -> None:
    """A bill of many rows."""
    body = packed(
        [row(BilledCost="0.000000000000000001", ResourceId=f"i-{n}") for n in range(ROWS)]
    )
    path = pump.ports.data / "objects" / "bills" / f"{ROOT}aws/big.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    head = ObjectHead(f"{ROOT}aws/big.csv.gz", len(body), tag(body))
    pump.put_raw(object_created("bills", head, at=NOON))


def left(data: Path) -> list[str]:
    """What lies in the folder for temporary files."""
    return sorted(one.name for one in (data / TEMPORARY).iterdir())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


BIG: Final = Family("big bill", FUNCTIONS, feed)
