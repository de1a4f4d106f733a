"""What receiving and taking in bills works with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from functions.cost.adapters.lake_mill import DuckMill
from functions.cost.adapters.rate_feed import HttpsFeed, feed
from functions.cost.manifest import BILLS
from functions.cost.ports import DELIVERIES, INTAKES, Books, Post
from functions.cost.service.rates import RateDesk
from functions.cost.service.receiving import Reception
from functions.cost.service.taking import Taking
from functions.cost.wiring.tables import TABLE, allotting_of, lake_of, rates_of, rules_of
from steward.edge.resources import current
from steward.lake.copies import Copies
from steward.lake.lake import Lake
from steward.objects import Objects, folder_of
from steward.store.work import Work

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


def books_of(work: Work) -> Books:
    """What is kept of deliveries."""
    table = work.table(TABLE)
    return Books(table.of(DELIVERIES), table.of(INTAKES))
