"""The composition root: what the cost concern's handlers work with, from one Work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_allocation import LakeAllotting
from functions.cost.adapters.lake_answers import LakeAnswers
from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.adapters.lake_mill import DuckMill
from functions.cost.adapters.lake_spending import LakeBill
from functions.cost.adapters.rate_feed import HttpsFeed, feed
from functions.cost.manifest import BILLS, COSTS
from functions.cost.model.allocation.untagged import OWNERS, ResourceOwner
from functions.cost.model.budgets.budget import BUDGETS, CROSSED
from functions.cost.model.explore.views import DIMENSIONS, VIEWS
from functions.cost.model.rates.book import BOOKS, EDITIONS, PARTS
from functions.cost.model.recommendation import RECOMMENDATIONS
from functions.cost.model.units.usage import USAGE
from functions.cost.model.watching.anomaly import ANOMALIES, WATCHED
from functions.cost.ports import DELIVERIES, INTAKES, KEPT, SAMPLES, SHEETS, Books, Post
from functions.cost.service.advising import Advising
from functions.cost.service.allocation import RULE_SETS, Rules
from functions.cost.service.commitments import Holdings
from functions.cost.service.explore import Costs
from functions.cost.service.pricing import Pricing
from functions.cost.service.rates import RateDesk
from functions.cost.service.receiving import Reception
from functions.cost.service.recommendations import Advice
from functions.cost.service.showback import Showing
from functions.cost.service.taking import Taking
from functions.cost.service.usage import Meters
from functions.cost.service.verifying import Verifying
from functions.cost.service.views import Shelf
from steward.contracts.cost import CostPartitionSwapped
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.lake.copies import Copies
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.objects import Objects, folder_of
from steward.privacy import Holding
from steward.store.work import Entities, Work

if TYPE_CHECKING:
    from functions.cost.service.budgets import Purse
    from functions.cost.service.buying import Buying
    from functions.cost.service.watching import Watch

TABLE = "cost"
ROOM: Final = 6 << 30
"""Bytes of a month's rows that are read back for its rollup; the rest of the storage is for its files."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the API's use cases take."""

    books: Books
    bills: Objects
    root: str
    post: Post
    now: datetime
    rates: RateDesk
    feed: HttpsFeed


@dataclass(frozen=True, slots=True)
class Finding:
    """What it takes to look for bills and rates, and to tidy up behind those that were refused."""

    reception: Reception
    lake: Lake
    rates: RateDesk
    feed: HttpsFeed


def wire(work: Work) -> Deps:
    """The dependencies of one request."""
    bills = current().buckets(BILLS.name, work.tenant)
    folder, source = folder_of(work.tenant), feed(current().environment)
    return Deps(books_of(work), bills, folder, work, work.now, rates_of(work), source)


def wire_reception(work: Work) -> Reception:
    """The dependencies of one message about bills."""
    bills = current().buckets(BILLS.name, work.tenant)
    return Reception(books_of(work), bills, work, work.tenant, work.now)


def wire_finding(work: Work) -> Finding:
    """The dependencies of one message that bills are to be looked for."""
    source = feed(current().environment)
    return Finding(wire_reception(work), lake_of(work), rates_of(work), source)


def wire_taking(work: Work) -> Taking:
    """The dependencies of one message about a delivery that is whole."""
    bills = current().buckets(BILLS.name, work.tenant)
    mill = DuckMill(allotting_of(work).holding(rules_of(work)))
    lake = replace(lake_of(work), copies=Copies(room=ROOM))
    return Taking(books_of(work), bills, lake, mill, work, work.now)


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


def shelf_of(work: Work) -> Shelf:
    """The saved views and own dimensions of a Work's tenant."""
    table = work.table(TABLE)
    return Shelf(table.of(VIEWS), table.of(DIMENSIONS), work.new_id, work.actor, work.now)


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


@dataclass(frozen=True, slots=True)
class UsageDeps:
    """What usage datasets and unit costs take."""

    meters: Meters
    costs: Costs
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


def wire_usage(work: Work) -> UsageDeps:
    """The dependencies of one request about usage."""
    return UsageDeps(meters_of(work), answers_of(work, lake_of(work)), work.now)


@dataclass(frozen=True, slots=True)
class WatchDeps:
    """What judging costs takes: anomalies, budgets, and the months that other rules gave out."""

    watch: Watch
    purse: Purse
    allotting: AllottingDeps
    rates: RateDesk


