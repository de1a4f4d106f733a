"""The outboxes of all tables and tenants, as far as an entry is due for what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from functions.audit.model.part import check
from functions.audit.ports import Committed
from steward.edge.resources import Resources
from steward.errors import StewardError, Transient
from steward.store.records import Record
from steward.store.trail import open_part, part_of
from steward.store.work import open_outbox


@dataclass(frozen=True, slots=True)
class StoredCommits:
    """`functions.audit.ports.Commits` over the function's store."""

    resources: Resources

    def between(self, since: datetime, until: datetime) -> Iterator[Committed]:
        """The commits of that time which an entry is due for."""
        now = int(self.resources.clock().timestamp())
        for record in self.resources.outboxes().committed(since=since, until=until, now=now):
            found = self._read(record)
            if found is not None:
                yield found

    def _read(self, record: Record) -> Committed | None:
        key = record.key
        try:
            part = part_of(open_outbox(record.body, self.resources.claims, tenant=key.tenant))
            if part is None:
                return None
            content = open_part(part.body, self.resources.claims, tenant=key.tenant)
            check(content)
        except Transient:
            raise
        except (StewardError, ValueError, KeyError, TypeError) as error:
            return Committed(
                key.tenant, key.id, key.table, None, f"{type(error).__name__}: {error}"
            )
        return Committed(key.tenant, key.id, key.table, content, "not chained in time")
