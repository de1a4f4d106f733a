"""Telling every tenant that its daily count is due."""

from __future__ import annotations

from typing import Final, Protocol

from steward.contracts.event import Event
from steward.contracts.policy import ComplianceDue
from steward.identity.directory import Account
from steward.store.work import Entities

_PAGE: Final = 500


class Post(Protocol):
    """Events to any tenant."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish an event to a tenant."""
        ...


def announce(*, accounts: Entities[Account], post: Post) -> int:
    """Have every tenant with an account counted; how many there are."""
    tenants: set[str] = set()
    cursor: str | None = None
    while True:
        page = accounts.list(after=cursor, limit=_PAGE)
        tenants |= {account.tenant for account in page.items}
        cursor = page.cursor
        if cursor is None:
            break
    for tenant in sorted(tenants):
        post.publish(ComplianceDue(), tenant=tenant)
    return len(tenants)
