"""The outboxes of all tables and tenants, as far as an entry is due for what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.audit.model.part import check
from functions.audit.ports import Committed
from steward.edge.resources import Resources
from steward.errors import StewardError, Transient
from steward.store.records import Record
from steward.store.trail import Part, open_part, parts_of
from steward.store.work import open_outbox

_UNREADABLE: Final = (StewardError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class StoredCommits:
    """`functions.audit.ports.Commits` over the function's store."""

    resources: Resources

    def between(self, since: datetime, until: datetime) -> Iterator[Committed]:
        """The commits of that time which an entry is due for."""
        now = int(self.resources.clock().timestamp())
        for record in self.resources.outboxes().committed(since=since, until=until, now=now):
            try:
                parts = parts_of(
                    open_outbox(record.body, self.resources.claims, tenant=record.key.tenant)
                )
            except Transient:
                raise
            except _UNREADABLE as error:
                yield _lost(record, record.key.tenant, error)
                continue
            yield from (self._read(record, part) for part in parts)

    def _read(self, record: Record, part: Part) -> Committed:
        key = record.key
        try:
            content = open_part(part.body, self.resources.claims, tenant=part.tenant)
            check(content)
        except Transient:
            raise
        except _UNREADABLE as error:
            return _lost(record, part.tenant, error)
        return Committed(part.tenant, key.id, key.table, content, "not chained in time")


def _lost(record: Record, tenant: str, error: Exception) -> Committed:
    key = record.key
    return Committed(tenant, key.id, key.table, None, f"{type(error).__name__}: {error}")
