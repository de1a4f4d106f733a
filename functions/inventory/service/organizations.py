"""All accounts of an organisation: claimed as one of its accounts lists them, let go as it closes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from functions.inventory.model import claims
from functions.inventory.model.claims import AccountState, CloudAccount
from functions.inventory.ports import Member, Providers
from functions.inventory.service.accounts import Registrar
from steward.contracts.inventory import AccountCheckAsked, OrganizationAsked
from steward.errors import Denied
from steward.identity.directory import account_id

AT_ONCE: Final = 40
"""Members that one message claims: a claim and its check each."""
LISTED_FOR: Final = timedelta(hours=1)
"""How long a list counts as new: all of an organisation's programs share the limit of its lists."""
CLOSED: Final = "its organisation has closed it or let it go"


def claim_members(asked: OrganizationAsked, *, providers: Providers, by: Registrar) -> int:
    """Claim the organisation's accounts from one on, some at a time; how many were claimed or let go.

    Raises:
        Transient: the provider does not answer.
    """
    via = by.claims.get(account_id(asked.provider, asked.account))
    if via is None or not via.organization or not via.readable or _fresh(via, asked, by):
        return 0
    try:
        members = sorted(providers(via.provider).members(via, via.organization))
    except Denied as error:
        by.claims.put(via.model_copy(update={"problems": (*via.problems, str(error))}))
        return 0
    rest = [one for one in members if one.account > asked.after and one.account != via.account]
    changed = sum(_follow(member, via, by) for member in rest[:AT_ONCE])
    if len(rest) > AT_ONCE:
        by.publish(asked.model_copy(update={"after": rest[AT_ONCE - 1].account}))
    else:
        by.claims.put(via.model_copy(update={"members_at": by.now}))
        changed += _let_go({one.account for one in members}, via, by)
    return changed


def _fresh(via: CloudAccount, asked: OrganizationAsked, by: Registrar) -> bool:
    return not asked.after and via.members_at is not None and by.now - via.members_at < LISTED_FOR


def _follow(member: Member, via: CloudAccount, by: Registrar) -> bool:
    known = by.claims.get(account_id(via.provider, member.account))
    if not member.active:
        return known is not None and _suspend(known, by)
    if known is not None and known.state is not AccountState.PENDING:
        return False
    if known is None:
        by.claims.add(_claimed(member, via, by))
    by.publish(AccountCheckAsked(provider=via.provider, account=member.account))
    return known is None


def _claimed(member: Member, via: CloudAccount, by: Registrar) -> CloudAccount:
    # One template makes the roles of all accounts, so they ask for the same ids, which only this tenant has.
    return CloudAccount(
        provider=via.provider,
        account=member.account,
        name=member.name,
        member_of=via.organization,
        reader=claims.default_reader(via.provider, member.account) or via.reader,
        external_id=via.external_id,
        actor_external_id=via.actor_external_id,
        added_at=by.now,
        added_by=by.actor,
    )


def _let_go(members: set[str], via: CloudAccount, by: Registrar) -> int:
    page = by.claims.query(index="by_organization", key=via.organization, limit=AT_ONCE)
    return sum(_suspend(one, by) for one in _gone(page.items, members))


def _gone(known: Iterable[CloudAccount], members: set[str]) -> list[CloudAccount]:
    return [one for one in known if one.account not in members]


def _suspend(account: CloudAccount, by: Registrar) -> bool:
    if account.state is AccountState.SUSPENDED:
        return False
    by.claims.put(account.suspended(by="organisation", reason=CLOSED))
    return True