def wire_watch(work: Work) -> WatchDeps:
    """The dependencies of judging costs, or of one request about what was judged."""
    # They count with numpy, which the functions that only receive bills are not given.
    from functions.cost.adapters.lake_series import LakeSeries
    from functions.cost.service.budgets import Purse
    from functions.cost.service.watching import Watch

    table, allotting = work.table(TABLE), wire_allotting(work)
    lake = allotting.allotting.lake
    watch = Watch(
        series=LakeSeries(lake),
        anomalies=table.of(ANOMALIES),
        watched=table.of(WATCHED),
        owners=table.of(OWNERS),
        publish=work.publish,
        actor=work.actor,
        now=work.now,
    )
    purse = Purse(
        budgets=table.of(BUDGETS),
        crossed=table.of(CROSSED),
        costs=answers_of(work, lake),
        publish=work.publish,
        new_id=work.new_id,
        actor=work.actor,
        now=work.now,
    )
    return WatchDeps(watch, purse, allotting, rates_of(work))


def rules_of(work: Work) -> Rules:
    """The rules of a Work's tenant."""
    return Rules(work.table(TABLE).of(RULE_SETS), work.publish, work.actor, work.now)


def meters_of(work: Work) -> Meters:
    """The usage of a Work's tenant."""
    return Meters(work.table(TABLE).of(USAGE))


def allotting_of(work: Work) -> LakeAllotting:
    """What gives the costs of a Work's tenant to teams."""
    return LakeAllotting(lake_of(work), meters_of(work).by_team)


def wire_advising(work: Work) -> Advising:
    """The dependencies of looking for what could cost less."""
    table = work.table(TABLE)
    return Advising(
        kept=table.of(KEPT),
        samples=table.of(SAMPLES),
        recommendations=table.of(RECOMMENDATIONS),
        sheets=table.of(SHEETS),
        post=work,
        now=work.now,
        bill=lambda: LakeBill(lake_of(work), now=work.now),
    )


@dataclass(frozen=True, slots=True)
class Advisers:
    """What looks for savings, and what looks whether they came."""

    advising: Advising
    verifying: Verifying


def wire_advisers(work: Work) -> Advisers:
    """The dependencies of a night's look."""
    verifying = Verifying(
        work.table(TABLE).of(RECOMMENDATIONS),
        work,
        work.now,
        lambda: LakeBill(lake_of(work), now=work.now),
    )
    return Advisers(wire_advising(work), verifying)


def wire_advice(work: Work) -> Advice:
    """The dependencies of deciding on recommendations, of prices and of metrics."""
    return Advice(
        work.table(TABLE).of(RECOMMENDATIONS),
        work,
        work.now,
        work.actor,
        wire_pricing(work),
        wire_advising(work),
    )


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


def wire_pricing(work: Work) -> Pricing:
    """The dependencies of asking for prices."""
    return Pricing(work.table(TABLE).of(SHEETS), work.now)


def rates_of(work: Work) -> RateDesk:
    """The rates between currencies of a Work's tenant."""
    table = work.table(TABLE)
    return RateDesk(table.of(BOOKS), table.of(EDITIONS), table.of(PARTS), work.actor, work.now)


def answers_of(work: Work, lake: Lake) -> LakeAnswers:
    """What answers questions about a Work's tenant's costs."""
    return LakeAnswers(lake, shelf_of(work).own, rates_of(work).of)


def books_of(work: Work) -> Books:
    """What is kept of deliveries."""
    table = work.table(TABLE)
    return Books(table.of(DELIVERIES), table.of(INTAKES))


def lake_of(work: Work) -> Lake:
    """The dataset of costs of a Work's tenant."""
    return Lake(
        dataset=COSTS.name,
        tenant=work.tenant,
        objects=current().buckets(COSTS.name, work.tenant),
        partitions=work.table(TABLE).of(PARTITIONS),
        publish=work.publish,
        swapped=CostPartitionSwapped,
        now=work.now,
    )


def ground() -> Ground:
    """What the cost concern holds; bills and costs are of accounts and not of persons."""
    return Ground(
        TABLE,
        (
            Holding(TABLE, DELIVERIES),
            Holding(TABLE, INTAKES),
            Holding(TABLE, PARTITIONS),
            Holding(TABLE, VIEWS, named={"saved_by": "saved_by"}),
            Holding(TABLE, DIMENSIONS),
            Holding(TABLE, RULE_SETS, named={"published_by": "published_by"}),
            Holding(TABLE, OWNERS, named={"owner": "owner", "change.by": "changed_by"}),
            Holding(TABLE, USAGE),
            Holding(TABLE, BUDGETS, named={"saved_by": "saved_by"}),
            Holding(TABLE, CROSSED),
            Holding(TABLE, ANOMALIES, named={"said_by": "said_by", "change.by": "changed_by"}),
            Holding(TABLE, WATCHED),
            Holding(TABLE, KEPT),
            Holding(TABLE, SAMPLES),
            Holding(TABLE, SHEETS),
            Holding(TABLE, RECOMMENDATIONS, named={"by": "by"}),
            Holding(TABLE, BOOKS),
            Holding(TABLE, EDITIONS, named={"by": "by"}),
            Holding(TABLE, PARTS),
        ),
        buckets=(BILLS.name, COSTS.name),
    )
