"""A small inventory in a store of its own, filled as sweeps fill it and read as the API reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model import identity
from functions.inventory.model.discovery import Listed
from functions.inventory.model.resource import Capture, Effect, Facts, Source, Subject
from functions.inventory.service.graph.reading import Graph
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import record_captures
from functions.inventory.wiring import ledger_of
from steward.store.migrate import migrate
from steward.store.records import Store
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work
from tests.unit.inventory.ledgers import NOW

ACCOUNT, REGION = "111122223333", "eu-west-1"


@dataclass
class World:
    """Resources by native id, in one store."""

    store: Store
    subjects: dict[str, Subject] = field(default_factory=dict)
    at: datetime = NOW
    _commits: int = 0

    def know(
        self,
        type_name: str,
        id_: str,
        configuration: Mapping[str, Any],
        **facts: Any,
    ) -> None:
        """A sweep lists the resource."""
        subject = Subject(
            account=facts.pop("account", ACCOUNT),
            region=identity.region_of(type_name, REGION) if "::" in type_name else REGION,
            provider=facts.pop("provider", "aws"),
            type=type_name,
            native_id=id_,
        )
        self.subjects[id_] = subject
        state = str(facts.pop("state", "active"))
        whole = Facts(configuration=dict(configuration), state=state, **facts)
        self.take(self._capture(subject, Effect.CAPTURED, whole))

    def hear(self, found: Listed) -> None:
        """A sweep lists the resource that a cloud's own answer was read as."""
        self.subjects[found.subject.native_id] = found.subject
        self.take(self._capture(found.subject, Effect.CAPTURED, found.facts))

    def lose(self, id_: str) -> None:
        """A complete sweep no more lists the resource."""
        self.take(self._capture(self.subjects[id_], Effect.DELETED, None))

    def take(self, *captures: Capture) -> None:
        """Record captures, one commit each, and whatever follows from it."""
        for capture in captures:
            work = self.work()
            record_captures((capture,), ledger=ledger_of(work))
            work.commit()

    def id(self, id_: str) -> str:
        """The resource's id here."""
        return self.subjects[id_].id

    def graph(self) -> Graph:
        """The graph as a new request reads it."""
        return Graph(self.ledger())

    def ledger(self) -> Ledger:
        """The ledger of a new request."""
        return ledger_of(self.work())

    def work(self) -> Work:
        """A fresh Work of the function that records."""
        self._commits += 1
        return Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=FUNCTIONS[0],
                tenant="acme",
                now=NOW,
                commit_id=f"{self._commits:032x}",
                actor="test",
                correlation_id="test",
            )
        )

    def _capture(self, subject: Subject, effect: Effect, facts: Facts | None) -> Capture:
        self.at += timedelta(seconds=1)
        return Capture(
            subject=subject,
            at=self.at,
            source=Source.SWEEP,
            effect=effect,
            key=self.at.isoformat(),
            facts=facts,
        )


def world_in(folder: Path) -> World:
    """An empty world on SQLite."""
    migrate(f"sqlite:///{folder}/world.db")
    return World(SqlStore(SqliteDatabase(folder / "world.db")))
