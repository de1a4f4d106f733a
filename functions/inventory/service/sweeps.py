"""Sweeps as a whole: begin, reach every account, count what its parts report, and end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.inventory.model import parts, sweeps
from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.discovery import Part, Refused
from functions.inventory.model.parts import PartStatus, PartView
from functions.inventory.model.sweeps import (
    NewSweep,
    Outcome,
    Scope,
    Sweep,
    SweepState,
    SweepView,
)
from functions.inventory.ports import Providers
from steward.contracts.event import Event
from steward.contracts.inventory import (
    AccountCheckAsked,
    PartAsked,
    PartSwept,
    SweepBegun,
    SweepDue,
    SweepEnded,
    SweepPlanned,
    SweepReached,
)
from steward.errors import Conflict, Denied, NotFound
from steward.identity.directory import Account, account_id
from steward.store.collection import Page
from steward.store.work import Entities

ACCOUNTS_AT_ONCE: Final = 50
PARTS_AT_ONCE: Final = 200
TENANTS_AT_ONCE: Final = 200
LASTS: Final = timedelta(hours=6)
"""A sweep that is not over by then has lost a message: it is closed as partial, and others may begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """What sweeps of one tenant are planned and counted with."""

    sweeps: Entities[Sweep]
    claims: Entities[CloudAccount]
    parts: Entities[PartStatus]
    providers: Providers
    publish: Callable[[Event], None]
    new_id: Callable[[], str]
    actor: str
    now: datetime


def spread_due(due: SweepDue, *, accounts: Entities[Account], publish: Callable[..., None]) -> None:
    """Tell the tenants that have accounts that it is time; the rest of them in the next message."""
    page = accounts.list(after=due.cursor or None, limit=TENANTS_AT_ONCE)
    for tenant in sorted({account.tenant for account in page.items}):
        publish(due.model_copy(update={"cursor": ""}), tenant=tenant)
    if page.cursor is not None:
        publish(due.model_copy(update={"cursor": page.cursor}))


def begin_due(due: SweepDue, *, by: Planner) -> Sweep | None:
    """Begin a sweep of everything, unless one is under way; what takes too long is closed first."""
    running = by.sweeps.query(index="by_state", key=SweepState.RUNNING, limit=20).items
    late = [one for one in running if due.due - one.begun_at > LASTS]
    for sweep in late:
        _close_late(sweep, by)
    fresh = any(due.due - one.begun_at <= LASTS and _whole(one.scope) for one in running)
    return None if fresh else _begin(Scope(), by)


def begin(wanted: NewSweep, *, by: Planner) -> SweepView:
    """Begin a sweep.

    Raises:
        NotFound: one of the accounts is not claimed.
        Conflict: one of the accounts is not proven, so it cannot be entered.
        BadInput: a type that nothing lists.
    """
    for account in wanted.accounts:
        _require_readable(account, by)
    for provider in sorted({provider_of(one) for one in wanted.types}):
        by.providers(provider).groups(_of_provider(provider, wanted.types))
    scope = Scope(accounts=wanted.accounts, regions=wanted.regions, types=wanted.types)
    return sweeps.view_of(_begin(scope, by))


def reach_accounts(begun: SweepBegun, *, by: Planner) -> None:
    """Send the sweep to the accounts in its scope, some at a time."""
    sweep = by.sweeps.get(begun.sweep)
    if sweep is None or sweep.state.over:
        return
    page = by.claims.list(after=begun.cursor or None, limit=ACCOUNTS_AT_ONCE)
    chosen = [one for one in page.items if one.readable and _in_scope(one, sweep.scope)]
    for account in chosen:
        by.publish(SweepReached(sweep=sweep.id, provider=account.provider, account=account.account))
    if page.cursor is not None:
        by.publish(begun.model_copy(update={"cursor": page.cursor}))
    counted = sweep.model_copy(
        update={"accounts": sweep.accounts + len(chosen), "spread": page.cursor is None}
    )
    _put(counted, by)


def plan_account(reached: SweepReached, *, by: Planner) -> None:
    """Send the sweep to the parts of an account, some at a time.

    Raises:
        Transient: the cloud does not answer.
    """
    sweep = by.sweeps.get(reached.sweep)
    account = by.claims.get(account_id(reached.provider, reached.account))
    if sweep is None or sweep.state.over or account is None:
        by.publish(_planned(reached, 0, reason="given up while the sweep began"))
        return
    try:
        all_parts = _chosen(account, sweep.scope, by)
    except (Denied, Refused) as error:
        by.publish(_planned(reached, 0, reason=str(error)))
        # Whether it is shut for good, its check says.
        by.publish(AccountCheckAsked(provider=reached.provider, account=reached.account))
        return
    now = all_parts[reached.after : reached.after + PARTS_AT_ONCE]
    for part in now:
        by.publish(_asked(part, sweep))
    after = reached.after + len(now)
    last = after >= len(all_parts)
    if not last:
        by.publish(reached.model_copy(update={"after": after}))
    by.publish(_planned(reached, len(now), last=last))


def count(news: PartSwept | SweepPlanned, *, by: Planner) -> None:
    """Take note of what an account or a part reports; the last one ends the sweep."""
    sweep = by.sweeps.get(news.sweep)
    if sweep is None:
        return
    if isinstance(news, SweepPlanned):
        _put(_with_plan(sweep, news), by)
    else:
        _put(_with_part(sweep, news), by)


