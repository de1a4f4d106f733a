"""A tenant's trail on the embedded runtime: commits of a made-up concern, and what becomes of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.audit.manifest import FUNCTIONS
from functions.audit.model.verification import Verdict
from functions.audit.service.verify import verify
from functions.audit.wiring import Deps, wire
from steward.edge.resources import bind
from steward.edge.session import Opening, open_work, run
from steward.local.pump import Pump
from steward.local.tables import database_path
from steward.manifest import Function, Poke, Table
from steward.signing import PublicKey
from steward.store.collection import Collection
from steward.store.work import Work

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TENANT = "acme"


class Guest(BaseModel):
    """Somebody with a room."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    room: int
    key: str = ""
    note: str = ""


GUESTS = Collection(
    "guests",
    Guest,
    id=lambda guest: guest.id,
    secret=("key",),
    personal=("name",),
    person=lambda guest: f"user:{guest.id}",
)


HOTEL = Function(
    name="keep-room",
    handler="functions.hotel.handlers.keep_room.handler",
    trigger=Poke(),
    uses=(Table("hotel"),),
)
BY_ID = {function.id: function for function in FUNCTIONS}


@dataclass
class Clock:
    """A clock that moves by hand."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Trail:
    """The runtime with the audit functions alone."""

    data: Path
    clock: Clock = field(default_factory=Clock)
    extra: tuple[Function, ...] = ()

    def __post_init__(self) -> None:
        self.pump = Pump(self.data, functions=(*FUNCTIONS, *self.extra), clock=self.clock)

    def write(
        self,
        *guests: Guest,
        actor: str = "user:ann",
        tenant: str = TENANT,
        request: dict[str, str] | None = None,
    ) -> str:
        """One commit that puts these guests; its id."""
        resources = self.pump.resources(HOTEL)
        commits: list[str] = []

        def use(work: Work) -> None:
            commits.append(work.scope.commit_id)
            table = work.table("hotel").of(GUESTS)
            for guest in guests:
                table.get(guest.id)
                table.put(guest)

        asked = {"id": f"req-{guests[0].id}", "ip": "192.0.2.7", "user_agent": "browser"}
        opening = Opening(tenant, actor, "corr", request=asked if request is None else request)
        run(resources, opening, use)
        return commits[-1]

    def fill(self, count: int, *, tenant: str = TENANT, start: int = 1) -> None:
        """So many commits, chained."""
        for n in range(start, start + count):
            self.write(Guest(id=f"g{n}", name=f"Guest {n}", room=n), tenant=tenant)
        self.pump.drain()

    def sign(self, by: timedelta = timedelta(minutes=1)) -> None:
        """The hour has come for signing."""
        self.clock.forward(by)
        self.tick("audit.sign-heads")

    def tick(self, function: str) -> None:
        self.pump.invoke(function, {"schedule": function, "time": self.clock().isoformat()})
        self.pump.drain()

    def within(
        self, use: Callable[[Deps], Any], *, tenant: str = TENANT, as_: str = "audit.find-gaps"
    ) -> Any:
        """Something within a Work of that tenant, not committed."""
        function = BY_ID[as_]
        resources = self.pump.resources(function)
        with bind(resources):
            return use(wire(open_work(resources, Opening(tenant, "test", ""))))

    def entries(self, tenant: str = TENANT) -> list[dict[str, Any]]:
        """The chain, read behind the store's back."""
        rows = self.rows(
            "SELECT body FROM items WHERE tenant = ? AND space = 'audit' AND collection = 'entries' "
            "ORDER BY s1",
            tenant,
        )
        return [json.loads(body) for (body,) in rows]

    def contents(self, tenant: str = TENANT) -> list[dict[str, Any]]:
        return [json.loads(entry["content"]) for entry in self.entries(tenant)]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of that type that were published."""
        rows = self.rows("SELECT body FROM events WHERE type = ? ORDER BY seq", kind)
        return [json.loads(body)["detail"]["data"] for (body,) in rows]

    def verdict(self, *keys: PublicKey, tenant: str = TENANT) -> Verdict:
        """What verifying comes to, by the running key unless others are given."""
        trusted = keys or (self.key,)

        def check(deps: Deps) -> Verdict:
            return verify(deps.books, deps.archive, trusted, tenant=tenant, now=self.clock())

        found: Verdict = self.within(check, tenant=tenant)
        return found

    @property
    def key(self) -> PublicKey:
        signer = self.pump.resources(BY_ID["audit.audit-api"]).signers("audit")
        return signer.public_key()

    def tamper(self, sql: str, *parameters: object) -> int:
        """Change the database behind the store's back; how many rows."""
        with sqlite3.connect(database_path(self.data)) as connection:
            return connection.execute(sql, parameters).rowcount

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        with sqlite3.connect(database_path(self.data)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def close(self) -> None:
        self.pump.close()
