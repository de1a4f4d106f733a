"""The daily series that are watched, from what bills add up to; and what in the rows moved with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from functions.cost.adapters.lake_answers import DOORS, Doors
from functions.cost.adapters.lake_kinds import FLOOR, USAGE
from functions.cost.adapters.lake_months import month_of, source_of, touches
from functions.cost.adapters.lake_watched import watched
from functions.cost.model.explore.fields import NAMES
from functions.cost.model.explore.span import Span
from functions.cost.model.series.season import Array
from functions.cost.model.watching.anomaly import REST, Mover
from functions.cost.service.taking import KINDS, ROLLUP, ROWS, segments_of
from steward.lake.lake import Lake
from steward.lake.pointer import Segment
from steward.lake.reading import identifier, quoted, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNSEEN: Final = Decimal("0.1")
"""The share of a usage type's money a month that may have escaped in months when it was not told apart."""
LATEST: Final = 2
"""Months whose money says which usage types may be followed: the last one may have just begun."""
USUAL: Final = 7
MOVERS: Final = 5
_NAMED: Final = {name: NAMES[name] for name in ("service", "account", "region", "usage")}


class Picture(NamedTuple):
    """The daily costs of one source in one currency, from ``first`` on, by the watched dimensions."""

    currency: str
    first: date
    leaves: dict[tuple[str, ...], Array]

    @property
    def last(self) -> date:
        """The last day that it has."""
        return self.first + timedelta(days=len(next(iter(self.leaves.values()))) - 1)

    def until(self, day: date) -> dict[tuple[str, ...], Array]:
        """The leaves as they were up to a day, that day included."""
        size = (day - self.first).days + 1
        return {names: costs[:size] for names, costs in self.leaves.items()}


@dataclass(frozen=True, slots=True)
class LakeSeries:
    """The series of a tenant's sources."""

    lake: Lake
    doors: Doors = DOORS

    def sources(self) -> tuple[str, ...]:
        """The sources that have costs."""
        return tuple(sorted({source_of(one) for one in self.lake.pinned()}))

    def pictures(self, source: str) -> Iterator[Picture]:
        """One a currency; what is bought, taxed or credited is left out, since it comes in lumps."""
        whole = self.lake.paths(self._segments(source, ROLLUP))
        if not whole:
            return
        kinds = self.lake.paths(self._segments(source, KINDS))
        connection = self.doors.to([*whole, *kinds])
        named = self._named(connection, source) if kinds else []
        rows = connection.execute(watched(whole, kinds, named)).fetchall()
        for currency in sorted({row[0] for row in rows}):
            yield _picture(currency, [row[1:] for row in rows if row[0] == currency])

    def _named(self, connection: DuckDBPyConnection, source: str) -> list[tuple[str, str]]:
        """The usage types, each with its service, that can be followed through all of the months."""
        months = [
            (_by_kind(connection, file), Decimal(segment.notes[FLOOR]))
            for segment in self._segments(source, KINDS)
            for file in self.lake.paths([segment])
        ]
        dearest: dict[tuple[str, str], Decimal] = {}
        for costs, _ in months[-LATEST:]:
            for kind, cost in costs.items():
                dearest[kind] = max(dearest.get(kind, Decimal(0)), cost)
        return [
            kind
            for kind, cost in dearest.items()
            if all(kind in costs or floor <= UNSEEN * cost for costs, floor in months)
        ]

    def movers(
        self, source: str, currency: str, names: Mapping[str, str], day: date
    ) -> list[Mover]:
        """The resources and kinds of usage whose cost on a day differs most from a usual day's."""
        since = day - timedelta(days=USUAL)
        within = Span(since, day + timedelta(days=1))
        wanted = [one for one in self._segments(source, ROWS) if touches(one, within)]
        files = self.lake.paths(wanted)
        if not files:
            return []
        fixed = [
            f"coalesce({identifier(_NAMED[key])}, '') = {quoted(value)}"
            for key, value in names.items()
            if key in _NAMED and (key, value) != ("usage", REST)
        ]
        where = " AND ".join(
            [
                f'"BillingCurrency" = {quoted(currency)}',
                f'"ChargeCategory" = {quoted(USAGE)}',
                f'"ChargePeriodStart" >= DATE {quoted(since.isoformat())}',
                f'"ChargePeriodStart" < DATE {quoted(within.until.isoformat())}',
                *fixed,
            ]
        )
        rows = self.doors.to(files).execute(_moving(scan(files), where, day)).fetchall()
        return [_mover(row) for row in rows]

    def _segments(self, source: str, role: str) -> list[Segment]:
        return [
            segment
            for one in sorted(self.lake.pinned(f"{source}/"), key=month_of)
            if source_of(one) == source
            for segment in segments_of(one.current, role)
            if segment.rows
        ]


def _by_kind(connection: DuckDBPyConnection, file: Path) -> dict[tuple[str, str], Decimal]:
    rows = connection.execute(
        f"SELECT service, usage, abs(sum(effective)) FROM {scan([file])} GROUP BY ALL"
    ).fetchall()
    return {(service, usage): cost for service, usage, cost in rows}


def _picture(currency: str, rows: Sequence[Sequence[Any]]) -> Picture:
    first, last = min(row[-2] for row in rows), max(row[-2] for row in rows)
    size = (last - first).days + 1
    leaves: dict[tuple[str, ...], Array] = {}
    for *names, day, cost in rows:
        costs = leaves.setdefault(tuple(names), np.zeros(size))
        costs[(day - first).days] += cost
    return Picture(currency, first, leaves)


def _moving(source: str, where: str, day: date) -> str:
    on = f'FILTER ("ChargePeriodStart" >= DATE {quoted(day.isoformat())})'
    off = f'FILTER ("ChargePeriodStart" < DATE {quoted(day.isoformat())})'
    cost, quantity = 'CAST("EffectiveCost" AS DOUBLE)', 'CAST("ConsumedQuantity" AS DOUBLE)'
    return (
        "SELECT coalesce(\"ResourceId\", '') AS resource, coalesce(\"SkuMeter\", '') AS usage_type, "
        f"coalesce(sum({cost}) {on}, 0) AS cost, coalesce(sum({cost}) {off}, 0) / {USUAL} AS usual, "
        f"coalesce(sum({quantity}) {on}, 0) AS quantity, "
        f"coalesce(sum({quantity}) {off}, 0) / {USUAL} AS usual_quantity "
        f"FROM {source} WHERE {where} GROUP BY ALL HAVING cost <> usual "
        f"ORDER BY abs(cost - usual) DESC, resource, usage_type LIMIT {MOVERS}"
    )


def _mover(row: Sequence[Any]) -> Mover:
    resource, usage_type, cost, usual, quantity, usual_quantity = row
    usage = price = None
    if quantity and usual_quantity and usual:
        usage = round(quantity / usual_quantity - 1, 4)
        price = round((cost / quantity) / (usual / usual_quantity) - 1, 4)
    return Mover(
        resource=resource,
        usage_type=usage_type,
        cost=round(cost, 6),
        usual=round(usual, 6),
        usage=usage,
        price=price,
    )
