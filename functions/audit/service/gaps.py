"""Holding commits against the chains: what is missing is told of once, and chained where it still can be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from functions.audit.model.records import Gap, Watermark
from functions.audit.ports import Chaining, Committed, Publish
from functions.audit.service.chain import chain
from steward.contracts.audit import GapFound

RIPE: Final = timedelta(minutes=15)
"""How long a commit may be on its way; a queue that is slower than this is worth telling of."""
OVERLAP: Final = timedelta(hours=2)
"""Commits show under the time at which their Work began, which may be long before they were made."""
REACH: Final = timedelta(days=35)


def window(watermark: Watermark | None, now: datetime) -> tuple[datetime, datetime]:
    """Which commits to look at: those since the last time, with some overlap, that are ripe by now."""
    since = now - REACH if watermark is None else watermark.until - OVERLAP
    return max(since, now - REACH), now - RIPE


def missing(found: Committed, *, to: Chaining) -> bool:
    """Whether the commit is in no entry, and not yet known to be lost."""
    if to.books.entries.version(found.commit):
        return False
    gap = to.books.gaps.get(found.commit)
    return gap is None or found.part is not None


def mend(found: Committed, *, to: Chaining, publish: Publish) -> None:
    """Chain the commit if its audit part is still there, and tell of the gap unless that was done."""
    if not missing(found, to=to):
        return
    known = to.books.gaps.get(found.commit)
    healed = found.part is not None and chain([found.part], to=to) == 1
    gap = Gap(
        commit=found.commit,
        table=found.table,
        found_at=to.now if known is None else known.found_at,
        healed_at=to.now if healed else None,
    )
    to.books.gaps.put(gap)
    if known is None:
        publish(
            GapFound(
                commit=found.commit,
                table=found.table,
                committed_at=None
                if found.part is None
                else datetime.fromisoformat(found.part["at"]),
                healed=healed,
                reason=found.reason,
            )
        )
