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

    ``leaves`` are the places of those it accounts for: of its description, without those that a cause found
    before accounts for. ``score`` is 1 when it accounts for all that moved among what was left to explain,
    0 for nothing of it.
    """

    names: Names
    leaves: tuple[int, ...]
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
    picture = _Picture(names, _codes(names), actual - expected, expected, noise)
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
_Places: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
_Codes: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class _Picture:
    """The leaves; ``codes`` numbers the names of each dimension."""

    names: Sequence[tuple[str, ...]]
    codes: _Codes
    moved: Array
    expected: Array
    noise: Array

    def beyond(self, moved: Array, members: _Members) -> float:
        """How much of a movement of some leaves is more than noise."""
        return float(np.maximum(np.abs(moved[members]) - self.noise[members], 0.0).sum())

    def notable(self, at: _Places, groups: _Places, *, at_least: float) -> _Members:
        """Which groups of the leaves moved notably, and together by more than their noise adds up to."""
        moved, noise = self.moved[at], self.noise[at]
        beyond = np.bincount(groups, np.maximum(np.abs(moved) - noise, 0.0))
        limit = SURE * np.sqrt(np.bincount(groups, noise**2))
        return np.asarray((np.abs(np.bincount(groups, moved)) > limit) & (beyond >= at_least))


def _codes(names: Sequence[tuple[str, ...]]) -> _Codes:
    numbered = []
    for column in zip(*names, strict=True):
        known = {name: number for number, name in enumerate(dict.fromkeys(column))}
        numbered.append([known[name] for name in column])
    return np.array(numbered, dtype=np.int64).T


def _best(picture: _Picture, open_: _Members) -> tuple[Cause, _Members] | None:
    chosen: tuple[float, Names, _Members, float] | None = None
    for names, members in _descriptions(picture, open_):
        score = _score(picture, members, open_)
        worth = score - SIMPLER * sum(name is not None for name in names)
        if score > NOTABLE and (chosen is None or worth > chosen[0]):
            chosen = (worth, names, members, score)
    if chosen is None:
        return None
    _, names, members, score = chosen
    leaves = tuple(np.flatnonzero(members).tolist())
    return Cause(names, leaves, *_sums(picture, members), score), members


def _descriptions(picture: _Picture, open_: _Members) -> Iterator[tuple[Names, _Members]]:
    """The descriptions that hold a notable part of what moved, coarse ones first."""
    width = picture.codes.shape[1]
    least = NOTABLE / 2 * picture.beyond(picture.moved, open_)
    at = np.flatnonzero(open_)
    for depth in range(width + 1):
        for fixed in combinations(range(width), depth):
            first, groups = _grouped(picture.codes[at][:, list(fixed)])
            chosen = np.flatnonzero(picture.notable(at, groups, at_least=least))
            for group in sorted(chosen, key=lambda one: first[one]):
                members = np.zeros(len(open_), dtype=bool)
                members[at[groups == group]] = True
                leaf = picture.names[at[first[group]]]
                yield tuple(leaf[n] if n in fixed else None for n in range(width)), members


def _grouped(codes: _Codes) -> tuple[_Places, _Places]:
    """The first row of each group of equal rows, and the group of each row."""
    key = np.zeros(len(codes), dtype=np.int64)
    for column in codes.T:
        key = key * (int(column.max()) + 1) + column
    _, first, groups = np.unique(key, return_index=True, return_inverse=True)
    return first, groups


def _sums(picture: _Picture, members: _Members) -> tuple[float, float]:
    """What some leaves were expected to cost together, and by how much they moved."""
    return float(picture.expected[members].sum()), float(picture.moved[members].sum())


def _score(picture: _Picture, members: _Members, open_: _Members) -> float:
    """How well it accounts for what moved if these leaves moved alike, and the others not at all."""
    base, excess = _sums(picture, members)
    rate = excess / base if base else 0.0
    inside = picture.beyond(picture.moved - picture.expected * rate, members)
    outside = picture.beyond(picture.moved, open_ & ~members)
    seen = picture.beyond(picture.moved, open_)
    return 1.0 - (inside + outside) / seen
