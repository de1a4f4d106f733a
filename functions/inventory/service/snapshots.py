"""When the columnar snapshots are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final, Protocol

from steward.contracts.event import Event
from steward.contracts.identity import WalkFinished
from steward.contracts.inventory import SnapshotDue
from steward.identity.directory import Account
from steward.store.work import Entities

EVERY: Final = timedelta(minutes=5)
TIDY_AT: Final = time(3)
"""Once a day (UTC), when files that nothing needs any more are removed."""
_PAGE: Final = 500


class Post(Protocol):
    """Events to any tenant."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish an event to a tenant."""
        ...


def announce(due: datetime, *, accounts: Entities[Account], post: Post) -> int:
    """Tell every tenant with an account that its snapshots are due; how many there are."""
    tenants: set[str] = set()
    cursor: str | None = None
    while True:
        page = accounts.list(after=cursor, limit=_PAGE)
        tenants |= {account.tenant for account in page.items}
        cursor = page.cursor
        if cursor is None:
            break
    begun = datetime.combine(due.date(), TIDY_AT, tzinfo=due.tzinfo)
    for tenant in sorted(tenants):
        post.publish(SnapshotDue(tidy=begun <= due < begun + EVERY), tenant=tenant)
    return len(tenants)


def renew(event: WalkFinished, *, publish: Callable[[Event], None]) -> bool:
    """Have the snapshots made anew when the inventory has forgotten a person; whether it has."""
    forgotten = event.keeper == "inventory" and event.errand.task == "erase-person"
    if forgotten and event.counts:
        publish(SnapshotDue(anew=True))
    return bool(forgotten and event.counts)
