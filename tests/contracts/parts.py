"""A made-up concern for the store's laws: parts in a stock, found by colour, by maker and by state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict
from typing_extensions import override

from steward.contracts.event import Event
from steward.manifest import Access, Function, Queue, Table
from steward.store.collection import Collection, Index
from steward.store.records import Store
from steward.store.work import Cause, Claims, MemoryClaims, Scope, Work, commit_id

NOW = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


class Part(BaseModel):
    """One part; ``colour`` None keeps it out of the index by colour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    colour: str | None = None
    rank: int = 0
    state: str = "new"
    note: str = ""
    until: AwareDatetime | None = None


class PartMade(Event):
    """A part was made."""

    type: ClassVar[str] = "parts.part.made.v1"
    part_id: str
    note: str = ""

    @property
    @override
    def subject(self) -> str:
        return self.part_id


PARTS = Collection(
    "parts",
    Part,
    id=lambda part: part.id,
    indexes=(
        Index("by_colour", key=lambda part: part.colour, sort=lambda part: f"{part.rank:06d}"),
        Index(
            "by_state", key=lambda part: part.state, sort=lambda part: f"{part.rank:06d}", shards=4
        ),
    ),
    expires=lambda part: part.until,
)
QUIET = Collection("quiet", Part, id=lambda part: part.id, audit="none")


def keeper(table: str) -> Function:
    """A function whose home is the table."""
    return Function(
        name=f"keep-{table}",
        handler="functions.parts.handlers.keep_parts.handler",
        trigger=Queue(events=("parts.part.made.v1",)),
        uses=(Table(table), Table("stock", Access.READ)),
        publishes=("parts.part.made.v1",),
    )


KEEPER = keeper("parts")
TABLES = ("parts", "stock", "directory")


def open_work(
    store: Store,
    *,
    tenant: str = "acme",
    cause: str | None = None,
    commit: str = "c0",
    now: datetime = NOW,
    claims: Claims | None = None,
    function: Function = KEEPER,
) -> Work:
    """A Work of the made-up function, answering to message ``cause`` when one is given."""
    origin = None if cause is None else Cause("tests", cause)
    return Work(
        Scope(
            store=store,
            claims=claims or MemoryClaims(),
            function=function,
            tenant=tenant,
            now=now,
            commit_id=commit if origin is None else commit_id(function, origin),
            actor="tester",
            correlation_id="corr-1",
            cause=origin,
        )
    )
