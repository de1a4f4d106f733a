"""What giving costs to teams works with."""

from __future__ import annotations

from dataclasses import dataclass

from functions.cost.adapters.lake_allocation import LakeAllotting
from functions.cost.model.allocation.untagged import OWNERS
from functions.cost.service.allocation import Rules
from functions.cost.service.rates import RateDesk
from functions.cost.service.showback import Showing
from functions.cost.wiring.tables import TABLE, allotting_of, answers_of, rates_of, rules_of
from steward.store.work import Work


@dataclass(frozen=True, slots=True)
class AllottingDeps:
    """What giving costs to teams takes."""

    rules: Rules
    allotting: LakeAllotting


@dataclass(frozen=True, slots=True)
class AllocationDeps:
    """What the rules' API takes."""

    rules: Rules
    allotting: LakeAllotting
    showing: Showing
    rates: RateDesk


def wire_allotting(work: Work) -> AllottingDeps:
    """The dependencies of giving costs to teams."""
    return AllottingDeps(rules_of(work), allotting_of(work))


def wire_allocation(work: Work) -> AllocationDeps:
    """The dependencies of one request about rules and teams."""
    allotting = allotting_of(work)
    costs = answers_of(work, allotting.lake)
    showing = Showing(costs, work.table(TABLE).of(OWNERS), allotting.bare, work.now)
    return AllocationDeps(rules_of(work), allotting, showing, rates_of(work))
