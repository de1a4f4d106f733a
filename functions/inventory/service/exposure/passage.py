"""Traffic through what Azure and Google Cloud draw around a machine: hops passed, and what stops it."""

from __future__ import annotations

from dataclasses import dataclass, field

from functions.inventory.model.exposure.answers import Hop, Way, blocked, hop, open_way, unknown
from functions.inventory.model.exposure.flows import Flow
from functions.inventory.model.resource import DELETED
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView


@dataclass(slots=True)
class Passage:
    """Traffic on its way to a resource; ``end`` is set where it goes no further."""

    graph: Graph
    to: ResourceView
    flows: list[Flow]
    hops: list[Hop] = field(default_factory=list)
    end: Way | None = None

    def find(self, id_: str) -> ResourceView | None:
        """A resource on the way by the name that tells which it is; unknown or gone, the passage ends."""
        found = self.graph.called("", id_, near=self.to)
        if found is None:
            self.lose(f"{id_} is not in the inventory")
        elif found.state == DELETED:
            self.stop(hop(found, "is deleted"), f"{found.name or id_} is deleted")
        else:
            return found
        return None

    def go(self, view: ResourceView, says: str) -> None:
        """The traffic passes a hop."""
        self.hops.append(hop(view, says))

    def stop(self, at: Hop, why: str) -> None:
        """No traffic passes that hop."""
        self.end = self.end or blocked((*self.hops, at), why)

    def lose(self, *missing: str) -> None:
        """Nobody can tell where it goes from here."""
        self.end = self.end or unknown(tuple(self.hops), *missing)

    def arrive(self, says: str) -> Way:
        """The way, whole or as far as it went."""
        if self.end is not None:
            return self.end
        self.go(self.to, says)
        return open_way(tuple(self.hops), self.flows)


def ports_text(flows: list[Flow]) -> str:
    """The protocols and ports of traffic in words."""
    return ", ".join(sorted({flow.text for flow in flows})) or "nothing"


def named(view: ResourceView) -> str:
    """What people call a resource."""
    return view.name or view.native_id
