"""Something about costs that does not fit: what moved, since when, by how much, and what people say of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.identity.items import Facts
from steward.store.collection import Collection, Index, Retention

DIMENSIONS: Final = ("service", "account", "region", "team", "usage")
"""What the watched series are told apart by; ``usage`` is the usage type."""
REST: Final = "others"
"""The usage types that are watched together, since each of them is too little money."""


Description: TypeAlias = tuple[str | None, ...]
"""One name a dimension; None leaves it open."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnomalyStatus(StrEnum):
    """Where an anomaly stands."""

    OPEN = "open"
    EXPECTED = "expected"
    """Somebody knew of it: the like of it is left alone for a while."""
    NOT_USEFUL = "not-useful"
    """Nobody needed to hear of it: the like of it must stand out more from now on."""
    WITHDRAWN = "withdrawn"
    """The bill was restated, and shows it no more."""


class Mover(_Frozen):
    """A resource or kind of usage that moved: its cost on the day, and on a usual day of the week before.

    ``usage`` and ``price`` are the changes of the consumed quantity and of the cost of a unit, as shares.
    """

    resource: str
    usage_type: str
    cost: float
    usual: float
    usage: float | None
    price: float | None


class PrecedingChange(_Frozen):
    """The change of a resource that came before, as the inventory tells it."""

    resource: str
    change_id: str
    at: AwareDatetime
    by: str | None
    paths: tuple[str, ...]


class Anomaly(_Frozen):
    """What stood out on ``day``, and ``at_stake``: what its latest ``days`` cost beyond expectation.

    ``names`` fixes some of the dimensions; the cause is all that they have in common.
    """

    id: str
    source: str
    currency: str
    day: date
    days: int
    names: dict[str, str]
    actual: float
    expected: float
    low: float
    high: float
    at_stake: float
    score: float
    status: AnomalyStatus = AnomalyStatus.OPEN
    movers: tuple[Mover, ...] = ()
    change: PrecedingChange | None = None
    opened_at: AwareDatetime
    said_by: str | None = None
    said_at: AwareDatetime | None = None
    reason: str | None = None

    def facts(self) -> Facts:
        """What access is decided by; one that spans accounts is the tenant's."""
        return Facts(self.id, account=self.names.get("account", ""))

    @property
    def description(self) -> Description:
        """Its names in the order of the dimensions."""
        return tuple(self.names.get(one) for one in DIMENSIONS)


class Feedback(_Frozen):
    """What somebody says of an anomaly."""

    says: Annotated[AnomalyStatus, Field(description="expected or not-useful")]
    reason: Annotated[str, Field(max_length=500)] = ""


class Watched(_Frozen):
    """Up to which day a source's costs in one currency were judged, and what was told of lately."""

    id: str
    day: date
    told: tuple[tuple[tuple[str | None, ...], date], ...] = ()


def anomaly_id(source: str, currency: str, names: Mapping[str, str], day: date) -> str:
    """The same for the same cause on the same day, however often it is found."""
    parts = [source, currency, day.isoformat(), *(f"{key}={names[key]}" for key in sorted(names))]
    return f"ano_{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:22]}"


def named(names: Description) -> dict[str, str]:
    """What a description fixes, by dimension."""
    return {
        dimension: name
        for dimension, name in zip(DIMENSIONS, names, strict=True)
        if name is not None
    }


def with_service(names: Description, leaves: Iterable[Sequence[str]]) -> Description:
    """A description whose usage type, where one service alone has it, comes with that service."""
    service, *others, usage = names
    having = {leaf[0] for leaf in leaves if leaf[-1] == usage}
    return (service or having.pop() if len(having) == 1 else service, *others, usage)


def described(names: Sequence[str | None]) -> Description:
    """A description that was kept, perhaps when there were fewer dimensions."""
    return (*names, *(None for _ in DIMENSIONS[len(names) :]))


ANOMALIES: Collection[Anomaly] = Collection(
    "anomalies",
    Anomaly,
    id=lambda one: one.id,
    indexes=(
        Index("by_day", lambda _: "all", lambda one: f"{one.day}/{one.id}", 4),
        Index("by_status", lambda one: one.status, lambda one: f"{one.day}/{one.id}", 4),
    ),
    retention=Retention(since=lambda one: one.opened_at, days=730, bounds=(90, 3650)),
)
WATCHED: Collection[Watched] = Collection(
    "watched",
    Watched,
    id=lambda one: one.id,
    # Where the watch stands is nothing that anybody decided.
    audit="none",
)
