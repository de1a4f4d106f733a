"""What the last thirty billed days say: of each resource, and of the price of each meter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from functions.cost.adapters.lake_commitments import earnings
from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.model.checks.kept import LINES, MONTH_DAYS, BilledLine, Kept, Spent
from functions.cost.model.prices.book import Origin, Price, PriceSheet, UnreadPrice, sheets
from functions.cost.model.prices.counted import Counted
from functions.cost.model.prices.meters import PROVIDERS, meter_of
from functions.cost.service.taking import ROWS, segments_of
from functions.cost.service.verifying import Earned
from steward.lake.lake import Lake
from steward.lake.pointer import Partition
from steward.lake.reading import connect, identifier, quoted, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WINDOW: Final = timedelta(days=30)
_HELD_BEFORE: Final = timedelta(days=62)
"""How far back a commitment would be seen that was there before."""
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
MONTHS: Final = 2
"""Billing periods of each source that hold the last thirty days."""
_METERS: Final = ("x_UsageType", "x_SkuMeterName", "SkuMeter", "SkuId")
_OPERATIONS: Final = ("x_Operation",)
_COUNTED: Final = ("PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit")

# Azure prices blocks of a hundred hours and consumes hours; the others consume seconds and bytes.
_USED: Final = (
    "CASE WHEN lower(provider) LIKE '%microsoft%' OR lower(provider) = 'azure' "
    "THEN coalesce(consumed, priced) ELSE coalesce(priced, consumed) END"
)


class LakeBill:
    """The bill in the lake, as of the files that count now; a bill of no rows says nothing."""

    def __init__(self, lake: Lake, *, now: datetime) -> None:
        self._lake = lake
        self._now = now

    def spent(self, resources: Iterable[Kept]) -> Mapping[str, Spent]:
        """Each resource's part of the bill, by the resource's id."""
        owners = {name: one.id for one in resources for name in one.names}
        if not owners or not self._files:
            return {}
        with self._opened(self._files) as connection:
            rows = connection.execute(self._spending(), [list(owners)]).fetchall()
        parts: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in rows:
            parts[owners[row[0]]].append(row[1:])
        return {id_: _spent(lines) for id_, lines in parts.items()}

    def billed_until(self, provider: str) -> datetime | None:
        """Until when a provider's usage is billed; None when none of it is."""
        return self._ends.get(provider)

    def cost(
        self, names: Iterable[str], currency: str, during: tuple[datetime, datetime]
    ) -> Decimal:
        """What a resource of these names cost during some days."""
        since, until = (moment.strftime("%Y-%m") for moment in during)
        files = self._of_months(since, until)
        if not files:
            return Decimal(0)
        with self._opened(files) as connection:
            begin, end = (moment.replace(tzinfo=None) for moment in during)
            found = connection.execute(
                f'SELECT coalesce(sum("EffectiveCost"), 0) FROM {scan(files)} '
                'WHERE "ChargeCategory" = \'Usage\' AND "BillingCurrency" = $currency '
                'AND lower("ResourceId") IN (SELECT unnest($names)) '
                'AND "ChargePeriodStart" >= $begin AND "ChargePeriodStart" < $end',
                {"currency": currency, "names": list(names), "begin": begin, "end": end},
            ).fetchone()
        return Decimal(found[0]) if found else Decimal(0)

    def earned(
        self, provider: str, currency: str, since: datetime, until: datetime | None = None
    ) -> Earned | None:
        """What commitments came to that are first billed from the day of ``since`` on."""
        day = since.astimezone(UTC).date()
        files = self._of_months((day - _HELD_BEFORE).strftime("%Y-%m"), "9999-12")
        if not files:
            return None
        with self._opened(files) as connection:
            row = connection.execute(
                earnings(scan(files)),
                {
                    "providers": [name for name, one in PROVIDERS.items() if one == provider],
                    "currency": currency,
                    "day": day,
                    "until": (until or _NEVER).replace(tzinfo=None),
                },
            ).fetchone()
        if row is None or row[0] is None:
            return None
        return Earned(row[0].replace(tzinfo=UTC), Decimal(row[1]), Decimal(row[2]))

    @cached_property
    def _ends(self) -> dict[str, datetime]:
        if not self._files:
            return {}
        with self._opened(self._files) as connection:
            rows = connection.execute(
                'SELECT lower("ServiceProviderName"), max("ChargePeriodEnd") FROM '
                f"{scan(self._files)} WHERE \"ChargeCategory\" = 'Usage' GROUP BY 1"
            ).fetchall()
        return {PROVIDERS[name]: end.replace(tzinfo=UTC) for name, end in rows if name in PROVIDERS}

    def _of_months(self, since: str, until: str) -> list[Path]:
        return LakeCosts(self._lake).files(ROWS, since=since, until=until)

    def sheets(self) -> Iterator[PriceSheet]:
        """What was paid for a unit of each meter, by provider and region."""
        if not self._files:
            return
        with self._opened(self._files) as connection:
            rows = connection.execute(self._prices()).fetchall()
        found: dict[tuple[str, str], dict[str, Price | UnreadPrice]] = defaultdict(dict)
        for row in rows:
            named = PROVIDERS.get(str(row[0]).lower())
            if named is not None:
                price = _price(named, row)
                # The rows come in the order of what they cost: what is used most tells the price.
                found[named, (row[1] or "").lower()].setdefault(price.meter, price)
        for (provider, region), prices in sorted(found.items()):
            yield from sheets(
                (one for one in prices.values() if isinstance(one, Price)),
                origin=Origin.BILL,
                provider=provider,
                region=region,
                at=self._now,
                unread=(one for one in prices.values() if isinstance(one, UnreadPrice)),
            )

    @cached_property
    def _files(self) -> list[Path]:
        chosen = latest(self._lake.pinned())
        return self._lake.paths(
            segment for one in chosen for segment in segments_of(one.current, ROWS)
        )

    @contextmanager
    def _opened(self, files: Sequence[Path]) -> Iterator[DuckDBPyConnection]:
        connection = connect(files)
        try:
            yield connection
        finally:
            connection.close()

    def _spending(self) -> str:
        return (
            f"WITH {self._recent()} SELECT lower(resource), currency, meter, operation, sum(cost), "
            "sum(priced), priced_in, sum(consumed), consumed_in, min(since), max(until), "
            "any_value(provider), service "
            "FROM recent WHERE lower(resource) IN (SELECT unnest(?)) GROUP BY ALL"
        )

    def _prices(self) -> str:
        return (
            f"WITH {self._recent()} SELECT provider, region, meter, operation, service, currency, "
            "sum(cost) AS spent, sum(priced) AS quantity, priced_in, sum(consumed) AS amount, consumed_in "
            f"FROM recent WHERE {_USED} > 0 AND cost > 0 AND meter IS NOT NULL "
            "GROUP BY ALL ORDER BY spent DESC, meter"
        )

    def _recent(self) -> str:
        source = scan(self._files)
        columns = self._columns(source)

        def first(*names: str) -> str:
            known = [identifier(name) for name in names if name in columns]
            return f"coalesce({', '.join(known)})" if known else "NULL"

        end = f'(SELECT max("ChargePeriodEnd") FROM {source} WHERE "ChargeCategory" = \'Usage\')'
        priced, priced_in, consumed, consumed_in = map(first, _COUNTED)
        return (
            'recent AS (SELECT "ServiceProviderName" AS provider, "RegionId" AS region, '
            '"ServiceName" AS service, '
            f'"ResourceId" AS resource, {first(*_METERS)} AS meter, {first(*_OPERATIONS)} AS operation, '
            f"{priced} AS priced, {_unit(priced, priced_in)} AS priced_in, {consumed} AS consumed, "
            f"{_unit(consumed, consumed_in)} AS consumed_in, "
            '"BillingCurrency" AS currency, "EffectiveCost" AS cost, '
            f'"ChargePeriodStart" AS since, "ChargePeriodEnd" AS until FROM {source} '
            f'WHERE "ChargeCategory" = {quoted("Usage")} AND '
            f'"ChargePeriodEnd" > {end} - INTERVAL {WINDOW.days} DAY)'
        )

    def _columns(self, source: str) -> frozenset[str]:
        with self._opened(self._files) as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        return frozenset(row[0] for row in described)


