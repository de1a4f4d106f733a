"""What giving costs to teams works with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.cost.adapters.lake_allocation import LakeAllotting
from functions.cost.model.allocation.untagged import OWNERS, ResourceOwner
from functions.cost.service.allocation import Rules
from functions.cost.service.rates import RateDesk
from functions.cost.service.showback import Showing
from functions.cost.wiring.tables import TABLE, allotting_of, answers_of, rates_of, rules_of
from steward.store.work import Entities, Work


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


@dataclass(frozen=True, slots=True)
class OwnerDeps:
    """What it takes to know whose resources are."""

    owners: Entities[ResourceOwner]
    now: datetime


def wire_allotting(work: Work) -> AllottingDeps:
    """The dependencies of giving costs to teams."""
    return AllottingDeps(rules_of(work), allotting_of(work))


def wire_allocation(work: Work) -> AllocationDeps:
    """The dependencies of one request about rules and teams."""
    allotting = allotting_of(work)
    costs = answers_of(work, allotting.lake)
    showing = Showing(costs, work.table(TABLE).of(OWNERS), allotting.bare, work.now)
    return AllocationDeps(rules_of(work), allotting, showing, rates_of(work))


def wire_owners(work: Work) -> OwnerDeps:
    """The dependencies of one message about a resource."""
    return OwnerDeps(work.table(TABLE).of(OWNERS), work.now)
