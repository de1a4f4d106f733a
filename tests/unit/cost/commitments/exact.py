"""The exact cheapest purchase, by HiGHS: every hour and every unit in one mixed-integer program."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from functions.cost.model.commitments.buying import _limits
from functions.cost.model.commitments.offers import Market, Risk


def cheapest(on: Market, risk: Risk) -> float:
    """What an average hour costs at the exact optimum.

    Variables: a number of steps for each offer, then what each offer covers of each pool in each hour.
    """
    offers, pools, hours = len(on.offers), len(on.pools), on.spend.shape[1]
    steps = np.array([float(one.step) for one in on.offers])
    pairs = [(o, p) for o in range(offers) for p in range(pools) if on.rates[o, p] > 0]
    goal = np.concatenate([on.fees * steps, *[-on.weights for _ in pairs]])
    cells: list[tuple[int, int, float]] = []
    most: list[float] = []
    for offer in range(offers):  # what it covers costs no more than what was committed to
        for hour in range(hours):
            cells.append((len(most), offer, -steps[offer]))
            cells += [
                (len(most), offers + at * hours + hour, on.rates[o, p])
                for at, (o, p) in enumerate(pairs)
                if o == offer
            ]
            most.append(0.0)
    for pool in range(pools):  # no usage is covered twice
        for hour in range(hours):
            cells += [
                (len(most), offers + at * hours + hour, 1.0)
                for at, (_, p) in enumerate(pairs)
                if p == pool
            ]
            most.append(float(on.spend[pool, hour]))
    for row, limit in zip(*_limits(on, risk), strict=True):
        cells += [(len(most), offer, row[offer] * steps[offer]) for offer in range(offers)]
        most.append(float(limit))
    rows, columns, values = zip(*cells, strict=True)
    matrix = coo_matrix((values, (rows, columns)), shape=(len(most), len(goal))).tocsr()
    whole = np.zeros(len(goal))
    whole[:offers] = [1 if step > 0.002 else 0 for step in steps]
    found = milp(
        goal,
        constraints=LinearConstraint(matrix, ub=np.array(most)),
        bounds=Bounds(0, np.inf),
        integrality=whole,
        options={"mip_rel_gap": 1e-5, "time_limit": 20},
    )
    assert found.x is not None, found.message
    return float(found.fun + on.spend.sum(axis=0) @ on.weights)
