"""Telling every tenant that something is due: what a schedule of the system's does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from steward.contracts.event import Event
from steward.identity.directory import ACCOUNTS, Account
from steward.store.collection import every
from steward.store.work import Entities, Work

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Announcing:
    """What it takes to tell the tenants that something is due."""

    accounts: Entities[Account]
    work: Work

    def tell(self, *events: Event) -> int:
        """Publish events to every tenant with an account; how many there are."""
        accounts = every(lambda after: self.accounts.list(after=after, limit=_PAGE))
        tenants = sorted({account.tenant for account in accounts})
        for tenant in tenants:
            for event in events:
                self.work.publish(event, tenant=tenant)
        return len(tenants)


def wire_announcing(work: Work) -> Announcing:
    """The dependencies of a tick of the system's.

    Raises:
        NotGranted: the function's manifest does not name the table ``directory``.
    """
    return Announcing(work.table("directory").of(ACCOUNTS), work)
