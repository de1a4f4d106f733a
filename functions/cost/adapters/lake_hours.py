"""Hours of compute as the bill has them: what was paid on demand, by pool, and what commitments covered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from functions.cost.adapters.lake_months import month_of
from functions.cost.model.commitments.offers import History
from functions.cost.service.buying import Hours
from functions.cost.service.taking import ROWS, segments_of
from steward.lake.lake import Lake
from steward.lake.reading import connect, scan

if TYPE_CHECKING:
    from pathlib import Path

POOLS: Final = 60
"""Pools, those that cost most; what is left has no bearing on what to buy."""
# A family of machines in a region is a pool: what a reservation with flexible sizes applies to.
POOL: Final = r"""CASE
    WHEN regexp_matches("SkuMeter", '(^|-)(BoxUsage|DedicatedUsage):') THEN
        'aws/' || "RegionId" || '/' || regexp_extract("SkuMeter", 'Usage:([a-z0-9-]+)', 1)
    WHEN "ServiceName" = 'Virtual Machines' THEN
        'azure/' || "RegionId" || '/' || replace(lower(regexp_extract("SkuMeter", '^[^/]+')), ' ', '-')
    WHEN regexp_matches("SkuMeter", '^[A-Z]\d[A-Z]? .*(Core|Ram)') THEN
        'gcp/' || "RegionId" || '/' || lower(regexp_extract("SkuMeter", '^[A-Z0-9]+'))
    END"""


class LakeHours:
    """The hours in the lake."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def hours(self, currency: str, days: int) -> Hours | None:
        """The last days, hour by hour; None when nothing is billed of compute in that currency."""
        files = self._files(days)
        if not files:
            return None
        connection = connect(files)
        try:
            end = connection.execute(
                f'SELECT max("ChargePeriodEnd") FROM {scan(files)} '
                "WHERE \"ChargeCategory\" = 'Usage'"
            ).fetchone()
            if end is None or end[0] is None:
                return None
            begin = end[0] - timedelta(days=days)
            rows = connection.execute(_hourly(files), [currency, begin, end[0]]).fetchall()
        finally:
            connection.close()
        return _hours(rows, begin, days * 24) if rows else None

    def _files(self, days: int) -> list[Path]:
        pinned = self._lake.pinned()
        wanted = sorted({month_of(one) for one in pinned})[-(days // 28 + 2) :]
        chosen = (one for one in pinned if month_of(one) in wanted)
        return self._lake.paths(
            segment for one in chosen for segment in segments_of(one.current, ROWS)
        )


def _hourly(files: list[Path]) -> str:
    """A line of a day is spread over its hours: that hides swings, which ``widest`` tells of."""
    hours = "greatest(1, date_diff('hour', since, until))"
    return (
        f'WITH used AS (SELECT {POOL} AS pool, "ChargePeriodStart" AS since, '
        '"ChargePeriodEnd" AS until, CAST("EffectiveCost" AS DOUBLE) AS cost, '
        f'"CommitmentDiscountStatus" IS NOT NULL AS covered FROM {scan(files)} '
        'WHERE "ChargeCategory" = \'Usage\' AND "BillingCurrency" = ? '
        "AND \"PricingCategory\" IS DISTINCT FROM 'Dynamic'), "
        f"spread AS (SELECT pool, covered, cost / {hours} AS cost, {hours} AS wide, "
        f"unnest(generate_series(since, since + ({hours} - 1) * INTERVAL 1 HOUR, INTERVAL 1 HOUR)) "
        "AS hour FROM used WHERE pool IS NOT NULL) "
        "SELECT pool, covered, hour, sum(cost), max(wide) FROM spread "
        "WHERE hour >= ? AND hour < ? GROUP BY 1, 2, 3"
    )


def _hours(
    rows: list[tuple[str, bool, datetime, float, int]], begin: datetime, count: int
) -> Hours:
    sums: dict[str, float] = {}
    covered = 0.0
    for pool, is_covered, _, cost, _ in rows:
        if is_covered:
            covered += cost
        else:
            sums[pool] = sums.get(pool, 0.0) + cost
    pools = tuple(sorted(sums, key=lambda one: -sums[one])[:POOLS])
    spend = np.zeros((len(pools), count))
    for pool, is_covered, hour, cost, _ in rows:
        if not is_covered and pool in pools:
            spend[pools.index(pool), int((hour - begin) / timedelta(hours=1))] += max(cost, 0.0)
    widest = max(row[4] for row in rows)
    return Hours(History(pools, spend) if pools else None, covered, widest)