def cancel(id_: str, *, by: Planner) -> SweepView:
    """End a sweep: what is being listed is finished, nothing more is begun.

    Raises:
        NotFound: there is no such sweep.
        Conflict: it is over.
    """
    sweep = by.sweeps.require(id_)
    if sweep.state.over:
        raise Conflict(f"sweep {id_}: is {sweep.state.value} already; start another one")
    ended = sweep.model_copy(update={"state": SweepState.CANCELLED, "ended_at": by.now})
    by.sweeps.put(ended)
    by.publish(_ended(ended))
    return sweeps.view_of(ended)


def progress(id_: str, *, by: Planner) -> SweepView:
    """How far a sweep is.

    Raises:
        NotFound: there is no such sweep.
    """
    return sweeps.view_of(by.sweeps.require(id_))


def listed(*, by: Planner, cursor: str | None, limit: int) -> Page[SweepView]:
    """The sweeps, newest first."""
    page = by.sweeps.query(index="by_time", key="all", after=cursor, limit=limit, descending=True)
    return Page(tuple(sweeps.view_of(one) for one in page.items), page.cursor)


def parts_of(
    provider: str, account: str, *, state: str | None, by: Planner, cursor: str | None, limit: int
) -> Page[PartView]:
    """The parts of an account, by id; ``state`` leaves those in another one out.

    A page may be shorter than ``limit`` and still have a cursor.
    """
    page = by.parts.query(
        index="by_account", key=account_id(provider, account), after=cursor, limit=limit
    )
    chosen = (one for one in page.items if state in (None, one.state))
    return Page(tuple(parts.view_of(one) for one in chosen), page.cursor)


def _begin(scope: Scope, by: Planner) -> Sweep:
    sweep = Sweep(
        id=f"swp_{by.new_id()}",
        generation=int(by.now.timestamp() * 1000),
        scope=scope,
        begun_at=by.now,
        begun_by=by.actor,
    )
    by.sweeps.add(sweep)
    by.publish(SweepBegun(sweep=sweep.id))
    return sweep


def _close_late(sweep: Sweep, by: Planner) -> None:
    closed = sweep.because("some parts never reported; look into the dead letters").model_copy(
        update={"state": SweepState.PARTIAL, "ended_at": by.now}
    )
    by.sweeps.put(closed)
    by.publish(_ended(closed))


def _with_plan(sweep: Sweep, news: SweepPlanned) -> Sweep:
    after = sweep.model_copy(
        update={"parts": sweep.parts + news.parts, "planned": sweep.planned + news.last}
    )
    reason = f"{news.provider}/{news.account}: {news.reason}"
    return after.because(reason) if news.reason else after


def _with_part(sweep: Sweep, news: PartSwept) -> Sweep:
    sums = {
        name: getattr(sweep, name) + getattr(news, name)
        for name in ("seen", "changed", "gone", "calls")
    }
    after = sweep.model_copy(update={**sums, "finished": sweep.finished + 1})
    if news.outcome != Outcome.STALE:
        return after
    return after.because(f"{news.provider}/{news.account}: {news.reason}")


def _put(sweep: Sweep, by: Planner) -> None:
    closed = sweep.closed(now=by.now)
    by.sweeps.put(closed)
    if closed is not sweep:
        by.publish(_ended(closed))


def _ended(sweep: Sweep) -> SweepEnded:
    names = ("state", "accounts", "parts", "stale", "seen", "changed", "gone")
    return SweepEnded(sweep=sweep.id, **{name: getattr(sweep, name) for name in names})


def _chosen(account: CloudAccount, scope: Scope, by: Planner) -> list[Part]:
    provider = by.providers(account.provider)
    groups = provider.groups(_of_provider(account.provider, scope.types)) if scope.types else None
    types = frozenset(_of_provider(account.provider, scope.types))
    found = provider.look(account, types).discovery.parts()
    return [
        part
        for part in found
        if (not scope.regions or part.region in scope.regions)
        and (groups is None or part.group in groups)
    ]


def _planned(
    reached: SweepReached, number: int, *, last: bool = True, reason: str = ""
) -> SweepPlanned:
    return SweepPlanned(
        sweep=reached.sweep,
        provider=reached.provider,
        account=reached.account,
        parts=number,
        last=last,
        reason=reason,
    )


def _asked(part: Part, sweep: Sweep) -> PartAsked:
    return PartAsked(sweep=sweep.id, generation=sweep.generation, **part.model_dump())


def _of_provider(provider: str, types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in types if provider_of(one) == provider)


def provider_of(type_name: str) -> str:
    """The provider whose type has a name like that."""
    if "::" in type_name:
        return "aws"
    return "gcp" if ".googleapis.com/" in type_name else "azure"


def _in_scope(account: CloudAccount, scope: Scope) -> bool:
    wanted = not scope.accounts or bool({account.account, account.id} & set(scope.accounts))
    listed_here = {provider_of(one) for one in scope.types}
    return wanted and (not listed_here or account.provider in listed_here)


def _whole(scope: Scope) -> bool:
    return scope == Scope()


def _require_readable(name: str, by: Planner) -> None:
    provider, slash, account = name.rpartition("/")
    claimed = by.claims.get(account_id(provider if slash else "aws", account))
    if claimed is None:
        raise NotFound(f"account {name[:80]!r}: not among yours; list them to see which")
    if not claimed.readable:
        raise Conflict(
            f"account {name[:80]!r}: is {claimed.state.value}, so it cannot be entered; "
            f"see 'steward accounts show {claimed.account}'"
        )
