"""The composition root: what the cost concern's handlers work with, from one Work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.cost.manifest import BILLS, COSTS
from functions.cost.ports import DELIVERIES, Books, Post
from functions.cost.service.receiving import Reception
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.identity.directory import ACCOUNTS, Account
from steward.lake.pointer import PARTITIONS
from steward.privacy import Holding
from steward.store.work import Entities, Work

TABLE = "cost"


@dataclass(frozen=True, slots=True)
class Deps:
    """What the API's use cases take."""

    books: Books
    now: datetime


@dataclass(frozen=True, slots=True)
class Announcing:
    """What it takes to tell the tenants that something is due."""

    accounts: Entities[Account]
    post: Post


def wire(work: Work) -> Deps:
    """The dependencies of one request."""
    return Deps(books_of(work), work.now)


def wire_reception(work: Work) -> Reception:
    """The dependencies of one message about bills."""
    bills = current().buckets(BILLS.name, work.tenant)
    return Reception(books_of(work), bills, work, work.tenant, work.now)


def wire_announcing(work: Work) -> Announcing:
    """The dependencies of a tick."""
    return Announcing(work.table("directory").of(ACCOUNTS), work)


def books_of(work: Work) -> Books:
    """What is kept of deliveries."""
    return Books(work.table(TABLE).of(DELIVERIES))


def ground() -> Ground:
    """What the cost concern holds; bills and costs are of accounts and not of persons."""
    return Ground(
        TABLE,
        (Holding(TABLE, DELIVERIES), Holding(TABLE, PARTITIONS)),
        buckets=(BILLS.name, COSTS.name),
    )
