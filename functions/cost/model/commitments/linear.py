"""The lowest point of a bowl known by tangents alone, by the simplex method on the dual program."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from functions.cost.model.commitments.offers import Array

EXACT: Final = 1e-11
PIVOTS: Final = 2_000


class Low(NamedTuple):
    """A bound from below, and where it is reached."""

    bound: float
    at: Array


class Tangents:
    """Minimise the highest of the tangents ``base + slope . x`` over ``x >= 0`` with ``rows . x <= most``.

    Each tangent is a column of the dual program, so that a new one leaves what was solved a good start.
    ``box`` bounds each variable by itself.
    """

    def __init__(self, rows: Array, most: Array, box: Array) -> None:
        self._size = len(box)
        bounds = np.vstack([np.eye(self._size), rows])
        self._columns = [np.concatenate([[0.0], -unit]) for unit in np.eye(self._size)]
        self._columns += [np.concatenate([[0.0], row]) for row in bounds]
        self._gains = [0.0] * self._size + [-float(one) for one in (*box, *most)]
        self._basis: list[int] = []

    def add(self, base: float, slope: Array) -> None:
        """Take in one more tangent."""
        self._columns.append(np.concatenate([[1.0], slope]))
        self._gains.append(base)
        if not self._basis:
            # A slope that falls leans on the variable's own bound, one that rises on zero.
            lean = [self._size + one if slope[one] < 0 else one for one in range(self._size)]
            self._basis = [len(self._columns) - 1, *lean]

    def lowest(self) -> Low:
        """The lowest point of the highest tangent."""
        columns, gains = np.array(self._columns).T, np.array(self._gains)
        goal = np.eye(self._size + 1)[0]
        for pivot in range(PIVOTS):
            matrix = columns[:, self._basis]
            prices = np.linalg.solve(matrix.T, gains[self._basis])
            better = gains - prices @ columns
            better[self._basis] = 0.0
            entering = _entering(better, greedy=pivot < PIVOTS // 2)
            if entering is None:
                break
            amounts = np.linalg.solve(matrix, goal)
            away = np.linalg.solve(matrix, columns[:, entering])
            self._basis[_leaving(amounts, away, self._basis)] = entering
        return Low(float(prices[0]), np.maximum(-prices[1:], 0.0))


def _entering(better: Array, *, greedy: bool) -> int | None:
    """The column that gains most; later the first one, which cannot go round in circles (Bland's rule)."""
    if float(better.max(initial=0.0)) <= EXACT:
        return None
    return int(better.argmax()) if greedy else int(np.flatnonzero(better > EXACT)[0])


def _leaving(amounts: Array, away: Array, basis: list[int]) -> int:
    ratios = [
        (max(float(amounts[row]), 0.0) / float(away[row]), basis[row], row)
        for row in range(len(basis))
        if away[row] > EXACT
    ]
    return min(ratios)[2]
