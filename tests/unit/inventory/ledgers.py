"""A ledger over one uncommitted Work: the real unit of work, a store that holds nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model.resource import Capture, Change, Facts, Resource
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import record_captures
from functions.inventory.wiring import ledger_of
from steward.contracts.event import Event
from steward.store.records import Found, Key, Query, Record, Refusal, Transaction
from steward.store.work import MemoryClaims, Scope, Work

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


class EmptyStore:
    """A store before the first commit, and every tenant's session of it."""

    def of(self, tenant: str) -> EmptyStore:
        del tenant
        return self

    def get(self, key: Key, *, now: int) -> Record | None:
        return None

    def query(self, query: Query) -> list[Found]:
        return []

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        raise AssertionError("nothing is committed here")

    def pending(self, *, limit: int = 100) -> list[Record]:
        return []

    def relayed(self, keys: Sequence[Key]) -> None:
        raise AssertionError("nothing is relayed here")


def open_work() -> Work:
    return Work(
        Scope(
            store=EmptyStore(),
            claims=MemoryClaims(),
            function=FUNCTIONS[0],
            tenant="acme",
            now=NOW,
            commit_id="c" * 32,
            actor="test",
            correlation_id="test",
        )
    )


@dataclass
class Book:
    """A ledger and what it published."""

    ledger: Ledger
    published: list[Event] = field(default_factory=list)

    @classmethod
    def fresh(cls) -> Book:
        real = ledger_of(open_work())
        published: list[Event] = []
        ledger = replace(real, publish=published.append, staged=lambda: 0)
        return cls(ledger, published)

    def take(self, *captures: Capture) -> Book:
        for capture in captures:
            record_captures((capture,), ledger=self.ledger)
        return self

    def resource(self, capture: Capture) -> Resource:
        return self.ledger.resources.require(capture.subject.id)

    def facts(self, capture: Capture) -> Facts:
        return self.resource(capture).facts

    def history(self, capture: Capture) -> list[Change]:
        return [one.unpacked() for one in self.ledger.back_from(self.resource(capture))]
