"""One cause, one alert: which single description of the costs accounts for what moved.

A bill has many leaves (this service, in that account, region, team and usage type). When something
happens to all of one service, each of its leaves moves alike, and every total above them moves, too.
So each description (some dimensions fixed, the others left open) is asked how well it explains the whole
picture: if its leaves all moved in the proportion that it moved as a whole, and the others not at all,
how far would that be from what was seen? Source: Li et al., "Generic and Robust Localization of
Multi-Dimensional Root Causes" (ISSRE 2019), whose potential score this is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from functions.cost.model.series.season import Array

Names: TypeAlias = tuple[str | None, ...]
"""One value a dimension; None leaves it open."""
MOVED = 0.03
"""The share of all movement that one cause must account for to be told of."""
MOST = 5
"""Causes of one day that are told apart."""
SIMPLER = 0.03
"""How much better a description with one more dimension must explain what was seen."""
SURE = 1.2
"""How many times the noise of all its leaves together a description must have moved."""
NOTABLE = 0.2
"""A score below which a description explains too little of what moved to be called its cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A description of what moved: ``excess`` beyond ``expected``, in the currency of the costs.

    ``score`` is 1 when it accounts for all that moved among what is left to explain, 0 for nothing of it.
    """

    names: Names
    expected: float
    excess: float
    score: float


def causes(
    names: Sequence[tuple[str, ...]], actual: Array, expected: Array, noise: Array
) -> list[Cause]:
    """What accounts for the difference between two pictures of the same leaves, greatest first.

    ``names`` has one value a dimension for each leaf; ``actual`` and ``expected`` are their costs, and
    ``noise`` is by how much each of them may differ without meaning anything.
    """
    picture = _Picture(np.array(names, dtype=object), actual - expected, expected, noise)
    found: list[Cause] = []
    open_ = np.ones(len(actual), dtype=bool)
    least = MOVED * picture.beyond(picture.moved, open_)
    while len(found) < MOST and picture.beyond(picture.moved, open_) > least:
        best = _best(picture, open_)
        if best is None:
            break
        cause, members = best
        found.append(cause)
        open_ &= ~members
    return sorted(found, key=lambda cause: -abs(cause.excess))


_Members: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class _Picture:
    table: np.ndarray[tuple[int, int], np.dtype[np.object_]]
    moved: Array
    expected: Array
    noise: Array

    def beyond(self, moved: Array, members: _Members) -> float:
        """How much of a movement of some leaves is more than noise."""
        return float(np.maximum(np.abs(moved[members]) - self.noise[members], 0.0).sum())

    def stands_out(self, members: _Members, *, at_least: float) -> bool:
        """Whether leaves moved notably, and together by more than their noise adds up to."""
        noise = SURE * float(np.sqrt(np.sum(self.noise[members] ** 2)))
        return (
            abs(float(self.moved[members].sum())) > noise
            and self.beyond(self.moved, members) >= at_least
        )


def _best(picture: _Picture, open_: _Members) -> tuple[Cause, _Members] | None:
    chosen: tuple[float, Cause, _Members] | None = None
    for names, members in _descriptions(picture, open_):
        cause = _cause(picture, names, members, open_)
        worth = cause.score - SIMPLER * sum(name is not None for name in names)
        if cause.score > NOTABLE and (chosen is None or worth > chosen[0]):
            chosen = (worth, cause, members)
    return None if chosen is None else chosen[1:]


def _descriptions(picture: _Picture, open_: _Members) -> Iterator[tuple[Names, _Members]]:
    """The descriptions that hold a notable part of what moved, coarse ones first."""
    width = picture.table.shape[1]
    total = picture.beyond(picture.moved, open_)
    for depth in range(width + 1):
        for fixed in combinations(range(width), depth):
            for values in _values(picture.table, fixed, open_):
                members = open_.copy()
                for dimension, value in zip(fixed, values, strict=True):
                    members &= picture.table[:, dimension] == value
                if picture.stands_out(members, at_least=NOTABLE / 2 * total):
                    by_dimension = dict(zip(fixed, values, strict=True))
                    yield tuple(by_dimension.get(n) for n in range(width)), members


def _values(
    table: np.ndarray[tuple[int, int], np.dtype[np.object_]],
    fixed: tuple[int, ...],
    open_: _Members,
) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(row) for row in table[open_][:, list(fixed)]))


def _cause(picture: _Picture, names: Names, members: _Members, open_: _Members) -> Cause:
    base = float(picture.expected[members].sum())
    excess = float(picture.moved[members].sum())
    rate = excess / base if base else 0.0
    inside = picture.beyond(picture.moved - picture.expected * rate, members)
    outside = picture.beyond(picture.moved, open_ & ~members)
    seen = picture.beyond(picture.moved, open_)
    return Cause(names, base, excess, 1.0 - (inside + outside) / seen)
