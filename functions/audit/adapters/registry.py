"""The tenants that have a chain, in the system tenant's part of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from functions.audit.model.chain import CHAINED, Chained
from steward.edge.resources import Resources
from steward.edge.session import Opening, open_work, run
from steward.identity import SYSTEM
from steward.store.collection import every
from steward.store.work import Work


@dataclass(frozen=True, slots=True)
class StoredRegistry:
    """`functions.audit.ports.Registry` over the function's store."""

    resources: Resources

    def note(self, tenant: str) -> None:
        """Know of a tenant, for good."""

        def use(work: Work) -> None:
            chained = work.table("audit").of(CHAINED)
            if chained.get(tenant) is None:
                chained.add(Chained(tenant=tenant, since=work.now))

        run(self.resources, self._opening(), use)

    def tenants(self) -> Iterator[str]:
        """All of them."""
        chained = open_work(self.resources, self._opening()).table("audit").of(CHAINED)
        return (each.tenant for each in every(lambda after: chained.list(after=after, limit=500)))

    def _opening(self) -> Opening:
        return Opening(SYSTEM, f"function:{self.resources.function.id}", "")
