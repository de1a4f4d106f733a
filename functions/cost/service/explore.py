"""Costs as they are asked for, as far as the caller may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from functions.cost.model.explore.answers import (
    CostBreakdown,
    CostExchange,
    CostLine,
    CostMove,
    CostMoves,
)
from functions.cost.model.explore.question import CostQuestion
from functions.cost.model.explore.sight import KINDS, Kin, Seen
from functions.cost.model.explore.span import Span
from steward.errors import Denied, TooLarge
from steward.identity.items import Guarded

T = TypeVar("T", bound=Guarded)
_WIDE: Final = Context(prec=76)


class Sight(Protocol):
    """What a caller may see."""

    def sees_everything(self) -> bool:
        """Whether nothing at all is kept from the caller."""
        ...

    def by_kind(self) -> bool:
        """Whether it is decided by what things have in common."""
        ...

    def telling(self, tags: Iterable[str]) -> frozenset[str]:
        """Of these tag keys those that make a difference."""
        ...

    def visible(self, things: Sequence[T]) -> tuple[T, ...]:
        """Those of the things that the caller may see."""
        ...


class Found(NamedTuple):
    """Rows as SQL gives them, whether the rollups had them, and when the newest bill was taken in.

    ``exchange`` says how they came into another currency, if that was asked for.
    """

    rows: tuple[tuple[Any, ...], ...]
    rolled: bool
    as_of: datetime | None
    exchange: CostExchange | None = None


class Costs(Protocol):
    """A tenant's costs, every answer about the same bills."""

    def ask(self, question: CostQuestion, *, seen: Seen | None) -> Found:
        """Rows of an optional period, the dimensions and the cost; one more than asked for, if there are."""
        ...

    def compare(self, question: CostQuestion, before: date, *, seen: Seen | None) -> Found:
        """Rows of the dimensions and the costs before and after the question's first day."""
        ...

    def tag_keys(self) -> frozenset[str]:
        """Every tag key that any row has."""
        ...

    def kinds(self, tags: Iterable[str], *, most: int) -> list[Kin]:
        """The combinations there are of account and these tags; ``most`` and one more at most."""
        ...


def explore(question: CostQuestion, *, costs: Costs, sight: Sight | None = None) -> CostBreakdown:
    """What the question asks for; ``sight`` None sees everything.

    Raises:
        BadInput: a dimension of one's own that it names is not defined.
        Denied: what the caller may see is decided thing by thing, or does not go with teams.
    """
    found = costs.ask(question, seen=_seen(question, costs, sight))
    lines = tuple(_line(row, question) for row in found.rows[: question.limit])
    return CostBreakdown(
        question=question,
        lines=lines,
        totals=_totals(lines, question),
        cut=len(found.rows) > question.limit,
        rolled=found.rolled,
        as_of=found.as_of,
        exchange=found.exchange,
    )


def moves(question: CostQuestion, *, costs: Costs, sight: Sight | None = None) -> CostMoves:
    """What moved most against as many days right before.

    Raises:
        BadInput: a dimension of one's own that it names is not defined.
        Denied: what the caller may see is decided thing by thing, or does not go with teams.
    """
    before = Span(question.since, question.until).before.since
    plain = question.model_copy(update={"per": None})
    found = costs.compare(plain, before, seen=_seen(question, costs, sight))
    return CostMoves(
        since=question.since,
        until=question.until,
        compared_since=before,
        lines=tuple(_move(row, plain) for row in found.rows[: question.limit]),
        cut=len(found.rows) > question.limit,
        exchange=found.exchange,
    )


def gathered(*answers: CostBreakdown) -> CostExchange | None:
    """How several answers came into one currency, as one statement; None when none of them did."""
    found = [one.exchange for one in answers if one.exchange is not None]
    if not found:
        return None
    left = sorted({each for one in found for each in one.unexchanged}, key=lambda each: each.first)
    return found[0].model_copy(update={"unexchanged": tuple(left)})


def seen_by(sight: Sight | None, costs: Costs) -> Seen | None:
    """The kinds of rows that the caller may see; None when that is every one.

    Raises:
        Denied: it is decided thing by thing.
        TooLarge: there are too many kinds.
    """
    if sight is None or sight.sees_everything():
        return None
    if not sight.by_kind():
        raise Denied(
            "the costs you may see are decided thing by thing; ask with a role in the whole tenant "
            "(see 'steward auth explain')"
        )
    tags = tuple(sorted(sight.telling(costs.tag_keys())))
    kinds = costs.kinds(tags, most=KINDS)
    if len(kinds) > KINDS:
        raise TooLarge(
            f"the costs you may see are decided by {', '.join(tags) or 'account'}: more than {KINDS} "
            "combinations; ask with a role in the whole tenant"
        )
    return Seen(tags, sight.visible(kinds))


def see_everything(sight: Sight, what: str) -> None:
    """Let only those go on who may see every cost: the answer cannot be told apart.

    Raises:
        Denied: something is kept from the caller.
    """
    if not sight.sees_everything():
        raise Denied(
            f"{what}: is made of all costs, of which some are kept from you; ask with a role in the whole "
            "tenant (see 'steward auth explain')"
        )


def _seen(question: CostQuestion, costs: Costs, sight: Sight | None) -> Seen | None:
    seen = seen_by(sight, costs)
    if seen is not None and seen.tags and question.by_team:
        raise Denied(
            "team: shared costs are split among teams whatever their tags, by which you see costs; "
            "ask with a role in the whole tenant, or leave team out"
        )
    return seen


def _line(row: Sequence[Any], question: CostQuestion) -> CostLine:
    period, rest = (row[0], row[1:]) if question.per else (None, row)
    names = [one.name for one in question.dimensions()]
    return CostLine(
        period=None if period is None else period.isoformat(),
        values=dict(zip(names, rest[:-1], strict=True)),
        cost=rest[-1],
    )


def _totals(lines: Iterable[CostLine], question: CostQuestion) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for line in lines:
        currency = line.values[question.money]
        totals[currency] = _WIDE.add(totals.get(currency, Decimal(0)), line.cost)
    return dict(sorted(totals.items()))


def _move(row: Sequence[Any], question: CostQuestion) -> CostMove:
    *values, before, after = row
    names = [one.name for one in question.dimensions()]
    change = _WIDE.subtract(after, before)
    return CostMove(
        values=dict(zip(names, values, strict=True)),
        before=before,
        after=after,
        change=change,
        share=float(change / before) if before else None,
    )
