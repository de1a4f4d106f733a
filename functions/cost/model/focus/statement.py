"""What a file of a bill came to when it was read: its rows, exact sums, and the rules they break."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, localcontext
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.delivery import Period, Violation
from steward.decimals import plainly

EXACT: Final = Context(prec=2000)
"""Digits enough that no sum of costs is rounded."""


class Tally(BaseModel):
    """What files of one statement came to; ``billed`` is by period and currency, exact, as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: dict[str, int] = Field(default_factory=dict)
    billed: dict[str, dict[str, str]] = Field(default_factory=dict)
    broken: dict[str, int] = Field(default_factory=dict)
    examples: dict[str, str] = Field(default_factory=dict)
    flagged: int = 0

    def periods(self) -> tuple[Period, ...]:
        """Each period's part."""
        return tuple(
            Period(name=name, rows=rows, billed=self.billed.get(name, {}))
            for name, rows in sorted(self.rows.items())
        )

    def violations(self) -> tuple[Violation, ...]:
        """The rules that are broken, those of most rows first."""
        found = sorted(self.broken.items(), key=lambda one: (-one[1], one[0]))
        return tuple(
            Violation(rule=rule, rows=rows, example=self.examples.get(rule)) for rule, rows in found
        )


def added(tallies: Iterable[Tally]) -> Tally:
    """The tallies of several files as one."""
    rows: dict[str, int] = {}
    billed: dict[str, dict[str, str]] = {}
    broken: dict[str, int] = {}
    examples: dict[str, str] = {}
    flagged = 0
    for one in tallies:
        flagged += one.flagged
        examples = {**one.examples, **examples}
        for period, count in one.rows.items():
            rows[period] = rows.get(period, 0) + count
        for rule, count in one.broken.items():
            broken[rule] = broken.get(rule, 0) + count
        for period, sums in one.billed.items():
            there = billed.setdefault(period, {})
            for currency, amount in sums.items():
                there[currency] = plus(there.get(currency, "0"), amount)
    return Tally(rows=rows, billed=billed, broken=broken, examples=examples, flagged=flagged)


def plus(*amounts: str | Decimal) -> str:
    """The exact sum as text, without zeros at its end."""
    with localcontext(EXACT):
        total = sum((Decimal(one) for one in amounts), Decimal(0))
    return plainly(total)
