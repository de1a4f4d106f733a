"""How many of which unit a price is for: Azure counts and prices in blocks, such as "100 Hours" or "10K".

Source: Microsoft, Cost Management's "UnitOfMeasure", and the table of pricing units of its FinOps toolkit.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Final, NamedTuple

UNITS: Final = "Units"
"""What is counted where a block names nothing: of "10K" and of "1/Month"."""
_COUNTED: Final = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d{1,15})(?P<power>[KMBk]?)(?![\w.,])\s*(?P<unit>.*)", re.ASCII
)
_POWERS: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_WORDS: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
# An amount per so many days ("1/10 Days") is a unit; a second number elsewhere could mean anything.
_NAMED: Final = re.compile(r"(?P<of>[^\d/]*)(?P<per>(?:/[^/]*)?)")
# "1 M" may be a million, a minute or a month, and what nobody assigned has no unit.
_NO_UNITS: Final = frozenset({"k", "m", "b", "unassigned", "unknown", "none", "null", "n/a"})
_EXACT: Final = Context(prec=200, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Measure(NamedTuple):
    """A block: so many of a unit."""

    number: Decimal
    unit: str

    def units(self, blocks: Decimal) -> Decimal:
        """How many units so many blocks have, to the last digit."""
        return _EXACT.multiply(blocks, self.number)


def measure_of(text: str) -> Measure | None:
    """The block that a bill or a price list names; None where nobody can say what it is."""
    plain = " ".join(text.split())
    counted = _COUNTED.fullmatch(plain)
    if counted is None:
        return None if re.search(r"\d", plain) else _measure(1, plain)
    digits = int(counted["digits"].replace(",", ""))
    return _measure(digits * _POWERS[counted["power"].lower()], counted["unit"] or UNITS)


def _measure(count: int, text: str) -> Measure | None:
    word, _, rest = text.partition(" ")
    if word.lower() in _WORDS:
        count, text = count * _WORDS[word.lower()], rest or UNITS
    named = _NAMED.fullmatch(text)
    if count == 0 or not text or named is None or text.lower() in _NO_UNITS:
        return None
    return Measure(
        Decimal(count), f"{named['of'].strip() or UNITS}{named['per'].replace('/ ', '/')}"
    )
