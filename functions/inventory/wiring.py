"""The composition root: what the inventory's handlers work with, from one Work."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from functions.inventory.adapters.census_objects import CensusObjects
from functions.inventory.adapters.lake_search import LakeSnapshot
from functions.inventory.adapters.lake_sources import snapshot_of
from functions.inventory.adapters.providers import meters, providers
from functions.inventory.adapters.routing import owner_of
from functions.inventory.manifest import LAKE
from functions.inventory.model.collections import CHANGES, CLAIMS, PARTS, RESOURCES, SWEEPS
from functions.inventory.model.frames import FRAMES
from functions.inventory.model.graph.edges import EDGES
from functions.inventory.model.search.saved import VIEWS
from functions.inventory.model.unlisted import UNLISTED
from functions.inventory.service.accounts import Registrar
from functions.inventory.service.graph.reading import Graph
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.measuring import Measuring
from functions.inventory.service.sweeping import Surveyor
from functions.inventory.service.sweeps import Planner
from functions.inventory.service.views import Shelf
from steward.contracts.event import Event
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.identity.directory import ACCOUNTS, Account
from steward.lake.pointer import PARTITIONS
from steward.privacy import Holding
from steward.store.unclaimed import UNCLAIMED, Unclaimed
from steward.store.work import Entities, Work

TABLE = "inventory"
CENSUS: Final = "census"
SECRET_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of the inventory's use cases."""

    ledger: Ledger
    graph: Graph
    parked: Entities[Unclaimed]
    publish: Callable[[Event], None]
    now: datetime
    snapshot: Callable[[], LakeSnapshot]
    """What is searched, for the functions that may read the datasets."""


def wire(work: Work) -> Deps:
    """The dependencies of one message or request."""
    table = work.table(TABLE)
    ledger = ledger_of(work)
    return Deps(
        ledger=ledger,
        graph=Graph(ledger),
        parked=table.of(UNCLAIMED),
        publish=work.publish,
        now=work.now,
        snapshot=partial(snapshot_of, work),
    )


@dataclass(frozen=True, slots=True)
class SearchDeps:
    """What searching takes, and nothing that changes a resource."""

    snapshot: Callable[[], LakeSnapshot]


def wire_search(work: Work) -> SearchDeps:
    """The dependencies of one request to search."""
    return SearchDeps(partial(snapshot_of, work))


@dataclass(frozen=True, slots=True)
class ViewDeps:
    """What saved views take, and searching."""

    shelf: Shelf
    snapshot: Callable[[], LakeSnapshot]


def wire_views(work: Work) -> ViewDeps:
    """The dependencies of one request about saved views."""
    shelf = Shelf(work.table(TABLE).of(VIEWS), work.new_id, work.actor, work.now)
    return ViewDeps(shelf, partial(snapshot_of, work))


def ledger_of(work: Work) -> Ledger:
    """The resources and changes of a Work's tenant."""
    table = work.table(TABLE)
    return Ledger(
        resources=table.of(RESOURCES),
        changes=table.of(CHANGES),
        edges=table.of(EDGES),
        frames=table.of(FRAMES),
        unlisted=table.of(UNLISTED),
        publish=work.publish,
        staged=lambda: work.staged,
    )


def ground() -> Ground:
    """What the inventory holds; a change tells who made it, by the name they have in their cloud."""
    return Ground(
        TABLE,
        (
            Holding(TABLE, RESOURCES),
            Holding(TABLE, EDGES),
            Holding(TABLE, FRAMES),
            Holding(TABLE, UNLISTED),
            Holding(TABLE, CHANGES, named={"actor.who": "actor"}),
            Holding(TABLE, UNCLAIMED),
            Holding(TABLE, CLAIMS, named={"added_by": "added_by", "suspended_by": "suspended_by"}),
            Holding(TABLE, SWEEPS, named={"begun_by": "begun_by"}),
            Holding(TABLE, PARTS),
            Holding(TABLE, PARTITIONS),
            Holding(TABLE, VIEWS, named={"saved_by": "saved_by"}),
        ),
        buckets=(CENSUS, *(dataset.name for dataset in LAKE)),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """What the accounts' API works with: claims, and sweeps of what is claimed."""

    registrar: Registrar
    planner: Planner


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What tells the tenants that it is time for a sweep."""

    accounts: Entities[Account]
    planner: Planner
    publish: Callable[..., None]


def wire_desk(work: Work) -> Desk:
    """The dependencies of one request about accounts or sweeps."""
    return Desk(registrar(work), planner(work))


def wire_clockwork(work: Work) -> Clockwork:
    """The dependencies of a tick, and of what it tells a tenant."""
    return Clockwork(work.table("directory").of(ACCOUNTS), planner(work), work.publish)


def registrar(work: Work) -> Registrar:
    """The claims of a Work's tenant."""
    return Registrar(
        claims=work.table(TABLE).of(CLAIMS),
        publish=work.publish,
        secret=lambda: secrets.token_hex(SECRET_BYTES),
        tenant=work.tenant,
        actor=work.actor,
        now=work.now,
        owner=owner_of,
        message=work.scope.causation_id,
    )


def planner(work: Work) -> Planner:
    """The sweeps of a Work's tenant."""
    table = work.table(TABLE)
    return Planner(
        sweeps=table.of(SWEEPS),
        claims=table.of(CLAIMS),
        parts=table.of(PARTS),
        providers=providers(work.tenant),
        publish=work.publish,
        new_id=work.new_id,
        actor=work.actor,
        now=work.now,
    )


def measuring(work: Work) -> Measuring:
    """What reads metrics for a Work's tenant."""
    return Measuring(work.table(TABLE).of(CLAIMS), meters(work.tenant), work.publish)


def surveyor(work: Work) -> Surveyor:
    """What sweeps a part for a Work's tenant."""
    table = work.table(TABLE)
    resources = current()
    objects = resources.buckets(CENSUS, work.tenant)
    return Surveyor(
        parts=table.of(PARTS),
        sweeps=table.of(SWEEPS),
        claims=table.of(CLAIMS),
        censuses=CensusObjects(objects, tenant=work.tenant),
        unlisted=table.of(UNLISTED),
        providers=providers(work.tenant),
        publish=work.publish,
        later=work.at,
        clock=resources.clock,
    )
