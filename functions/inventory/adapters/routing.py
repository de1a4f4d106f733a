"""Whose events go to whom, in the directory: written in a Work of the system's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from functions.inventory.service import accounts
from functions.inventory.service.accounts import Registrar
from steward.contracts.inventory import AccountGivenUp, AccountProven
from steward.edge import work_for
from steward.edge.resources import current
from steward.identity import SYSTEM
from steward.identity.directory import ACCOUNTS, account_id
from steward.store.records import AlreadyProcessed
from steward.store.work import Cause, Work

R = TypeVar("R")


def follow(event: AccountProven | AccountGivenUp, *, by: Registrar) -> None:
    """Route an account's events as its claim has come to stand."""
    if isinstance(event, AccountProven):
        accounts.note_route(event, routed=_routed(event, by), by=by)
    elif by.claims.get(account_id(event.provider, event.account)) is None:
        # Claimed again meanwhile, it is somebody's already.
        _unroute(event, by)


def _routed(event: AccountProven, by: Registrar) -> bool:
    def use(work: Work) -> bool:
        return accounts.route(
            event,
            tenant=by.tenant,
            now=work.now,
            accounts=work.table("directory").of(ACCOUNTS),
            publish=work.publish,
            later=work.at,
        )

    try:
        return _once(use, by)
    except AlreadyProcessed:
        # A crash came between this and the commit of the claim.
        return work_for(SYSTEM, actor=_actor(), use=partial(_is_ours, event=event, by=by))


def _is_ours(work: Work, *, event: AccountProven, by: Registrar) -> bool:
    known = work.table("directory").of(ACCOUNTS).get(account_id(event.provider, event.account))
    return known is not None and known.tenant == by.tenant


def _unroute(event: AccountGivenUp, by: Registrar) -> None:
    def use(work: Work) -> None:
        entries = work.table("directory").of(ACCOUNTS)
        accounts.unroute(event, tenant=by.tenant, accounts=entries)

    with suppress(AlreadyProcessed):
        _once(use, by)


def _once(use: Callable[[Work], R], by: Registrar) -> R:
    cause = Cause("inventory.routing", f"{by.tenant}|{by.message}")
    return work_for(SYSTEM, actor=_actor(), use=use, cause=cause)


def _actor() -> str:
    return f"function:{current().function.id}"
