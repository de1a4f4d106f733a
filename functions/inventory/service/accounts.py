"""Which cloud accounts a tenant claims, what is proven of them, and whose events are routed to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from functions.inventory.model import claims
from functions.inventory.model.claims import (
    HELD_FOR,
    AccountState,
    AccountView,
    CloudAccount,
    NewAccount,
)
from functions.inventory.ports import Providers
from steward.contracts.event import Event
from steward.contracts.inventory import (
    AccountAdded,
    AccountCheckAsked,
    AccountGivenUp,
    AccountProven,
    OrganizationAsked,
)
from steward.errors import NotFound
from steward.identity import DEFAULT_TENANT
from steward.identity.directory import Account, account_id
from steward.store.collection import Page
from steward.store.unclaimed import Unclaimed
from steward.store.work import Entities

SETTLED = timedelta(seconds=30)
"""Later than any process forgets that an account was not known, so that a second look finds the rest."""
RELEASED = 40
"""Parked events that one message releases."""


class Timer(Protocol):
    """How an event is published later."""

    def __call__(self, when: datetime, event: Event, *, key: str) -> None:
        """Publish the event at ``when``; the same key replaces an earlier one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """A tenant's claims; ``secret`` makes what nobody can guess."""

    claims: Entities[CloudAccount]
    publish: Callable[[Event], None]
    secret: Callable[[], str]
    tenant: str
    actor: str
    now: datetime
    owner: Callable[[str, str], str | None]
    """The tenant that an account's events come to."""
    message: str = ""
    """The id of the event being handled; empty for a request."""

    def shown(self, account: CloudAccount) -> AccountView:
        """A claim as the API shows it."""
        routed = self.owner(account.provider, account.account) == self.tenant
        return claims.view_of(account, routed=routed)


def add(wanted: NewAccount, *, by: Registrar) -> AccountView:
    """Claim an account, and have it checked as soon as its roles are there; claimed already, it is kept.

    A claim gives no right to the account's events: those come to whoever proves to be let in.

    Raises:
        BadInput: no such account can be, or the role is another account's.
    """
    claims.check_names(wanted)
    known = by.claims.get(account_id(wanted.provider, wanted.account))
    account = _new(wanted, by) if known is None else _amended(known, wanted)
    if known is None:
        by.claims.add(account)
    elif account != known:
        by.claims.put(account)
    if account.vouched:
        by.publish(_proven(account, by, vouched=True))
    return by.shown(account)


def listed(*, by: Registrar, cursor: str | None, limit: int) -> Page[AccountView]:
    """The accounts that a tenant has claimed."""
    page = by.claims.list(after=cursor, limit=limit)
    return Page(tuple(by.shown(one) for one in page.items), page.cursor)


def show(provider: str, account: str, *, by: Registrar) -> AccountView:
    """An account that the tenant has claimed.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    return by.shown(_claimed(provider, account, by))


def ask_check(provider: str, account: str, *, by: Registrar) -> AccountView:
    """Have an account checked.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    claimed = _claimed(provider, account, by)
    by.publish(AccountCheckAsked(provider=provider, account=account))
    return by.shown(claimed)


def suspend(provider: str, account: str, *, by: Registrar) -> AccountView:
    """Enter an account no more until it is verified again.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    claimed = _claimed(provider, account, by)
    after = claimed.suspended(by=by.actor, reason=f"suspended by {by.actor}")
    by.claims.put(after)
    return by.shown(after)


def remove(provider: str, account: str, *, by: Registrar) -> None:
    """Give an account up: its later events are parked again, its resources stay.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    claimed = _claimed(provider, account, by)
    by.claims.delete(claimed.id)
    by.publish(AccountGivenUp(provider=provider, account=account))


def check(asked: AccountCheckAsked, *, providers: Providers, by: Registrar) -> CloudAccount | None:
    """Enter the account and see what may be read; None when it was given up meanwhile.

    Raises:
        Transient: the provider does not answer.
    """
    account = by.claims.get(account_id(asked.provider, asked.account))
    if account is None:
        return None
    verdict = providers(account.provider).verify(account)
    after = account.checked(verdict, now=by.now)
    by.claims.put(after)
    if verdict.proves:
        by.publish(_proven(after, by, vouched=False))
        if after.organization:
            by.publish(OrganizationAsked(provider=after.provider, account=after.account))
    return after


