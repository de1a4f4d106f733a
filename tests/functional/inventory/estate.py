"""The inventory's functions on the one-thread runtime: raw events in, HTTP and published events out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.inventory.model.collections import CLAIMS
from steward.identity import SYSTEM, Role
from steward.identity.directory import KEYS, new_key
from steward.local.pump import Pump
from steward.local.shapes import Request, http_event
from steward.manifest import Function, Queue, Table, load_functions
from steward.store.unclaimed import UNCLAIMED, Unclaimed
from steward.store.work import MemoryClaims, Scope, Work

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
TENANT = "default"
"""The tenant that runs the installation: it is believed whose accounts are its own."""
KEEPER = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=("inventory.account.added.v1",)),
    uses=(Table("directory"), Table("inventory")),
)


class Estate:
    """A runtime, its clock, and an admin's and a viewer's key of one tenant."""

    def __init__(self, data: Path, *, now: datetime = START) -> None:
        self.now = now
        self.pump = Pump(data, functions=load_functions(["inventory"]), clock=lambda: self.now)
        self.admin, self.viewer = self._key(Role.ADMIN), self._key(Role.VIEWER)

    def claim(self, *accounts: str) -> None:
        for account in accounts:
            status, answer = self.http("POST", "/accounts", body={"account": account})
            assert status == 200, answer
        self.pump.drain()
        self.pump.ports.forget()

    def send(self, *envelopes: Mapping[str, Any]) -> None:
        self.pump.put_raw(*envelopes)
        self.pump.drain()

    def http(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: object = None,
        function: str = "",
        **query: object,
    ) -> tuple[int, Any]:
        request = Request(
            method=method,
            path=f"/api/v1/inventory{path}",
            query=urlencode(query),
            headers=(
                ("authorization", f"Bearer {key or self.admin}"),
                ("content-type", "application/json"),
            ),
            body=b"" if body is None else json.dumps(body).encode(),
            source_ip="127.0.0.1",
            request_id="request-1",
            at=self.now.timestamp(),
            resource=f"/api/v1/inventory{path}",
            proxy=None,
        )
        accounts = path.startswith(("/accounts", "/sweeps"))
        api = "inventory.accounts-api" if accounts else "inventory.inventory-api"
        answer = self.pump.invoke(function or api, http_event(request))
        text = answer.get("body")
        return answer["statusCode"], json.loads(text) if text else None

    def get(self, path: str, **query: Any) -> Any:
        status, answer = self.http("GET", path, key=self.viewer, **query)
        assert status == 200, answer
        return answer

    def resources(self, **query: object) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("/resources", **query)["items"]
        return items

    def everything(self) -> list[dict[str, Any]]:
        """All resources, whatever is needed of pages."""
        items: list[dict[str, Any]] = []
        query: dict[str, object] = {"limit": 200}
        while True:
            page = self.get("/resources", **query)
            items += page["items"]
            if page["cursor"] is None:
                return items
            query["cursor"] = page["cursor"]

    def know(self, account: str, *, external_id: str) -> None:
        """Have the account's claim ask with this external id, as the role that is there wants it."""
        work = self._work(TENANT)
        claims = work.table("inventory").of(CLAIMS)
        claim = claims.require(f"aws/{account}")
        claims.put(claim.model_copy(update={"external_id": external_id}))
        work.commit()

    def published(self) -> list[dict[str, Any]]:
        rows = self.pump.connection.execute(
            "SELECT body FROM events WHERE bus = 'steward' ORDER BY seq"
        ).fetchall()
        return [json.loads(body)["detail"] for (body,) in rows]

    def letters(self) -> list[str]:
        rows = self.pump.connection.execute("SELECT error FROM dead_letters ORDER BY id").fetchall()
        return [error for (error,) in rows]

    def parked(self, *, tenant: str = SYSTEM) -> tuple[Unclaimed, ...]:
        return self._work(tenant).table("inventory").of(UNCLAIMED).list(limit=200).items

    def _key(self, role: Role) -> str:
        plaintext, kept = new_key(tenant=TENANT, role=role, name=role.value, now=self.now)
        work = self._work(TENANT)
        work.table("directory").of(KEYS).add(kept)
        work.commit()
        return plaintext

    def _work(self, tenant: str) -> Work:
        return Work(
            Scope(
                store=self.pump.store,
                claims=MemoryClaims(),
                function=KEEPER,
                tenant=tenant,
                now=self.now,
                commit_id=f"test-{uuid.uuid4().hex}",
                actor="test",
                correlation_id="test",
            )
        )


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()
