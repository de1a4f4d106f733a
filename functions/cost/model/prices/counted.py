"""How much a bill counts of a meter: in blocks as it is priced, in units as it is consumed, or both."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

from functions.cost.model.prices.measures import Measure, measure_of

# Quantities are written to some digits: two that are as far apart differ by a block, and not by rounding.
_APART: Final = Decimal("1.5")


class Counted(NamedTuple):
    """A priced and a consumed quantity, each with the unit that the bill says."""

    priced: Decimal | None
    priced_in: str
    consumed: Decimal | None
    consumed_in: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """From the bill's four columns, in the order of the fields."""
        priced, priced_in, consumed, consumed_in = row
        return cls(priced, priced_in or "", consumed, consumed_in or "")

    @property
    def said(self) -> str:
        """What the bill says, for who has to find out."""
        both = (
            f"{_text(self.priced)} {self.priced_in}",
            f"{_text(self.consumed)} {self.consumed_in}",
        )
        if None in (self.priced, self.consumed) or self.priced_in != self.consumed_in:
            return self.priced_in or self.consumed_in
        return self.priced_in if both[0] == both[1] else " and ".join(both)

    def measured(self, provider: str) -> Measure | None:
        """The quantity in single units; None where no unit can be read, or the bill contradicts itself."""
        if provider != "azure":
            priced = self.consumed if self.priced is None else self.priced
            return Measure(priced or Decimal(0), self.priced_in or self.consumed_in)
        found = [_in_units(self.consumed, self.consumed_in), _in_units(self.priced, self.priced_in)]
        read = [one for one in found if one is not None]
        return None if not read or _differ(read) else read[0]


def _in_units(quantity: Decimal | None, unit: str) -> Measure | None:
    block = measure_of(unit)
    return None if quantity is None or block is None else Measure(block.units(quantity), block.unit)


def _differ(read: Sequence[Measure]) -> bool:
    """Whether a bill says two quantities of the same unit, and so whether either is blocks is not known."""
    low, high = sorted(abs(one.number) for one in (read[0], read[-1]))
    return read[0].unit == read[-1].unit and high > low * _APART


def _text(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity.normalize():f}"
