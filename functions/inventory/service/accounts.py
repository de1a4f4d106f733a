"""Which cloud accounts belong to a tenant, and what happens to events that came before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from functions.inventory.model.account import AccountView, NewAccount
from steward.contracts.event import Event
from steward.contracts.inventory import AccountAdded
from steward.errors import AlreadyExists, NotFound
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


def add(
    wanted: NewAccount,
    *,
    owner: str,
    by: str,
    now: datetime,
    accounts: Entities[Account],
    publish: Callable[[Event], None],
    later: Timer,
) -> AccountView:
    """Claim an account for a tenant, and have its parked events released.

    Raises:
        AlreadyExists: another tenant has claimed it.
    """
    known = accounts.get(account_id(wanted.provider, wanted.account))
    if known is not None and known.tenant != owner:
        raise AlreadyExists(
            f"{wanted.provider} account {wanted.account}: claimed by another tenant; "
            "it has to be removed there first"
        )
    account = known or Account(
        provider=wanted.provider, account=wanted.account, tenant=owner, added_at=now, added_by=by
    )
    if known is None:
        accounts.add(account)
    event = AccountAdded(provider=account.provider, account=account.account, owner=owner)
    publish(event)
    again = event.model_copy(update={"sweep": 1})
    later(now + SETTLED, again, key=f"inventory/release/{account.id}")
    return _view(account)


def listed(
    *, owner: str, accounts: Entities[Account], cursor: str | None, limit: int
) -> Page[AccountView]:
    """The accounts that a tenant has claimed."""
    page = accounts.query(index="by_tenant", key=owner, after=cursor, limit=limit)
    return Page(tuple(_view(one) for one in page.items), page.cursor)


def show(provider: str, account: str, *, owner: str, accounts: Entities[Account]) -> AccountView:
    """An account that the tenant has claimed.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    return _view(_claimed(provider, account, owner=owner, accounts=accounts))


def remove(provider: str, account: str, *, owner: str, accounts: Entities[Account]) -> None:
    """Give an account up: its later events are parked again, its resources stay.

    Raises:
        NotFound: the tenant has not claimed it.
    """
    accounts.delete(_claimed(provider, account, owner=owner, accounts=accounts).id)


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


def _claimed(provider: str, account: str, *, owner: str, accounts: Entities[Account]) -> Account:
    known = accounts.get(account_id(provider, account))
    if known is None or known.tenant != owner:
        raise NotFound(
            f"{provider} account {account[:64]!r}: not among yours; list them to see which"
        )
    return known


def _view(account: Account) -> AccountView:
    return AccountView(
        provider=account.provider,
        account=account.account,
        added_at=account.added_at,
        added_by=account.added_by,
    )
