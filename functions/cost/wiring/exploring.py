"""What questions about costs, units and commitments work with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.service.commitments import Holdings
from functions.cost.service.explore import Costs
from functions.cost.service.rates import RateDesk
from functions.cost.service.usage import Meters
from functions.cost.service.views import Shelf
from functions.cost.wiring.advising import wire_advising
from functions.cost.wiring.tables import answers_of, lake_of, meters_of, rates_of, shelf_of
from steward.store.work import Work

if TYPE_CHECKING:
    from functions.cost.service.buying import Buying


def wire_costs(work: Work) -> LakeCosts:
    """The costs of a Work's tenant, for reading."""
    return LakeCosts(lake_of(work))


@dataclass(frozen=True, slots=True)
class ExploreDeps:
    """What questions about costs take, and keeping them."""

    costs: Costs
    shelf: Shelf
    rates: RateDesk
    now: datetime


def wire_explore(work: Work) -> ExploreDeps:
    """The dependencies of one request about costs."""
    shelf = shelf_of(work)
    return ExploreDeps(answers_of(work, lake_of(work)), shelf, rates_of(work), work.now)


@dataclass(frozen=True, slots=True)
class UsageDeps:
    """What usage datasets and unit costs take."""

    meters: Meters
    costs: Costs
    rates: RateDesk
    now: datetime


def wire_usage(work: Work) -> UsageDeps:
    """The dependencies of one request about usage."""
    costs = answers_of(work, lake_of(work))
    return UsageDeps(meters_of(work), costs, rates_of(work), work.now)


@dataclass(frozen=True, slots=True)
class CommitmentDeps:
    """What it takes to say which commitments to buy, and how those that are held do."""

    buying: Buying
    holdings: Holdings


def wire_commitments(work: Work) -> CommitmentDeps:
    """The dependencies of one request about commitments."""
    from functions.cost.adapters.lake_commitments import LakeCommitments

    answers = answers_of(work, lake_of(work))
    return CommitmentDeps(wire_buying(work), Holdings(LakeCommitments(answers), answers, work.now))


def wire_buying(work: Work) -> Buying:
    """The dependencies of asking what to buy."""
    # With numpy, which is in the layer of the functions that read the lake alone.
    from functions.cost.adapters.lake_hours import LakeHours
    from functions.cost.service.buying import Buying

    return Buying(lambda: LakeHours(lake_of(work)), work.now, wire_advising(work))
