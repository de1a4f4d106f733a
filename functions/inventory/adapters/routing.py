"""Whose events go to whom, in the directory: written in a Work of the system's own."""

from __future__ import annotations

from functions.inventory.service import accounts
from functions.inventory.service.accounts import Registrar
from steward.contracts.inventory import AccountGivenUp, AccountProven
from steward.edge import work_for
from steward.edge.resources import current
from steward.identity import SYSTEM
from steward.identity.directory import ACCOUNTS, account_id
from steward.store.work import Work


def follow(event: AccountProven | AccountGivenUp, *, by: Registrar) -> None:
    """Route an account's events as its claim has come to stand."""
    if isinstance(event, AccountProven):
        accounts.note_route(event, routed=_routed(event, by.tenant), by=by)
    elif by.claims.get(account_id(event.provider, event.account)) is None:
        # Claimed again meanwhile, it is somebody's already.
        _unroute(event, by.tenant)


def _routed(event: AccountProven, tenant: str) -> bool:
    def use(work: Work) -> bool:
        return accounts.route(
            event,
            tenant=tenant,
            now=work.now,
            accounts=work.table("directory").of(ACCOUNTS),
            publish=work.publish,
            later=work.at,
        )

    # What it decides follows from what the directory has: a second run changes nothing.
    return work_for(SYSTEM, actor=_actor(), use=use)


def _unroute(event: AccountGivenUp, tenant: str) -> None:
    def use(work: Work) -> None:
        entries = work.table("directory").of(ACCOUNTS)
        accounts.unroute(event, tenant=tenant, accounts=entries)

    work_for(SYSTEM, actor=_actor(), use=use)


def _actor() -> str:
    return f"function:{current().function.id}"
