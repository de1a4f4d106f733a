"""What exploring answers: lines of cost, exact to the last digit, each in one currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

from functions.cost.model.explore.question import CostQuestion
from functions.cost.model.rates.basis import RateBasis
from steward.decimals import plainly

Money: TypeAlias = Annotated[Decimal, PlainSerializer(plainly, return_type=str)]
"""An exact amount; JSON has it as text."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unexchanged(_Shown):
    """Amounts that stayed in their own currency: on so many ``days`` no rate into the other is known."""

    currency: str
    first: date
    last: date
    days: int


class CostExchange(_Shown):
    """How amounts came into a ``currency``: by which edition of the rates, and what stayed as it was.

    ``oldest`` is how many days a rate may be older than the day that it was taken for.
    """

    currency: str
    edition: int
    basis: RateBasis
    oldest: int
    unexchanged: tuple[Unexchanged, ...] = ()


class CostLine(_Shown):
    """What one combination of ``values`` cost in one ``period``, which begins at that day or hour."""

    period: str | None
    values: dict[str, str]
    cost: Money


class CostBreakdown(_Shown):
    """Lines in the order of their periods, the dearest first; ``cut`` when there are more than asked for.

    ``totals`` are of all lines, by currency; ``rolled`` says that the daily rollups had the answer, and
    ``as_of`` when the newest of the bills was taken in.
    """

    question: CostQuestion
    lines: tuple[CostLine, ...]
    totals: dict[str, Money]
    cut: bool
    rolled: bool
    as_of: AwareDatetime | None
    exchange: CostExchange | None = None


class CostMove(_Shown):
    """How one combination's cost moved: ``before``, ``after``, and the difference; ``share`` of before."""

    values: dict[str, str]
    before: Money
    after: Money
    change: Money
    share: float | None


class CostMoves(_Shown):
    """The greatest movements against as many days right before, up or down."""

    since: date
    until: date
    compared_since: date
    lines: tuple[CostMove, ...]
    cut: bool
    exchange: CostExchange | None = None
