"""What teams are shown: their monthly statements, and what is nobody's, with who may own it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Final

from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.allocation.statement import StatementLine, StatementPart, TeamStatement
from functions.cost.model.allocation.trial import month_of
from functions.cost.model.allocation.untagged import (
    Bare,
    LatestChange,
    ResourceOwner,
    Suggestion,
    Untagged,
    UntaggedLine,
    neighbour,
    owner_key,
    stated,
)
from functions.cost.model.explore.answers import CostLine
from functions.cost.model.explore.asked import question
from functions.cost.model.explore.question import CostQuestion
from functions.cost.model.explore.span import months_before
from functions.cost.service.explore import Costs, Sight, explore, gathered
from steward.contracts.inventory import ResourceView
from steward.errors import NotFound
from steward.store.work import Entities

LINES: Final = 200
_MOST: Final = 10_000
_WIDE: Final = Context(prec=76)
_NOBODY: Final = ("!team",)
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Showing:
    """The costs, whose resources are known, and when it is."""

    costs: Costs
    owners: Entities[ResourceOwner]
    bare: Callable[[str, RuleSetDraft, int], list[Bare]]
    """Of a month and by these rules, what fits none of them, the dearest first, so many at most."""
    now: datetime


def statement(
    team: str,
    month: str,
    *,
    to: Showing,
    sight: Sight | None = None,
    money: Mapping[str, object] = MappingProxyType({}),
) -> TeamStatement:
    """A team's month beside the month before; ``money`` says in which currency, and by which rates.

    Raises:
        BadInput: the month is none.
        NotFound: nothing was ever charged to the team in either month.
    """
    first = month_of(month)
    found = explore(_of_team(team, first, money), costs=to.costs, sight=sight)
    earlier = months_before(first, 1)
    before = explore(_of_team(team, earlier, money), costs=to.costs, sight=sight)
    if not found.lines and not before.lines:
        raise NotFound(
            f"team {team[:80]!r}: nothing was charged to it in {month} or the month before"
        )
    currencies = sorted({line.values["currency"] for line in (*found.lines, *before.lines)})
    return TeamStatement(
        team=team,
        month=month,
        open=to.now.date() < _next(first),
        as_of=found.as_of,
        parts=tuple(_part(one, found.lines, before.lines) for one in currencies),
        exchange=gathered(found, before),
    )


def untagged(month: str, *, rules: RuleSetDraft, of: Showing) -> Untagged:
    """What nobody bears in a month, and who may own it.

    Raises:
        BadInput: the month is none.
    """
    first = month_of(month)
    nobody = explore(_asked(first, where=_NOBODY), costs=of.costs)
    everybody = explore(_asked(first), costs=of.costs)
    by_account = explore(_asked(first, by=("account", "team")), costs=of.costs)
    bare = of.bare(month, rules, LINES + 1)
    return Untagged(
        month=month,
        total=nobody.totals,
        share={
            currency: round(float(cost / everybody.totals[currency]), 4)
            for currency, cost in nobody.totals.items()
            if everybody.totals.get(currency)
        },
        lines=tuple(_bare_line(one, by_account.lines, of.owners) for one in bare[:LINES]),
        cut=len(bare) > LINES,
    )


def note_owner(
    resource: ResourceView, change: LatestChange, *, at: datetime, owners: Entities[ResourceOwner]
) -> int:
    """Keep whose a resource is under each of the names that a bill may have for it; how many those are.

    An event that comes late says nothing of what is known since.
    """
    owner, because = stated(resource.tags, resource.owner, change.by) or (None, None)
    names = tuple(dict.fromkeys(one for one in (resource.native_id, resource.arn) if one))
    for name in names:
        known = owners.get(owner_key(name))
        if known is None or known.change.at <= change.at:
            owners.put(
                ResourceOwner(
                    id=owner_key(name),
                    names=names,
                    owner=owner,
                    because=because,
                    change=change,
                    seen_at=at,
                )
            )
    return len(names)


def _asked(first: date, **fields: object) -> CostQuestion:
    return question(since=first, until=_next(first), limit=_MOST, **fields)


def _of_team(team: str, first: date, money: Mapping[str, object]) -> CostQuestion:
    by = ("provider", "service", "account")
    return _asked(first, by=by, where=(f"team={team}",), **money)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _part(currency: str, lines: Iterable[CostLine], before: Iterable[CostLine]) -> StatementPart:
    now, was = _costs(lines, currency), _costs(before, currency)
    shown = [
        StatementLine(
            provider=provider,
            service=service,
            account=account,
            cost=now.get((provider, service, account), _NOTHING),
            before=was.get((provider, service, account), _NOTHING),
        )
        for provider, service, account in {*now, *was}
    ]
    ordered = sorted(shown, key=lambda one: (-one.cost, one.service, one.account, one.provider))
    return StatementPart(
        currency=currency, cost=_sum(now.values()), before=_sum(was.values()), lines=tuple(ordered)
    )


def _costs(lines: Iterable[CostLine], currency: str) -> dict[tuple[str, str, str], Decimal]:
    return {
        (one.values["provider"], one.values["service"], one.values["account"]): one.cost
        for one in lines
        if one.values["currency"] == currency
    }


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _NOTHING
    for amount in amounts:
        total = _WIDE.add(total, amount)
    return total


def _bare_line(
    bare: Bare, by_account: Sequence[CostLine], owners: Entities[ResourceOwner]
) -> UntaggedLine:
    known = owners.get(owner_key(bare.resource)) if bare.resource else None
    suggestion = (
        Suggestion(known.owner, known.because or "")
        if known is not None and known.owner
        else neighbour(
            (one.values["team"], float(one.cost))
            for one in by_account
            if one.values["account"] == bare.account and one.values["currency"] == bare.currency
        )
    )
    owner, because = suggestion or (None, None)
    return UntaggedLine(**bare._asdict(), suggested=owner, because=because)
