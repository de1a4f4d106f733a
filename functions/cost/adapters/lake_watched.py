"""The series that are watched, in SQL over what bills add up to: a bounded number, whatever the bill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from functions.cost.adapters.lake_kinds import USAGE
from functions.cost.model.watching.anomaly import DIMENSIONS, REST
from steward.lake.reading import quoted, scan

DAYS: Final = 400
RECENT: Final = 35
"""Latest days whose money says which series are told apart."""
LEAVES: Final = 300
"""Series by service, account, region, team and usage type that are told apart, and as many without the last.

Usage types beyond these are watched together, as the rest of where they are; the smallest of all by service.
"""
_DIMENSIONS: Final = ", ".join(DIMENSIONS)
_COARSE: Final = ", ".join(DIMENSIONS[:-1])


def watched(whole: Sequence[Path], kinds: Sequence[Path], named: Sequence[tuple[str, str]]) -> str:
    """Series by the dimensions and day: the named usage types, and what there is besides them.

    What of it is too little to be told apart goes to the rest of where it is, or of its service.
    """
    return f"""
        WITH whole AS ({_sums(whole, f"charge = {quoted(USAGE)}")}), kinds AS ({_kinds(kinds, named)}),
        last AS (SELECT max(day) AS day FROM whole),
        lines AS (
            SELECT currency, {_DIMENSIONS}, day, sum(effective) AS cost FROM (
                SELECT currency, {_COARSE}, usage, day, effective FROM kinds
                UNION ALL BY NAME
                SELECT currency, {_COARSE}, {quoted(REST)} AS usage, day, effective FROM whole
                UNION ALL BY NAME
                SELECT currency, {_COARSE}, {quoted(REST)} AS usage, day, -effective AS effective FROM kinds
            ) WHERE day > (SELECT day FROM last) - INTERVAL {DAYS} DAY GROUP BY ALL HAVING cost <> 0
        ), leaves AS (
            SELECT currency, {_DIMENSIONS}, coalesce(sum(abs(cost)) FILTER (
                day > (SELECT day FROM last) - INTERVAL {RECENT} DAY
            ), 0) AS money FROM lines GROUP BY ALL
        ), together AS (
            SELECT *, sum(money) OVER (PARTITION BY currency, {_COARSE}) AS of_all FROM leaves
        ), placed AS (
            SELECT currency, {_DIMENSIONS},
            row_number() OVER (PARTITION BY currency ORDER BY money DESC, {_DIMENSIONS}) AS place,
            dense_rank() OVER (PARTITION BY currency ORDER BY of_all DESC, {_COARSE}) AS coarse
            FROM together
        )
        SELECT currency, service, {_kept(DIMENSIONS[1:-1])},
        CASE WHEN place <= {LEAVES} THEN usage ELSE {quoted(REST)} END,
        day, CAST(sum(cost) AS DOUBLE)
        FROM lines JOIN placed USING (currency, {_DIMENSIONS}) GROUP BY ALL"""


def _kept(names: Sequence[str]) -> str:
    near = f"place <= {LEAVES} OR coarse <= {LEAVES}"
    return ", ".join(f"CASE WHEN {near} THEN {name} ELSE '' END" for name in names)


def _kinds(files: Sequence[Path], named: Sequence[tuple[str, str]]) -> str:
    chosen = ", ".join(f"({quoted(service)}, {quoted(usage)})" for service, usage in named)
    if not chosen:
        return "SELECT *, '' AS usage FROM whole WHERE false"
    return _sums(files, f"(service, usage) IN ({chosen})", "usage, ")


def _sums(files: Sequence[Path], where: str, more: str = "") -> str:
    return (
        f"SELECT currency, {_COARSE}, {more}day, sum(effective) AS effective FROM {scan(files)} "
        f"WHERE {where} GROUP BY ALL"
    )
