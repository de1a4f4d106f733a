"""Walks over the graph: neighbours, the shortest path, and what depends on a resource."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
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


class Step(Frozen):
    """One step of a path: against the tie's direction when ``direction`` is ``in``."""

    direction: Direction
    kinds: tuple[str, ...]
    resource: Node


Seen: TypeAlias = Callable[[Sequence[Neighbour]], tuple[Neighbour, ...]]


class Path(Frozen):
    """The shortest way between two resources; none found may be because the search was ``cut``."""

    start: Node
    steps: tuple[Step, ...] | None
    visited: int
    cut: str | None = None


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
    found = tuple(islice(_around(start, graph), limit + 1))
    cut = f"cut off at {limit}" if len(found) > limit else None
    return Surroundings(start=node(start), items=found[:limit], cut=_cut(graph, cut))


def path(from_: str, to: str, *, graph: Graph, seen: Seen, limit: int = FARTHEST) -> Path:
    """The shortest path between two resources over ties of any kind, in either direction.

    It leads over resources that are ``seen`` alone, so that it gives none away.

    Raises:
        NotFound: there is no such resource.
    """
    start, goal = graph.require(from_), graph.require(to)
    came: dict[str, Step | None] = {start.id: None}
    before: dict[str, str] = {}
    queue = deque([start.id])
    while queue and goal.id not in came:
        here = queue.popleft()
        if len(came) > limit:
            note = _cut(graph, f"cut off after {limit} resources")
            return Path(start=node(start), steps=None, visited=len(came), cut=note)
        for one in seen(tuple(_around(graph.require(here), graph))):
            next_ = one.resource.id
            if next_ is not None and next_ not in came:
                came[next_] = Step(direction=one.direction, kinds=one.kinds, resource=one.resource)
                before[next_] = here
                queue.append(next_)
    steps = _steps(goal.id, came, before) if goal.id in came else None
    return Path(start=node(start), steps=steps, visited=len(came), cut=_cut(graph, None))


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
    return Blast(start=node(start), items=tuple(found), cut=_cut(graph, None))


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


def _around(view: ResourceView, graph: Graph) -> Iterator[Neighbour]:
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


def _steps(goal: str, came: dict[str, Step | None], before: dict[str, str]) -> tuple[Step, ...]:
    steps: list[Step] = []
    step = came[goal]
    while step is not None:
        steps.append(step)
        goal = before[goal]
        step = came[goal]
    return tuple(reversed(steps))


def _cut(graph: Graph, note: str | None) -> str | None:
    notes = ([note] if note else []) + graph.cut
    return "; ".join(notes[:5]) or None
