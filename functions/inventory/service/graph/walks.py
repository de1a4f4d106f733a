"""Walks over the graph: what stands around a resource, and what depends on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, TypeAlias

from pydantic import Field

from functions.inventory.model.graph.dependence import Needs, needs
from functions.inventory.model.resource import DELETED, Frozen
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView
from steward.identity.items import Facts

FARTHEST = 1_000
"""Resources that one walk visits at most."""
DEEPEST = 20

Direction: TypeAlias = Literal["out", "in"]


class Node(Frozen):
    """A resource of the graph in short; without an id it is named by others and not in the inventory."""

    id: str | None
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    name: str | None = None
    state: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    def facts(self) -> Facts:
        """What access is decided by; of what is not in the inventory, the account it is named in."""
        return Facts(self.id or "", self.provider, self.account, self.tags)


class Neighbour(Frozen):
    """A resource next to another: ``out`` where the other names it, ``in`` where it names the other."""

    direction: Direction
    kinds: tuple[str, ...]
    resource: Node

    def facts(self) -> Facts:
        """What access is decided by."""
        return self.resource.facts()


class Dependent(Frozen):
    """A resource that needs another, by which path: the ids on it, from the other one on."""

    resource: Node
    depth: int
    kinds: tuple[str, ...]
    path: tuple[str, ...]

    def facts(self) -> Facts:
        """What access is decided by."""
        return self.resource.facts()


class Blast(Frozen):
    """What depends on a resource, the nearest first; ``cut`` says what was left out, and why."""

    start: Node
    items: tuple[Dependent, ...]
    cut: str | None = None

    def facts(self) -> Facts:
        """What access is decided by."""
        return self.start.facts()


class Surroundings(Frozen):
    """What a resource is tied to; ``cut`` says what was left out, and why."""

    start: Node
    items: tuple[Neighbour, ...]
    cut: str | None = None

    def facts(self) -> Facts:
        """What access is decided by."""
        return self.start.facts()


def neighbours(id_: str, *, graph: Graph, limit: int = 200) -> Surroundings:
    """What a resource names, then who names it.

    Raises:
        NotFound: there is no such resource.
    """
    start = graph.require(id_)
    found = tuple(islice(around(start, graph), limit + 1))
    cut = f"cut off at {limit}" if len(found) > limit else None
    return Surroundings(start=node(start), items=found[:limit], cut=cut_of(graph, cut))


def dependents(id_: str, *, graph: Graph, depth: int = DEEPEST, limit: int = FARTHEST) -> Blast:
    """What needs a resource, and what needs those in turn.

    Raises:
        NotFound: there is no such resource.
    """
    start = graph.require(id_)
    paths: dict[str, tuple[str, ...]] = {start.id: (start.id,)}
    found: list[Dependent] = []
    queue = deque([start])
    while queue:
        here = queue.popleft()
        way = paths[here.id]
        if len(way) > depth:
            continue
        for kinds, other in _needing(here, graph):
            if other.id in paths:
                continue
            if len(found) == limit:
                return Blast(start=node(start), items=tuple(found), cut=f"cut off at {limit}")
            paths[other.id] = (*way, other.id)
            found.append(_dependent(other, kinds, paths[other.id]))
            queue.append(other)
    return Blast(start=node(start), items=tuple(found), cut=cut_of(graph, None))


def node(view: ResourceView) -> Node:
    """A resource in short."""
    return Node(
        id=view.id,
        provider=view.provider,
        account=view.account,
        region=view.region,
        type=view.type,
        native_id=view.native_id,
        name=view.name,
        state=view.state,
        tags=view.tags,
    )


def around(view: ResourceView, graph: Graph) -> Iterator[Neighbour]:
    """What a resource names, then who names it."""
    for kinds, relation, target in graph.named_by(view):
        if target is not None:
            shown = node(target)
        else:
            shown = Node(
                id=None,
                provider=view.provider,
                account=view.account,
                region=view.region,
                type=relation.target_type,
                native_id=relation.target_id,
            )
        yield Neighbour(direction="out", kinds=kinds, resource=shown)
    for kinds, source in graph.namers_of(view):
        yield Neighbour(direction="in", kinds=kinds, resource=node(source))


def _needing(view: ResourceView, graph: Graph) -> Iterator[tuple[tuple[str, ...], ResourceView]]:
    for kinds, source in graph.namers_of(view):
        told = _telling(kinds, source.type, view.type, (Needs.SOURCE, Needs.BOTH))
        if told:
            yield told, source
    for kinds, _, target in graph.named_by(view):
        if target is not None and target.state != DELETED:
            told = _telling(kinds, view.type, target.type, (Needs.TARGET, Needs.BOTH))
            if told:
                yield told, target


def _telling(
    kinds: Iterable[str], source: str, target: str, wanted: tuple[Needs, ...]
) -> tuple[str, ...]:
    return tuple(kind for kind in kinds if needs(source, kind, target) in wanted)


def _dependent(view: ResourceView, kinds: tuple[str, ...], way: tuple[str, ...]) -> Dependent:
    return Dependent(resource=node(view), depth=len(way) - 1, kinds=kinds, path=way)


def cut_of(graph: Graph, note: str | None) -> str | None:
    """What a walk left out, and why."""
    notes = ([note] if note else []) + graph.cut
    return "; ".join(notes[:5]) or None
