"""The composition root: what the cost concern's handlers work with, from one Work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.adapters.lake_mill import DuckMill
from functions.cost.adapters.lake_rollups import Allotment
from functions.cost.adapters.lake_spending import LakeBill
from functions.cost.manifest import BILLS, COSTS
from functions.cost.model.recommendation import RECOMMENDATIONS
from functions.cost.ports import DELIVERIES, INTAKES, KEPT, SHEETS, Books, Post
from functions.cost.service.advising import Advising
from functions.cost.service.pricing import Pricing
from functions.cost.service.receiving import Reception
from functions.cost.service.recommendations import Advice
from functions.cost.service.taking import Taking
from functions.cost.service.verifying import Verifying
from steward.contracts.cost import CostPartitionSwapped
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.identity.directory import ACCOUNTS, Account
from steward.lake.copies import Copies
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.objects import Objects, folder_of
from steward.privacy import Holding
from steward.store.work import Entities, Work

if TYPE_CHECKING:
    from functions.cost.service.buying import Buying

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


@dataclass(frozen=True, slots=True)
class Announcing:
    """What it takes to tell the tenants that something is due."""

    accounts: Entities[Account]
    post: Post


@dataclass(frozen=True, slots=True)
class Finding:
    """What it takes to look for bills, and to tidy up behind those that were refused."""

    reception: Reception
    lake: Lake


def wire(work: Work) -> Deps:
    """The dependencies of one request."""
    bills = current().buckets(BILLS.name, work.tenant)
    return Deps(books_of(work), bills, folder_of(work.tenant), work, work.now)


def wire_reception(work: Work) -> Reception:
    """The dependencies of one message about bills."""
    bills = current().buckets(BILLS.name, work.tenant)
    return Reception(books_of(work), bills, work, work.tenant, work.now)


def wire_finding(work: Work) -> Finding:
    """The dependencies of one message that bills are to be looked for."""
    return Finding(wire_reception(work), lake_of(work))


def wire_announcing(work: Work) -> Announcing:
    """The dependencies of a tick."""
    return Announcing(work.table("directory").of(ACCOUNTS), work)


def wire_taking(work: Work) -> Taking:
    """The dependencies of one message about a delivery that is whole."""
    bills = current().buckets(BILLS.name, work.tenant)
    mill = DuckMill(Allotment())
    lake = replace(lake_of(work), copies=Copies(room=ROOM))
    return Taking(books_of(work), bills, lake, mill, work, work.now)


def wire_costs(work: Work) -> LakeCosts:
    """The costs of a Work's tenant, for reading."""
    return LakeCosts(lake_of(work))


def wire_advising(work: Work) -> Advising:
    """The dependencies of looking for what could cost less."""
    table = work.table(TABLE)
    return Advising(
        kept=table.of(KEPT),
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


def wire_buying(work: Work) -> Buying:
    """The dependencies of asking what to buy."""
    # With numpy, which is in the layer of the functions that read the lake alone.
    from functions.cost.adapters.lake_hours import LakeHours
    from functions.cost.service.buying import Buying

    return Buying(lambda: LakeHours(lake_of(work)), work.now)


def wire_pricing(work: Work) -> Pricing:
    """The dependencies of asking for prices."""
    return Pricing(work.table(TABLE).of(SHEETS), work.now)


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
            Holding(TABLE, KEPT),
            Holding(TABLE, SHEETS),
            Holding(TABLE, RECOMMENDATIONS, named={"by": "by"}),
        ),
        buckets=(BILLS.name, COSTS.name),
    )
