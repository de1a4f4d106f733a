"""What the cost concern keeps, and what it needs of the outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from functions.cost.model.checks.kept import Kept
from functions.cost.model.checks.samples import MetricRecord
from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus
from functions.cost.model.focus.statement import Tally
from functions.cost.model.intake import Intake
from functions.cost.model.prices.book import PriceSheet
from steward.contracts.event import Event
from steward.store.collection import Collection, Index, Retention
from steward.store.work import Entities

# A delivery is itself the record of what came; the audit trail holds whose doing it was.
DELIVERIES = Collection(
    "deliveries",
    BillDelivery,
    id=lambda delivery: delivery.id,
    indexes=(
        Index("by_status", lambda one: one.status, lambda one: one.received_at.isoformat(), 4),
        Index("by_source", lambda one: one.source, lambda one: one.received_at.isoformat()),
        Index(
            "waiting",
            lambda one: one.source if one.status is BillDeliveryStatus.WAITING else None,
            lambda one: one.received_at.isoformat(),
        ),
    ),
    audit="digest",
)

INTAKES = Collection("intakes", Intake, id=lambda intake: intake.id, audit="digest")
"""Where the reading of a delivery stands; gone once it is settled."""
# A copy of what the inventory has, whose own trail says how it changed; the nightly look renews it.
KEPT = Collection(
    "kept",
    Kept,
    id=lambda one: one.id,
    indexes=(
        Index("by_network", lambda one: one.network, lambda one: one.id),
        Index("by_type", lambda one: one.type, lambda one: one.id, 4),
    ),
    retention=Retention(since=lambda one: one.seen_at, days=60, bounds=(30, 400)),
    audit="none",
)
# What the clouds measured: nothing that anybody decided.
SAMPLES = Collection(
    "samples",
    MetricRecord,
    id=lambda one: one.id,
    retention=Retention(since=lambda one: one.sampled_at, days=60, bounds=(30, 400)),
    audit="none",
)
# Derived from the bill, or copied from a public file: nothing that anybody decided.
SHEETS = Collection(
    "prices",
    PriceSheet,
    id=lambda one: one.id,
    indexes=(Index("by_place", lambda one: one.place, lambda one: one.id),),
    retention=Retention(since=lambda one: one.made_at, days=400, bounds=(60, 3650)),
    audit="none",
)


@dataclass(frozen=True, slots=True)
class Books:
    """What is kept of deliveries, within one Work."""

    deliveries: Entities[BillDelivery]
    intakes: Entities[Intake]


class Post(Protocol):
    """Events that leave with the commit; a tick may tell any tenant."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish the event."""
        ...


class Rollup(NamedTuple):
    """A file that sums rows up, and its rows; noted are its role, its days, and the version of its rules."""

    path: Path
    rows: int
    notes: dict[str, str]


class Converted(NamedTuple):
    """A file of a bill as files of the lake, one a period; ``version`` is of FOCUS, if it was FOCUS."""

    format: str
    version: str | None
    digest: str
    tally: Tally
    files: Mapping[str, Path]


class Mill(Protocol):
    """What turns a cloud's file into rows of FOCUS."""

    def convert(
        self, path: Path, *, source: str, delivery: str, place: str, workshop: Path
    ) -> Converted:
        """The rows of a file, exact to the last digit; ``place`` is where it lay and what was said of it.

        Raises:
            BadInput: it is no bill, or one that cannot be counted.
            TooLarge: it is more than one file may be.
        """
        ...

    def sums(self, files: Sequence[Path], *, month: str, workshop: Path) -> tuple[Rollup, ...]:
        """A month's rows in the lake added up by day, given to teams by the rules that hold."""
        ...
