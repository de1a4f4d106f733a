"""The shortest path between two resources, searched from both ends so that hubs are met, not opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from functions.inventory.model.resource import Frozen
from functions.inventory.service.graph.reading import Graph
from functions.inventory.service.graph.walks import (
    FARTHEST,
    Direction,
    Neighbour,
    Node,
    around,
    cut_of,
    node,
)

Seen: TypeAlias = Callable[[Sequence[Neighbour]], tuple[Neighbour, ...]]


class Step(Frozen):
    """One step of a path: against the tie's direction when ``direction`` is ``in``."""

    direction: Direction
    kinds: tuple[str, ...]
    resource: Node


class Path(Frozen):
    """The shortest way between two resources; none found may be because the search was ``cut``."""

    start: Node
    steps: tuple[Step, ...] | None
    visited: int
    cut: str | None = None


class _Reached(NamedTuple):
    """How a side of the search came to a resource: from which one, over which tie, in how many steps."""

    node: Node
    depth: int
    before: str | None = None
    direction: Direction = "out"
    kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class _Side:
    """One end of the search, and what it has reached so far, the outermost ring apart."""

    reached: dict[str, _Reached]
    ring: list[str]
    fresh: list[str] = field(default_factory=list)


def path(from_: str, to: str, *, graph: Graph, seen: Seen, limit: int = FARTHEST) -> Path:
    """The shortest path between two resources over ties of any kind, in either direction.

    It leads over resources that are ``seen`` alone, so that it gives none away.

    Raises:
        NotFound: there is no such resource.
    """
    near, far = (_side(node(graph.require(one)), one) for one in (from_, to))
    start = near.reached[from_].node
    met = {from_} & {to}
    while not met and near.ring and far.ring:
        side, other = (near, far) if len(near.ring) <= len(far.ring) else (far, near)
        met = _widen(side, other, graph, seen, limit - len(near.reached) - len(far.reached))
        if not met and len(near.reached) + len(far.reached) > limit:
            note = cut_of(graph, f"cut off after {limit} resources")
            visited = len(near.reached) + len(far.reached)
            return Path(start=start, steps=None, visited=visited, cut=note)
    visited = len(near.reached.keys() | far.reached.keys())
    steps = _joined(_middle(met, near, far), near, far) if met else None
    return Path(start=start, steps=steps, visited=visited, cut=cut_of(graph, None))


def _side(start: Node, id_: str) -> _Side:
    return _Side({id_: _Reached(start, 0)}, [id_])


def _widen(side: _Side, other: _Side, graph: Graph, seen: Seen, room: int) -> set[str]:
    """Reach one ring further; answers where the other side was met."""
    side.fresh = []
    for here in side.ring:
        for one in seen(tuple(around(graph.require(here), graph))):
            id_ = one.resource.id
            if id_ is not None and id_ not in side.reached:
                depth = side.reached[here].depth + 1
                side.reached[id_] = _Reached(one.resource, depth, here, one.direction, one.kinds)
                side.fresh.append(id_)
        if len(side.fresh) > room:
            break
    side.ring = side.fresh
    return side.reached.keys() & other.reached.keys()


def _middle(met: set[str], near: _Side, far: _Side) -> str:
    return min(met, key=lambda one: (near.reached[one].depth + far.reached[one].depth, one))


def _joined(middle: str, near: _Side, far: _Side) -> tuple[Step, ...]:
    steps: list[Step] = []
    id_: str | None = middle
    while id_ is not None and (one := near.reached[id_]).before is not None:
        steps.insert(0, Step(direction=one.direction, kinds=one.kinds, resource=one.node))
        id_ = one.before
    back = far.reached[middle]
    while back.before is not None:
        # The far side came the other way, so that its ties are passed against their direction.
        turned: Direction = "in" if back.direction == "out" else "out"
        before = far.reached[back.before]
        steps.append(Step(direction=turned, kinds=back.kinds, resource=before.node))
        back = before
    return tuple(steps)
