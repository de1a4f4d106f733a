"""How commitments do: what they cover, how much of them is used, and from which use on they pay.

``used`` and ``unused`` are effective costs, which amortise what was paid at once. ``worth`` is what the
covered usage would have cost on demand: the contracted cost, or the list cost where a bill has no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from functions.cost.model.explore.answers import Money
from steward.errors import BadInput

_EXACT: Final = Context(prec=76, rounding=ROUND_HALF_EVEN)
_SHARE: Final = Decimal("0.000001")
LINES: Final = 2_000


class CommitmentPart(StrEnum):
    """What commitments are told apart by, beside the currency."""

    PROVIDER = "provider"
    COMMITMENT = "commitment"
    KIND = "kind"
    SERVICE = "service"
    ACCOUNT = "account"
    REGION = "region"
    MONTH = "month"


PLACES: Final = (
    CommitmentPart.SERVICE,
    CommitmentPart.ACCOUNT,
    CommitmentPart.REGION,
    CommitmentPart.MONTH,
)
EACH: Final = (CommitmentPart.COMMITMENT, CommitmentPart.KIND, CommitmentPart.MONTH)


class CommitmentSums(NamedTuple):
    """What a combination of ``values`` sums up to in a currency; ``open`` is eligible and uncovered."""

    values: dict[str, str]
    currency: str
    used: Decimal
    unused: Decimal
    worth: Decimal
    open: Decimal
    worthless: int
    """Lines of covered usage of which the bill does not say what they would cost on demand."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CommitmentCoverage(_Shown):
    """How much of what commitments could cover they do cover.

    ``coverage`` is the share of effective cost, as FOCUS's own query has it, without what is unused;
    ``worth_covered`` the share of what all of it would cost on demand, whatever the discount.
    """

    values: dict[str, str]
    currency: str
    covered: Money
    open: Money
    coverage: Money | None
    worth: Money
    worth_covered: Money | None


class CommitmentUtilisation(_Shown):
    """How much of what is paid for commitments was used, as a share of effective cost."""

    values: dict[str, str]
    currency: str
    used: Money
    unused: Money
    utilisation: Money | None


class CommitmentBreakEven(_Shown):
    """Whether commitments paid: they do while their utilisation is above ``break_even``.

    ``saving`` is what the covered usage would have cost on demand, less all that the commitments cost.
    ``break_even`` is None where the bill does not say what some of the usage would cost on demand.
    """

    values: dict[str, str]
    currency: str
    cost: Money
    worth: Money
    saving: Money | None
    utilisation: Money | None
    break_even: Money | None


class CommitmentCoverages(_Shown):
    """Lines of coverage, those with most to cover first; ``cut`` when there are more."""

    lines: tuple[CommitmentCoverage, ...]
    cut: bool


class CommitmentUtilisations(_Shown):
    """Lines of utilisation, those with most unused first; ``cut`` when there are more."""

    lines: tuple[CommitmentUtilisation, ...]
    cut: bool


class CommitmentBreakEvens(_Shown):
    """Lines of break-even, those that lose most first; ``cut`` when there are more."""

    lines: tuple[CommitmentBreakEven, ...]
    cut: bool


def parts_of(text: str | None, usual: tuple[CommitmentPart, ...]) -> tuple[CommitmentPart, ...]:
    """The parts that a text names, joined by commas; the usual ones without.

    Raises:
        BadInput: it names one that there is not, or one twice.
    """
    if text is None:
        return usual
    names = [one.strip() for one in text.split(",") if one.strip()]
    if not set(names) <= set(CommitmentPart) or len(set(names)) < len(names):
        raise BadInput(f"by {text[:80]!r}: name some of {', '.join(CommitmentPart)}, each once")
    return tuple(CommitmentPart(one) for one in names)


def coverages(sums: Iterable[CommitmentSums]) -> CommitmentCoverages:
    """The lines that have anything to cover."""
    found = [_coverage(one) for one in sums if one.used or one.worth or one.open]
    ordered = sorted(found, key=lambda one: (-one.open, -one.worth, *one.values.values()))
    return CommitmentCoverages(lines=tuple(ordered[:LINES]), cut=len(ordered) > LINES)


def utilisations(sums: Iterable[CommitmentSums]) -> CommitmentUtilisations:
    """The lines that have a commitment."""
    found = [_utilisation(one) for one in sums if one.used or one.unused]
    ordered = sorted(found, key=lambda one: (-one.unused, -one.used, *one.values.values()))
    return CommitmentUtilisations(lines=tuple(ordered[:LINES]), cut=len(ordered) > LINES)


def break_evens(sums: Iterable[CommitmentSums]) -> CommitmentBreakEvens:
    """The lines that have a commitment."""
    found = [_break_even(one) for one in sums if one.used or one.unused]
    ordered = sorted(found, key=lambda one: (one.saving or Decimal(0), *one.values.values()))
    return CommitmentBreakEvens(lines=tuple(ordered[:LINES]), cut=len(ordered) > LINES)


def _coverage(one: CommitmentSums) -> CommitmentCoverage:
    return CommitmentCoverage(
        values=one.values,
        currency=one.currency,
        covered=one.used,
        open=one.open,
        coverage=_share(one.used, _EXACT.add(one.used, one.open)),
        worth=one.worth,
        worth_covered=None if one.worthless else _share(one.worth, _EXACT.add(one.worth, one.open)),
    )


def _utilisation(one: CommitmentSums) -> CommitmentUtilisation:
    return CommitmentUtilisation(
        values=one.values,
        currency=one.currency,
        used=one.used,
        unused=one.unused,
        utilisation=_share(one.used, _EXACT.add(one.used, one.unused)),
    )


def _break_even(one: CommitmentSums) -> CommitmentBreakEven:
    cost = _EXACT.add(one.used, one.unused)
    return CommitmentBreakEven(
        values=one.values,
        currency=one.currency,
        cost=cost,
        worth=one.worth,
        saving=None if one.worthless else _EXACT.subtract(one.worth, cost),
        utilisation=_share(one.used, cost),
        # Used whole it would cover worth / utilisation for the same cost.
        break_even=None if one.worthless else _share(one.used, one.worth),
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return _EXACT.divide(part, whole).quantize(_SHARE, context=_EXACT) if whole > 0 else None
