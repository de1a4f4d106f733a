"""Costs in the lake given to teams: tried without writing, and written anew month by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_answers import MEANS
from functions.cost.adapters.lake_kinds import sums
from functions.cost.adapters.lake_months import month_of
from functions.cost.adapters.lake_rollups import RULES, Allotment, divide
from functions.cost.adapters.lake_rows import Place, rule_of, value
from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.allocation.trial import Shares
from functions.cost.model.allocation.untagged import Bare
from functions.cost.model.explore.fields import Field
from functions.cost.service.allocation import Rules
from functions.cost.service.taking import KINDS, ROLLUP, ROWS, segments_of
from steward.lake.lake import Lake
from steward.lake.pointer import Segment, Snapshot
from steward.lake.reading import connect, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BARE: Final = ("provider", "account", "service", "resource", "currency")
_WIDE: Final = Context(prec=76)


@dataclass(frozen=True, slots=True)
class LakeAllotting:
    """Gives the costs of a tenant's months to teams."""

    lake: Lake
    usage: Callable[[str, str], dict[str, Decimal]]
    """The quantities of a usage dataset in a month, by team."""

    def months(self) -> tuple[str, ...]:
        """The partitions there are: a source and a month each."""
        return tuple(one.name for one in self.lake.pinned())

    def stale(self, version: int) -> tuple[str, ...]:
        """The partitions that were added up by other rules, or not by usage type."""
        return tuple(
            one.name for one in self.lake.pinned() if not _is_made_by(one.current, version)
        )

    def shares(self, month: str, rules: RuleSetDraft) -> tuple[Shares, dict[int, int]]:
        """What each team would bear of a month in each currency, and the rows that each rule decides."""
        found: Shares = {}
        used: dict[int, int] = {}
        for one in self.lake.pinned():
            files = self.lake.paths(segments_of(one.current, ROWS))
            if month_of(one) != month or not files:
                continue
            with connect(files, means=MEANS) as connection:
                divide(connection, scan(files), by=self._allotment(month, rules))
                _add_shares(connection, found)
                _add_uses(connection, used)
        return found, used

    def bare(self, month: str, rules: RuleSetDraft, limit: int) -> list[Bare]:
        """What no rule gives to anybody in a month, by resource, the dearest first."""
        segments = [
            segment
            for one in self.lake.pinned()
            if month_of(one) == month
            for segment in segments_of(one.current, ROWS)
        ]
        files = self.lake.paths(segments)
        if not files:
            return []
        place = Place(ROWS, {})
        named = ", ".join(f"{value(Field.parse(one), place)} AS {one}" for one in _BARE)
        inner = f"SELECT *, {rule_of(rules, place)} AS rule FROM {scan(files)}"
        with connect(files, means=MEANS) as connection:
            rows = connection.execute(
                f'SELECT {named}, sum("EffectiveCost") AS cost FROM ({inner}) WHERE rule = -1 '
                f"GROUP BY ALL HAVING cost <> 0 ORDER BY cost DESC, {', '.join(_BARE)} LIMIT {limit}"
            ).fetchall()
        return [Bare(*row) for row in rows]

    def allot(self, name: str, rules: RuleSetDraft, version: int) -> bool:
        """Write a partition's rollup anew by these rules; False when it was made by them already.

        Raises:
            Conflict: somebody else replaces the partition at this moment (when the Work commits).
        """
        partition = self.lake.partition(name)
        if partition is None or _is_made_by(partition.current, version):
            return False
        rows = segments_of(partition.current, ROWS)
        files = self.lake.paths(rows)
        with TemporaryDirectory() as folder:
            rolled = self._rolled(name, files, rules, version, Path(folder))
        self.lake.swap(name, [*rows, *rolled], notes=partition.current.notes)
        return True

    def _rolled(
        self, name: str, files: list[Path], rules: RuleSetDraft, version: int, folder: Path
    ) -> list[Segment]:
        if not files:
            return []
        by = self._allotment(name.rpartition("/")[2], rules, version)
        with connect(files, means=MEANS, workshop=folder) as connection:
            made = sums(connection, scan(files), folder, by=by)
        return [self.lake.stage(name, one.path, rows=one.rows, notes=one.notes) for one in made]

    def holding(self, rules: Rules) -> Callable[[str], Allotment]:
        """By what a month is given to teams now."""
        held, version = rules.holding()
        return lambda month: self._allotment(month, held, version)

    def _allotment(self, month: str, rules: RuleSetDraft, version: int = 0) -> Allotment:
        return Allotment(rules, version, lambda dataset: self.usage(dataset, month))


def _is_made_by(snapshot: Snapshot, version: int) -> bool:
    whole, kinds = (segments_of(snapshot, role) for role in (ROLLUP, KINDS))
    # Months of before usage types were told apart have none of them yet.
    return len(kinds) >= len(whole) and all(_version(one) == version for one in (*whole, *kinds))


def _version(segment: Segment) -> int:
    return int(segment.notes.get(RULES) or 0)


def _add_shares(connection: DuckDBPyConnection, to: Shares) -> None:
    rows = connection.execute(
        "SELECT team, currency, sum(effective) FROM allotted GROUP BY ALL"
    ).fetchall()
    for team, currency, cost in rows:
        place = (team, currency)
        to[place] = _WIDE.add(to.get(place, Decimal(0)), cost)


def _add_uses(connection: DuckDBPyConnection, to: dict[int, int]) -> None:
    rows = connection.execute("SELECT rule, count(*) FROM pieces GROUP BY 1").fetchall()
    for rule, count in rows:
        to[rule] = to.get(rule, 0) + count
