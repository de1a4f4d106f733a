"""The composition root: what the inventory's handlers work with, from one Work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.model.collections import CHANGES, RESOURCES
from functions.inventory.model.graph.edges import EDGES
from functions.inventory.service.accounts import Timer
from functions.inventory.service.graph.reading import Graph
from functions.inventory.service.ledger import Ledger
from steward.contracts.event import Event
from steward.edge.walk import Ground
from steward.identity.directory import ACCOUNTS, Account
from steward.privacy import Holding
from steward.store.unclaimed import UNCLAIMED, Unclaimed
from steward.store.work import Entities, Work

TABLE = "inventory"


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of the inventory's use cases; ``owner`` is the tenant that asks."""

    ledger: Ledger
    graph: Graph
    accounts: Entities[Account]
    parked: Entities[Unclaimed]
    publish: Callable[[Event], None]
    later: Timer
    now: datetime
    owner: str
    actor: str


def wire(work: Work) -> Deps:
    """The dependencies of one message or request."""
    table = work.table(TABLE)
    ledger = ledger_of(work)
    return Deps(
        ledger=ledger,
        graph=Graph(ledger),
        accounts=work.table("directory").of(ACCOUNTS),
        parked=table.of(UNCLAIMED),
        publish=work.publish,
        later=work.at,
        now=work.now,
        owner=work.scope.caller.tenant if work.scope.caller else work.tenant,
        actor=work.actor,
    )


def ledger_of(work: Work) -> Ledger:
    """The resources and changes of a Work's tenant."""
    table = work.table(TABLE)
    return Ledger(
        resources=table.of(RESOURCES),
        changes=table.of(CHANGES),
        edges=table.of(EDGES),
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
            Holding(TABLE, CHANGES, named={"actor.who": "actor"}),
            Holding(TABLE, UNCLAIMED),
        ),
    )
