"""A month that is delivered, restated, delivered again and late, for the simulation of crashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

from benchmarks.cost_world import TENANT, CostWorld
from functions.cost.manifest import FUNCTIONS
from steward.edge.resources import Resources
from steward.local.adapters import object_created
from steward.local.pump import Pump
from steward.objects import Confined, ObjectHead, Objects, folder_of
from tests.functional.cost.statements import packed, row
from tests.simulation.crash import Family

ROOT = folder_of(TENANT)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUM = "SELECT CAST(sum(BilledCost) AS VARCHAR), count(*), count(DISTINCT x_StewardDelivery) FROM costs"
DAYS = "SELECT CAST(sum(billed) AS VARCHAR) FROM cost_days"


class Month(NamedTuple):
    """What is there once everything was handled."""

    rows: tuple[str, int, int]
    rollup: str
    statuses: tuple[str, ...]


class Tagged(Confined):
    """Bills whose tags follow from what they hold, so that a copied folder has the same."""

    @override
    def list(self, prefix: str) -> Iterator[ObjectHead]:
        """The objects below a prefix."""
        for head in super().list(prefix):
            yield head._replace(etag=tag(self.get(head.key)))


def tag(body: bytes) -> str:
    """What S3 gives an object that is put in one piece."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def over(resources: Resources, data: Path) -> Resources:
    """The resources, with such bills."""
    del data

    def bucket(name: str, tenant: str) -> Objects:
        found = resources.buckets(name, tenant)
        return Tagged(found, folder_of(tenant)) if name == "bills" else found

    return replace(resources, buckets=bucket)


def feed(pump: Pump) -> None:
    """Put all statements there, files first and in no good order, and tell of each twice."""
    files: dict[str, bytes] = {}
    for name, issued, cost in (("b", 3, "2.5"), ("a", 1, "7"), ("c", 5, "0.000000000000000001")):
        files[f"{name}/part-1.csv.gz"] = packed([row(BilledCost=cost)])
        files[f"{name}/part-2.csv.gz"] = packed([row(BilledCost="-1"), row(BilledCost=cost)])
        said = {
            "files": ["part-1.csv.gz", "part-2.csv.gz"],
            "period": "2026-01",
            "issuedAt": f"2026-02-0{issued}T00:00:00Z",
        }
        files[f"{name}/steward-manifest.json"] = json.dumps(said).encode()
    files["broken.csv"] = b"BilledCost\n1\n"
    for name, body in files.items():
        path = pump.ports.data / "objects" / "bills" / f"{ROOT}aws/{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    for name, body in [*files.items(), *files.items()]:
        head = ObjectHead(f"{ROOT}aws/{name}", len(body), tag(body))
        pump.put_raw(object_created("bills", head, at=NOON))


BILLS = Family("bills", FUNCTIONS, feed, over=over)


def month(data: Path) -> Month:
    """What is there."""
    with closing(Pump(data, functions=FUNCTIONS)) as pump:
        world = CostWorld(pump)
        with world.costs() as costs:
            (rows,) = costs.ask(SUM).rows
            ((rollup,),) = costs.ask(DAYS).rows
        statuses = tuple(sorted(one.status.value for one in world.deliveries().values()))
    return Month((str(rows[0]), int(rows[1]), int(rows[2])), str(rollup), statuses)
