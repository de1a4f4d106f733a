"""Costs in another currency: SQL adds them up as far as one rate applies, and the rest is exact here.

Which lines come first is settled by SQL with floating point, what they come to never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from functions.cost.adapters.lake_explore import PERIOD, moment, spanned, stretch
from functions.cost.adapters.lake_rows import Place, all_of, value
from functions.cost.model.explore.answers import CostExchange, Unexchanged
from functions.cost.model.explore.question import CURRENCY, CostQuestion
from functions.cost.model.rates.basis import RateBasis
from functions.cost.model.rates.exchange import exchanged, rounded
from functions.cost.service.rates import Known
from functions.cost.service.taking import ROLLUP
from steward.errors import TooLarge
from steward.lake.reading import identifier, quoted

Run: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]
CELLS: Final = 1_000_000
"""Sums, each of one line and one rate, that one answer is made of."""
_OF, _ON, _RATE, _OUT = "steward_of", "steward_on", "steward_rate", "steward_out"
_NO_RATE: Final = -1


class Exchanged(NamedTuple):
    """Lines of the dimensions, the currency and the sums; and how they came into it."""

    rows: list[tuple[Any, ...]]
    exchange: CostExchange


@dataclass(frozen=True, slots=True)
class Changing:
    """A question whose amounts are exchanged, of some rows, by the rates that are known."""

    question: CostQuestion
    source: str
    place: Place
    known: Known
    run: Run

    @property
    def to(self) -> str:
        """The currency that amounts are exchanged into."""
        return self.question.currency or ""

    def asked(self) -> Exchanged:
        """The lines, the dearest first, one more than asked for if there are."""
        sums = [f"sum({self._amount()})"]
        return self._answered(
            sums, about="{0}", first=stretch(self.question.per, moment(self.place))
        )

    def compared(self, turn: date) -> Exchanged:
        """The lines with their sums before a day and from it on, the greatest movements first."""
        day = f"{moment(self.place)} {{}} DATE {quoted(turn.isoformat())}"
        sums = [f"sum({self._amount()}) FILTER ({day.format(sign)})" for sign in ("<", ">=")]
        found = self._answered(sums, about="abs({1} - {0})", first=[])
        rows = sorted(found.rows, key=lambda row: -abs(row[-1] - row[-2]))
        return found._replace(rows=[row for row in rows if row[-1] != row[-2]])

    def _answered(self, sums: Sequence[str], *, about: str, first: Sequence[str]) -> Exchanged:
        pairs = self._pairs()
        rates = {pair: self._rate(*pair) for pair in pairs}
        ordered = sorted({rate for rate in rates.values() if rate is not None})
        numbers = {rate: number for number, rate in enumerate(ordered)}
        quotes = [
            (of, day, numbers[rate], float(rate))
            for (of, day), rate in rates.items()
            if rate is not None
        ]
        cells = self.run(self._cells(sums, quotes, about, first)) if pairs else []
        if len(cells) > CELLS:
            raise TooLarge(
                f"currency {self.to}: more than {CELLS} sums to exchange; ask for fewer days or lines"
            )
        width = len(sums)
        rows = _folded(cells, ordered, width)
        return Exchanged(_whole(rows, self.to, width), self._exchange(rates))

    def _rate(self, of: str, day: date) -> Decimal | None:
        rates = self.known.rates
        # All days of a month have one rate then: found once.
        return rates.rate(of, self.to, day if rates.basis is RateBasis.DAY else day.replace(day=1))

    def _exchange(self, rates: dict[tuple[str, date], Decimal | None]) -> CostExchange:
        missing: dict[str, list[date]] = {}
        for (of, day), rate in sorted(rates.items()):
            if rate is None:
                missing.setdefault(of, []).append(day)
        left = (
            Unexchanged(currency=of, first=days[0], last=days[-1], days=len(days))
            for of, days in missing.items()
        )
        return by_rates(self.known, self.to, left)

    def _pairs(self) -> list[tuple[str, date]]:
        sql = (
            f"SELECT DISTINCT {self._of()}, CAST({moment(self.place)} AS DATE) FROM {self.source} "
            f"WHERE {self._chosen()}"
        )
        return [(str(of), day) for of, day in self.run(sql)]

    def _cells(
        self,
        sums: Sequence[str],
        quotes: Iterable[tuple[str, date, int, float]],
        about: str,
        first: Sequence[str],
    ) -> str:
        fields = self.question.fields()
        named = [f"{value(one, self.place)} AS {identifier(one.name)}" for one in fields]
        names = [*([PERIOD] if first else []), *(identifier(one.name) for one in fields)]
        costs = [f"coalesce({one}, 0) AS c{n}" for n, one in enumerate(sums)]
        worth = [f"sum(CAST(c{n} AS DOUBLE) * rate) OVER line" for n in range(len(sums))]
        out = f"CASE WHEN {_RATE}.number IS NULL THEN {self._of()} ELSE {quoted(self.to)} END"
        order = [*names[: len(first)], "about DESC", *names[len(first) :], _OUT]
        line = ", ".join([*names, _OUT])
        return f"""
            WITH {_RATE}({_OF}, {_ON}, number, rate) AS ({_values(quotes)}),
            cells AS (
                SELECT {", ".join([*first, *named, f"{out} AS {_OUT}"])},
                    coalesce({_RATE}.number, {_NO_RATE}) AS number,
                    coalesce(any_value({_RATE}.rate), 1) AS rate, {", ".join(costs)}
                FROM {self.source} LEFT JOIN {_RATE} ON {_RATE}.{_OF} = {self._of()}
                    AND {_RATE}.{_ON} = CAST({moment(self.place)} AS DATE)
                WHERE {self._chosen()} GROUP BY ALL),
            weighed AS (SELECT *, {about.format(*worth)} AS about FROM cells
                WINDOW line AS (PARTITION BY {line}))
            SELECT {", ".join([line, "number", *(f"c{n}" for n in range(len(sums)))])} FROM weighed
            QUALIFY dense_rank() OVER (ORDER BY {", ".join(order)}) <= {self.question.limit + 1}
            ORDER BY {", ".join([*order, "number"])} LIMIT {CELLS + 1}"""

    def _chosen(self) -> str:
        conditions = all_of(self.question.conditions(), self.place)
        return f"{spanned(self.question, moment(self.place))} AND {conditions}"

    def _of(self) -> str:
        own = value(CURRENCY, self.place)
        return f"CASE WHEN {self._stated()} THEN {quoted(self.to)} ELSE {own} END"

    def _amount(self) -> str:
        if self.place.kind == ROLLUP:
            return self.question.metric.value
        own = identifier(self.question.metric.column)
        return f'CASE WHEN {self._stated()} THEN "PricingCurrencyEffectiveCost" ELSE {own} END'

    def _stated(self) -> str:
        """Whether a bill in another currency states the amount in this one itself."""
        if not self.question.priced:
            return "false"
        to = quoted(self.to)
        return (
            f'"BillingCurrency" <> {to} AND "PricingCurrency" = {to} '
            'AND "PricingCurrencyEffectiveCost" IS NOT NULL'
        )


def by_rates(known: Known, to: str, unexchanged: Iterable[Unexchanged] = ()) -> CostExchange:
    """How amounts came into a currency by rates that are known."""
    return CostExchange(
        currency=to,
        edition=known.edition,
        basis=known.rates.basis,
        oldest=known.rates.oldest,
        unexchanged=tuple(unexchanged),
    )


def _values(quotes: Iterable[tuple[str, date, int, float]]) -> str:
    rows = [
        f"({quoted(of)}, DATE {quoted(day.isoformat())}, {number}, CAST({rate!r} AS DOUBLE))"
        for of, day, number, rate in quotes
    ]
    if not rows:
        return "SELECT '', DATE '1970-01-01', 0, CAST(0 AS DOUBLE) WHERE false"
    return f"VALUES {', '.join(rows)}"


def _folded(
    cells: Sequence[Sequence[Any]], rates: Sequence[Decimal], width: int
) -> dict[tuple[Any, ...], list[Decimal]]:
    """The exact sums of each line, in the order in which they came."""
    found: dict[tuple[Any, ...], list[list[tuple[Decimal, Decimal]]]] = {}
    for cell in cells:
        *line, number = cell[: len(cell) - width]
        rate = Decimal(1) if number == _NO_RATE else rates[number]
        sums = found.setdefault(tuple(line), [[] for _ in range(width)])
        for place, amount in enumerate(cell[len(cell) - width :]):
            sums[place].append((amount, rate))
    return {line: [exchanged(one) for one in sums] for line, sums in found.items()}


def _whole(
    lines: dict[tuple[Any, ...], list[Decimal]], to: str, width: int
) -> list[tuple[Any, ...]]:
    """The lines with sums that add up to what all of them come to, as that is rounded."""
    chosen = [line for line in lines if line[-1] == to]
    columns = [rounded([lines[line][place] for line in chosen]) for place in range(width)]
    for place, column in enumerate(columns):
        for line, amount in zip(chosen, column, strict=True):
            lines[line][place] = amount
    return [(*line, *sums) for line, sums in lines.items()]
