"""Whose events go to whom, in the directory: written in a Work of the system's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from functions.inventory.service import accounts
from functions.inventory.service.accounts import Registrar
from steward.contracts.inventory import AccountGivenUp, AccountProven
from steward.edge import work_for
from steward.edge.resources import Directory, current
from steward.identity import SYSTEM
from steward.identity.directory import ACCOUNTS, account_id
from steward.store.records import AlreadyProcessed
from steward.store.work import Cause, Work


def follow(event: AccountProven | AccountGivenUp, *, by: Registrar) -> None:
    """Route an account's events as its claim has come to stand."""
    if isinstance(event, AccountProven):
        _route(event, by)
    elif by.claims.get(account_id(event.provider, event.account)) is None:
        # Claimed again meanwhile, it is somebody's already.
        _unroute(event, by)


def owner_of(provider: str, account: str) -> str | None:
    """The tenant that an account's events come to, as the directory has it now."""
    resources = current()
    return Directory(resources.store, resources.clock).tenant_of(provider, account)


def _route(event: AccountProven, by: Registrar) -> None:
    def use(work: Work) -> None:
        accounts.route(
            event,
            tenant=by.tenant,
            now=work.now,
            accounts=work.table("directory").of(ACCOUNTS),
            publish=work.publish,
            later=work.at,
        )

    _once(use, by)


def _unroute(event: AccountGivenUp, by: Registrar) -> None:
    def use(work: Work) -> None:
        entries = work.table("directory").of(ACCOUNTS)
        accounts.unroute(event, tenant=by.tenant, accounts=entries)

    _once(use, by)


def _once(use: Callable[[Work], None], by: Registrar) -> None:
    cause = Cause("inventory.routing", f"{by.tenant}|{by.message}")
    with suppress(AlreadyProcessed):
        work_for(SYSTEM, actor=f"function:{current().function.id}", use=use, cause=cause)
