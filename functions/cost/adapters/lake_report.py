"""What a converted file came to: exact sums by period and currency, and the rules that its rows break."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any, Final

from functions.cost.adapters.lake_conversion import FLAGS, OVERSIZE
from functions.cost.model.focus.columns import BY_NAME, Kind
from functions.cost.model.focus.statement import EXACT, Tally
from steward.decimals import plainly
from steward.errors import BadInput
from steward.lake.reading import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PERIOD: Final = "strftime(\"BillingPeriodStart\", '%Y-%m')"
COSTS: Final = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
NEEDED: Final = ("BillingPeriodStart", "ChargePeriodStart")
_WHOLE: Final = 'CAST(trunc("BilledCost") AS DECIMAL(38,0))'
_PLAIN: Final = ('sum("BilledCost")',)
_APART: Final = (f"sum({_WHOLE})", 'sum("BilledCost" - trunc("BilledCost"))')
"""Neither the whole units nor the fractions leave 38 digits, however many rows there are; it takes longer."""
_BATCH: Final = 1000


def tally(connection: DuckDBPyConnection, source: str) -> Tally:
    """The tally of converted rows.

    Raises:
        BadInput: a cost is no number, or a row tells no period: one that cannot be counted spoils a month.
    """
    odd = _oddities(connection, source)
    rows: Counter[str] = Counter()
    billed: dict[str, dict[str, str]] = defaultdict(dict)
    for period, currency, count, *sums in _added(connection, source):
        if period is None:
            _refuse_periods(connection, source)
        rows[period] += count
        key = currency or ""
        billed[period][key] = _exact(*sums, odd.get((period, key), Decimal(0)))
    broken, flagged = _broken(connection, source)
    return Tally(
        rows=dict(rows),
        billed=dict(billed),
        broken=dict(broken),
        examples=_examples(connection, source, broken),
        flagged=flagged,
    )


def _added(connection: DuckDBPyConnection, source: str) -> list[tuple[Any, ...]]:
    """Rows and exact sums by period and currency."""
    import duckdb

    try:
        return connection.execute(_sums(source, _PLAIN)).fetchall()
    except duckdb.OutOfRangeException:
        return connection.execute(_sums(source, _APART)).fetchall()


def _sums(source: str, sums: Sequence[str]) -> str:
    # The month is told of each start once, not of each row.
    chosen = ", ".join(f"{said} AS s{place}" for place, said in enumerate(sums))
    whole = ", ".join(f"sum(s{place})" for place in range(len(sums)))
    return (
        f'SELECT {PERIOD} AS period, "BillingCurrency", sum(n)::BIGINT, {whole} FROM ('
        f'SELECT "BillingPeriodStart", "BillingCurrency", count(*) AS n, {chosen} FROM {source} '
        "GROUP BY 1, 2) GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _exact(*parts: Decimal | None) -> str:
    with localcontext(EXACT):
        total = sum((one for one in parts if one is not None), Decimal(0))
    return plainly(total)


def _oddities(connection: DuckDBPyConnection, source: str) -> dict[tuple[str, str], Decimal]:
    """The sums of billed costs that do not fit their column, by period and currency."""
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    rows = connection.cursor().execute(
        f'SELECT {PERIOD}, "BillingCurrency", {OVERSIZE} FROM {source} WHERE {OVERSIZE} IS NOT NULL'
    )
    with localcontext(EXACT):
        for period, currency, said in _fetched(rows):
            values = json.loads(said)
            _check(values)
            if "BilledCost" in values:
                found[period, currency or ""] += Decimal(values["BilledCost"])
    return found


def _check(values: dict[str, str]) -> None:
    for name, text in values.items():
        if BY_NAME[name].kind is Kind.TIME and name in NEEDED:
            raise BadInput(
                f"{name} {text[:60]!r}: is no date; write 2026-01-31T00:00:00Z, and deliver the file anew"
            )
        if name in COSTS and not _is_number(text):
            raise BadInput(
                f"{name} {text[:60]!r}: is no number; write decimals with a point and nothing between the "
                "digits, as 1234.56, and deliver the file anew"
            )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _refuse_periods(connection: DuckDBPyConnection, source: str) -> None:
    (count,) = connection.execute(
        f'SELECT count(*) FROM {source} WHERE "BillingPeriodStart" IS NULL'
    ).fetchone() or (0,)
    raise BadInput(
        f"BillingPeriodStart: {count} rows have none, so no month can be theirs; deliver the file anew "
        "with it"
    )


def _broken(connection: DuckDBPyConnection, source: str) -> tuple[Counter[str], int]:
    """How many rows break each rule, and how many break any."""
    found: Counter[str] = Counter()
    flagged = 0
    rows = connection.execute(
        f"SELECT {FLAGS}, count(*) FROM {source} WHERE {FLAGS} IS NOT NULL GROUP BY 1"
    ).fetchall()
    for flags, count in rows:
        flagged += count
        for rule in flags.split(","):
            found[rule] += count
    return found, flagged


def _examples(connection: DuckDBPyConnection, source: str, broken: Counter[str]) -> dict[str, str]:
    """One value for each rule of which a value tells more than that there is none."""
    telling = [rule for rule in broken if not rule.endswith(("-NotNull", "-Present"))]
    found: dict[str, str] = {}
    for rule in telling:
        column = rule.split("-")[1]
        kept = f"json_extract_string({OVERSIZE}, '$.{column}')"
        value = f"coalesce(CAST({identifier(column)} AS VARCHAR), {kept})"
        row = connection.execute(
            f"SELECT {value} FROM {source} WHERE contains({FLAGS}, ?) LIMIT 1", [rule]
        ).fetchone()
        if row is not None and row[0] is not None:
            found[rule] = str(row[0])[:80]
    return found


def _fetched(cursor: DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(_BATCH):
        yield from batch
