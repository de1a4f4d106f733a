"""Who pays what in each hour: commitments cover usage, the best discount first; the rest is on demand.

A commitment for one pool comes before one for many, and one for many goes to the usage with the highest
saving first. Source: AWS Savings Plans user guide, "Understanding how Savings Plans apply to your usage".
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from functions.cost.model.commitments.offers import Array

NOTHING: Final = 1e-9
"""Less than this, in currency an hour, is no money."""
_ROUNDS: Final = 3


class Covered(NamedTuple):
    """``by`` has what each offer covers (offer, pool, hour), in on-demand prices; ``left`` is uncovered.

    ``unused`` is what each commitment was paid for and not used (offer, hour).
    """

    by: Array
    left: Array
    unused: Array


def cover(spend: Array, rates: Array, commits: Array) -> Covered:
    """What commitments of so much an hour cover of the usage."""
    left = spend.copy()
    by = np.zeros((*rates.shape, spend.shape[1]))
    unused = np.repeat(commits[:, None], spend.shape[1], axis=1)
    for offer in order_of(rates):
        for pool in _pools(rates[offer]):
            taken = np.minimum(left[pool], unused[offer] / rates[offer, pool])
            by[offer, pool] = taken
            left[pool] -= taken
            unused[offer] -= taken * rates[offer, pool]
    return Covered(by, np.maximum(left, 0.0), np.maximum(unused, 0.0))


def worth(covered: Covered, rates: Array) -> tuple[Array, Array]:
    """What one more unit of each commitment would save in each hour, and of each pool's usage cost less.

    The two bound what *any* commitments can save (they are feasible in the dual of each hour's program),
    and are exact where every flexible commitment ranks the pools alike.
    """
    applies = rates > 0
    full = covered.left <= NOTHING
    spent = covered.unused <= NOTHING
    pools = np.where(full, 1.0, 0.0)
    for _ in range(_ROUNDS):
        offers = _values(pools, rates)
        anchored = (offers > NOTHING)[:, None, :] & spent[:, None, :]
        takes = (covered.by > NOTHING) & anchored & applies[:, :, None]
        gain = np.where(takes, 1.0 - rates[:, :, None] * offers[:, None, :], -1.0)
        best = gain.max(axis=0, initial=-1.0)
        pools = np.where(full & (best >= 0.0), best, np.where(full, 1.0, 0.0))
    return _values(pools, rates), pools


def order_of(rates: Array) -> list[int]:
    """The offers in the order in which they apply."""
    reach = (rates > 0).sum(axis=1)
    best = np.where(rates > 0, rates, np.inf).min(axis=1, initial=np.inf)
    return sorted(range(len(rates)), key=lambda one: (reach[one], best[one], one))


def _pools(rates: Array) -> list[int]:
    return sorted((int(one) for one in np.flatnonzero(rates > 0)), key=lambda one: rates[one])


def _values(pools: Array, rates: Array) -> Array:
    """The least value of each commitment with which no pool's usage is worth covering at a profit."""
    safe = np.where(rates > 0, rates, 1.0)[:, :, None]
    values = np.where(rates[:, :, None] > 0, (1.0 - pools[None, :, :]) / safe, 0.0)
    highest: Array = values.max(axis=1, initial=0.0)
    return highest
