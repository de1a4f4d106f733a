"""Which rate an amount is exchanged at, and how what comes of it is rounded."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Final, TypeAlias

from functions.cost.model.rates.basis import RateBasis
from functions.cost.model.rates.book import RateOrigin, RatePart

DIGITS: Final = 50
"""Of a rate; costs have 38 at most, so that there and back differs by less than they are kept in."""
UNIT: Final = Decimal("1e-18")
_FINE: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
EXACT: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)
"""Wide enough for every product of a cost and a rate, and for sums of them."""
_ONE: Final = Decimal(1)
Legs: TypeAlias = Mapping[str, Decimal]
"""What one unit of the base is worth on a day, by currency."""


@dataclass(frozen=True)
class Rates:
    """Rates by base and day; ``oldest`` is how many days a rate may be older than what it is taken for."""

    bases: Mapping[str, Mapping[date, Legs]]
    basis: RateBasis = RateBasis.DAY
    oldest: int = 7

    def rate(self, of: str, to: str, day: date) -> Decimal | None:
        """What one unit of a currency is worth in another on a day; None where no rate is known.

        Of several bases the first by name counts that knows both: the way back goes through the same.
        """
        if of == to:
            return _ONE
        found = (self._through(base, of, to, day) for base in sorted(self.bases))
        return next((one for one in found if one is not None), None)

    @cached_property
    def _days(self) -> dict[str, list[date]]:
        return {base: sorted(days) for base, days in self.bases.items()}

    def _through(self, base: str, of: str, to: str, day: date) -> Decimal | None:
        match self.basis:
            case RateBasis.DAY:
                return self._crossed(base, of, to, self._latest(base, of, to, day, day))
            case RateBasis.AVERAGE:
                month = list(self._within(base, of, to, day))
                if month:
                    return _FINE.divide(_mean(month, to), _mean(month, of))
        # The day before the next month's first is the month's last.
        last = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self._crossed(base, of, to, self._latest(base, of, to, last, day.replace(day=1)))

    def _latest(self, base: str, of: str, to: str, until: date, since: date) -> date | None:
        """The last day up to ``until`` with both currencies, no older than allowed before ``since``."""
        days = self._days[base]
        for place in range(bisect_right(days, until) - 1, -1, -1):
            if since - days[place] > timedelta(days=self.oldest):
                return None
            if {of, to} <= self.bases[base][days[place]].keys() | {base}:
                return days[place]
        return None

    def _within(self, base: str, of: str, to: str, day: date) -> Iterator[Legs]:
        for one, legs in self.bases[base].items():
            same = (one.year, one.month) == (day.year, day.month)
            if same and {of, to} <= legs.keys() | {base}:
                yield {base: _ONE, **legs}

    def _crossed(self, base: str, of: str, to: str, day: date | None) -> Decimal | None:
        if day is None:
            return None
        legs = {base: _ONE, **self.bases[base][day]}
        return _FINE.divide(legs[to], legs[of])


def gathered(parts: Iterable[RatePart]) -> dict[str, dict[date, dict[str, Decimal]]]:
    """The rates that count: what a person handed in before what the feed says, then the latest edition."""
    bases: dict[str, dict[date, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for part in sorted(parts, key=lambda one: (one.origin is RateOrigin.FILE, one.edition)):
        for day, legs in part.days.items():
            bases[part.base][day].update(legs)
    return bases


def exchanged(amounts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The exact sum of amounts, each times its rate."""
    total = Decimal(0)
    for amount, rate in amounts:
        total = EXACT.add(total, EXACT.multiply(amount, rate))
    return total


def rounded(exact: Sequence[Decimal]) -> list[Decimal]:
    """Each amount to 18 digits behind the point, so that they add up to the whole as it is rounded.

    The whole is rounded half even; each part down or up, those with the greatest remainders up.
    """
    whole = Decimal(0)
    for one in exact:
        whole = EXACT.add(whole, one)
    floors = [one.quantize(UNIT, rounding=ROUND_FLOOR, context=EXACT) for one in exact]
    left = EXACT.subtract(whole.quantize(UNIT, context=EXACT), _sum(floors))
    rest = [EXACT.subtract(one, floor) for one, floor in zip(exact, floors, strict=True)]
    order = sorted(range(len(exact)), key=lambda place: (-rest[place], place))
    for place in order[: int(EXACT.scaleb(left, 18))]:
        floors[place] = EXACT.add(floors[place], UNIT)
    return floors


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return exchanged((one, _ONE) for one in amounts)


def _mean(legs: Sequence[Legs], currency: str) -> Decimal:
    return _FINE.divide(_sum(one[currency] for one in legs), Decimal(len(legs)))