def _unit(quantity: str, unit: str) -> str:
    """A unit beside its quantity; none without one, so that sums are of lines which say the same."""
    return f"CASE WHEN {quantity} IS NOT NULL THEN coalesce({unit}, '') END"


def _price(provider: str, row: Sequence[Any]) -> Price | UnreadPrice:
    _, _, meter, operation, service, currency, cost, *counted = row
    named, count = meter_of(provider, meter, operation, service), Counted.of(counted)
    measured = count.measured(provider)
    if measured is None or measured.number <= 0:
        return UnreadPrice(meter=named, unit=count.said)
    return Price(
        meter=named,
        unit=measured.unit,
        amount=Decimal(cost) / measured.number,
        currency=currency,
        origin=Origin.BILL,
    )


def latest(partitions: Iterable[Partition]) -> list[Partition]:
    """Of each source the partitions of its last months."""
    sources: dict[str, list[Partition]] = defaultdict(list)
    for one in partitions:
        sources[one.name.rpartition("/")[0]].append(one)
    return [
        one
        for found in sources.values()
        for one in sorted(found, key=lambda each: each.name)[-MONTHS:]
    ]


def _spent(rows: Sequence[Sequence[Any]]) -> Spent:
    """A resource's lines, of the currency in which most is paid, brought to a month."""
    currencies: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        currencies[row[0]] += abs(row[3])
    currency = max(currencies, key=lambda one: currencies[one])
    since, until = min(row[8] for row in rows), max(row[9] for row in rows)
    days = max(1, -((since - until) // timedelta(days=1)))
    lines = [_line(row, MONTH_DAYS / days) for row in rows if row[0] == currency]
    lines.sort(key=lambda one: (-one.cost, one.meter))
    return Spent(
        currency=currency, days=days, until=until.replace(tzinfo=UTC), lines=tuple(lines[:LINES])
    )


def _line(row: Sequence[Any], scale: Decimal) -> BilledLine:
    _, meter, operation, cost, *counted, _, _, provider, service = row
    named, count = PROVIDERS.get(str(provider).lower(), ""), Counted.of(counted)
    measured = count.measured(named)
    return BilledLine(
        meter=meter_of(named, meter or "", operation, service),
        unit=count.said if measured is None else measured.unit,
        unread=measured is None,
        quantity=_month(Decimal(0) if measured is None else measured.number, scale),
        cost=_month(Decimal(cost), scale),
    )


def _month(of: Decimal, scale: Decimal) -> Decimal:
    return (of * scale).quantize(Decimal("0.000001"))
