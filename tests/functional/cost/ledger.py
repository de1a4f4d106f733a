"""A tenant's costs in the lake, with the cost concern's functions around them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from functions.cost.adapters.lake_kinds import sums
from functions.cost.adapters.lake_rollups import FIRST, LAST, Allotment
from functions.cost.model.allocation.rules import NO_RULES, RuleSetDraft
from functions.cost.model.explore.fields import COLUMNS
from functions.cost.service.taking import ROLE, ROWS
from steward.contracts.lake import PartitionSwapped
from steward.identity import Role
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS, Segment
from steward.manifest import Dataset, Function, Queue, Table, load_function
from tests.asking import Asker
from tests.edge_world import TENANT, EdgeWorld, edge_world
from tests.unit.cost.lake.bills import COSTS


class TestPartitionSwapped(PartitionSwapped):
    """A month of the test's was written."""

    __test__ = False
    type = "cost.test.swapped.v1"


WRITER = Function(
    name="write",
    handler="functions.test.handlers.write.handler",
    trigger=Queue(events=("cost.test.due.v1",)),
    uses=(Table("cost"), Dataset("costs")),
    publishes=(TestPartitionSwapped.type,),
)
TEXTS = (*sorted(COLUMNS), "Tags", "CommitmentProgramEligibilityDetails")
_EXACT = "DECIMAL(38,18)"
QUANTITIES = (
    "ConsumedQuantity",
    "PricingQuantity",
    "CommitmentDiscountQuantity",
    "ListUnitPrice",
    "PricingCurrencyEffectiveCost",
)


@dataclass
class LedgerWorld:
    """Months are written by `month`; `asker` asks one function's API."""

    world: EdgeWorld

    def function(self, name: str) -> EdgeWorld:
        resources = self.world.resources.of(load_function(f"cost.{name}"))
        return replace(self.world, resources=resources)

    def asker(self, name: str, handler: Any, role: Role = Role.ADMIN, **key: Any) -> Asker:
        return Asker(self.function(name), handler, self.world.add_key(role, **key))

    def month(
        self,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        source: str = "aws",
        rules: RuleSetDraft = NO_RULES,
        tenant: str = TENANT,
    ) -> None:
        """Let a source's month consist of these rows, with their rollup."""
        work = self.world.work(function=WRITER, tenant=tenant)
        lake = Lake(
            dataset="costs",
            tenant=tenant,
            objects=self.world.resources.buckets("costs", tenant),
            partitions=work.table("cost").of(PARTITIONS),
            publish=work.publish,
            swapped=TestPartitionSwapped,
            now=work.now,
        )
        place = f"{source}/{name}"
        with TemporaryDirectory() as folder:
            lake.swap(place, segments(lake, place, list(rows), Path(folder), rules))
        work.commit()


def ledger(folder: Path) -> LedgerWorld:
    """A fresh one."""
    return LedgerWorld(edge_world(folder, load_function("cost.explore-api")))


def segments(
    lake: Lake, place: str, rows: list[Mapping[str, Any]], folder: Path, rules: RuleSetDraft
) -> list[Segment]:
    connection = duckdb.connect()
    kinds = dict.fromkeys(("ChargePeriodStart", "ChargePeriodEnd"), "TIMESTAMP")
    kinds |= dict.fromkeys(TEXTS, "VARCHAR") | dict.fromkeys((*COSTS, *QUANTITIES), _EXACT)
    # As lines of text: row by row takes DuckDB a hundred times as long.
    lines = (json.dumps({name: row.get(name) for name in kinds}, default=str) for row in rows)
    (folder / "rows.jsonl").write_text("\n".join(lines))
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in kinds.items())
    connection.execute(
        f"CREATE TABLE costs AS FROM read_json('{folder}/rows.jsonl', "
        f"format = 'newline_delimited', columns = {{{columns}}})"
    )
    connection.execute(f"COPY costs TO '{folder}/rows.parquet' (FORMAT parquet)")
    made = sums(connection, "costs", folder, by=Allotment(rules))
    days = {name: made[0].notes[name] for name in (FIRST, LAST)}
    return [
        lake.stage(place, folder / "rows.parquet", rows=len(rows), notes={ROLE: ROWS, **days}),
        *(lake.stage(place, one.path, rows=one.rows, notes=one.notes) for one in made),
    ]