def route(
    proven: AccountProven,
    *,
    tenant: str,
    now: datetime,
    accounts: Entities[Account],
    publish: Callable[[Event], None],
    later: Timer,
) -> bool:
    """Let the account's events come to the tenant, unless another one's proof still holds; whether it did.

    Whoever cannot enter the account any more has lost it after `HELD_FOR`, and whoever never could has
    nothing to lose.
    """
    known = accounts.get(account_id(proven.provider, proven.account))
    if known is not None and known.tenant != tenant and _holds(known, proven, now):
        return False
    ours = known is not None and known.tenant == tenant
    stamp = (
        (known.verified_at if ours and known is not None else None) if proven.vouched else proven.at
    )
    account = Account(
        provider=proven.provider,
        account=proven.account,
        tenant=tenant,
        added_at=known.added_at if ours and known is not None else now,
        added_by=proven.by,
        verified_at=stamp,
    )
    if account != known:
        accounts.put(account)
    if not ours:
        _release(account, now=now, publish=publish, later=later)
    return True


def unroute(given_up: AccountGivenUp, *, tenant: str, accounts: Entities[Account]) -> None:
    """Let the account's later events be parked again, if they came to the tenant."""
    known = accounts.get(account_id(given_up.provider, given_up.account))
    if known is not None and known.tenant == tenant:
        accounts.delete(known.id)


def release(
    added: AccountAdded,
    *,
    parked: Entities[Unclaimed],
    deliver: Callable[[str, Unclaimed], None],
    publish: Callable[[Event], None],
) -> int:
    """Deliver parked events of an account to its owner and forget them; answers how many."""
    page = parked.query(index="by_account", key=added.subject, limit=RELEASED)
    released = 0
    for shown in page.items:
        entry = parked.get(shown.id)
        if entry is not None:
            deliver(added.owner, entry)
            parked.delete(entry.id)
            released += 1
    if page.cursor is not None:
        publish(added.model_copy(update={"sweep": added.sweep + 2}))
    return released


def _release(
    account: Account, *, now: datetime, publish: Callable[[Event], None], later: Timer
) -> None:
    event = AccountAdded(provider=account.provider, account=account.account, owner=account.tenant)
    publish(event)
    again = event.model_copy(update={"sweep": 1})
    later(now + SETTLED, again, key=f"inventory/release/{account.id}")


def _holds(known: Account, proven: AccountProven, now: datetime) -> bool:
    """Whether the tenant that has the account keeps it against the other's proof."""
    if proven.vouched:
        return True
    return known.verified_at is not None and now - known.verified_at < HELD_FOR


def _new(wanted: NewAccount, by: Registrar) -> CloudAccount:
    return CloudAccount(
        provider=wanted.provider,
        account=wanted.account,
        organization=wanted.organization,
        reader=wanted.reader or claims.default_reader(wanted.provider, wanted.account),
        external_id=by.secret(),
        actor=wanted.actor,
        actor_external_id=by.secret(),
        # Whoever runs the installation could read everything anyway: its word counts until others prove more.
        vouched=by.tenant == DEFAULT_TENANT,
        added_at=by.now,
        added_by=by.actor,
    )


def _amended(known: CloudAccount, wanted: NewAccount) -> CloudAccount:
    """The claim with what is said anew; another reader has to prove itself again."""
    given = wanted.model_dump(include={"reader", "actor", "organization"})
    changes = {name: value for name, value in given.items() if value}
    if changes.get("reader", known.reader) != known.reader:
        changes |= {"state": AccountState.PENDING, "proven_at": None}
    return known.model_copy(update=changes)


def _proven(account: CloudAccount, by: Registrar, *, vouched: bool) -> AccountProven:
    return AccountProven(
        provider=account.provider,
        account=account.account,
        at=by.now,
        by=by.actor,
        vouched=vouched,
    )


def _claimed(provider: str, account: str, by: Registrar) -> CloudAccount:
    known = by.claims.get(account_id(provider, account)) if provider and account else None
    if known is None:
        raise NotFound(
            f"{provider} account {account[:64]!r}: not among yours; list them to see which"
        )
    return known
