"""The newest decision about each timer, in the relay's own table."""

from __future__ import annotations

from dataclasses import dataclass

from functions.relay.model import TIMERS, Timer, newer
from steward.edge.resources import Resources
from steward.edge.session import Opening, open_work, run
from steward.store.work import Entities, Work


@dataclass(frozen=True, slots=True)
class StoredDecisions:
    """`functions.relay.ports.Decisions` over the function's store."""

    resources: Resources

    def note(self, tenant: str, timer: Timer) -> Timer:
        """Keep the decision unless a newer one is there; the one that stands."""

        def use(work: Work) -> Timer:
            timers = _timers(work)
            held = timers.get(timer.name)
            standing = newer(timer, held)
            if held is None or standing.order != held.order:
                timers.put(standing)
            return standing

        return run(self.resources, self._opening(tenant), use)

    def standing(self, tenant: str, name: str) -> Timer | None:
        """The decision that stands."""
        return _timers(open_work(self.resources, self._opening(tenant))).get(name)

    def _opening(self, tenant: str) -> Opening:
        return Opening(tenant, f"function:{self.resources.function.id}", "")


def _timers(work: Work) -> Entities[Timer]:
    return work.table("relay").of(TIMERS)
