"""Identity over the real edge, on SQLite: requests by anybody, and its events carried until it is quiet."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from steward import patterns
from steward.contracts.event import registry
from steward.edge.resources import Directory
from steward.errors import Transient
from steward.identity import Grant, Role
from steward.identity.credentials import COOKIE
from steward.identity.directory import (
    PRINCIPALS,
    SESSIONS,
    BrowserSession,
    Principal,
    hash_key,
    new_secret,
)
from steward.manifest import Function, Queue, Routes, load_functions
from steward.store.records import Refusal, Session, Store, Transaction
from steward.store.sql import SqlStore
from steward.store.work import open_outbox
from tests.edge_world import KEEPER, TENANT, EdgeWorld, cloud_event, edge_world, record

ROOT = "/api/v1/identity"


class Person(NamedTuple):
    """How somebody signs their requests."""

    headers: Mapping[str, str]
    cookies: tuple[str, ...] = ()


@dataclass
class IdentityWorld:
    """Every function of identity (and others on request) over one store."""

    edge: EdgeWorld
    functions: tuple[Function, ...]
    admin: Person
    timers: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    crash: str | None = None
    """Whether every message is handled first by a process that dies ``before`` or ``after`` its commit."""

    def key(self, role: Role, *, tenant: str = TENANT, **changes: Any) -> Person:
        """Somebody with an API key of that role."""
        return bearer(self.edge.add_key(role, tenant=tenant, changes=changes))

    def person(self, id_: str, *grants: Grant, mfa: bool = False, tenant: str = TENANT) -> Person:
        """A principal who is signed in with a browser, known to the directory alone."""
        work = self.edge.work(tenant=tenant, function=KEEPER)
        if grants:
            work.table("directory").of(PRINCIPALS).put(Principal(id=id_, grants=grants))
        cookie, csrf = new_secret(tenant), "csrf"
        session = BrowserSession(
            hash=hash_key(cookie),
            csrf_hash=hash_key(csrf),
            principal=id_,
            created_at=self.edge.clock(),
            expires_at=self.edge.clock() + timedelta(days=1),
            mfa=mfa,
        )
        work.table("directory").of(SESSIONS).put(session)
        work.commit()
        self.edge.resources.directory.forget()
        return Person({"x-csrf-token": csrf}, (f"{COOKIE}={cookie}",))

    def http(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Person | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and JSON of a request to identity; the directory is read anew."""
        status, answer, _ = self.exchange(
            method, path, body, by=by, query=query or {}, headers=headers or {}
        )
        return status, answer

    def exchange(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Person | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, JSON and headers."""
        who = self.admin if by is None else by
        full = path if path.startswith("/api/") else f"{ROOT}{path}"
        event = {
            "version": "2.0",
            "rawPath": full,
            "rawQueryString": "&".join(f"{k}={v}" for k, v in (query or {}).items()),
            "queryStringParameters": dict(query or {}),
            "headers": {"content-type": "application/json", **who.headers, **(headers or {})},
            "cookies": list(who.cookies),
            "requestContext": {
                "http": {"method": method, "path": full, "sourceIp": "192.0.2.7"},
                "requestId": "q1",
                "stage": "$default",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        self.edge.resources.directory.forget()
        result = self.run(self.route(full), event)
        text = result.get("body")
        given = {**result.get("headers", {}), **_single(result.get("multiValueHeaders", {}))}
        return result["statusCode"], json.loads(text) if text else None, given

    def ok(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """The JSON of a request that succeeds."""
        status, answer = self.http(method, path, body, **how)
        assert status < 300, (method, path, answer)
        return answer

    def route(self, path: str) -> Function:
        for function in self.functions:
            if isinstance(function.trigger, Routes) and any(
                path == each or path.startswith(f"{each}/") for each in function.trigger.paths
            ):
                return function
        raise AssertionError(f"no function answers {path}")

    def run(self, function: Function, event: Mapping[str, Any]) -> Any:
        module, _, name = function.handler.rpartition(".")
        self.edge.resources = self.edge.resources.of(function)
        return self.edge.call(getattr(importlib.import_module(module), name), event)

    def pump(self, *, twice: bool = False) -> None:
        """Carry what was published, and the timers that are due, until it is quiet."""
        while due := self._take():
            for event in due:
                self.published.append(event)
                for _ in range(2 if twice else 1):
                    self._carry(event)

    def forward(self, by: timedelta) -> None:
        self.edge.clock.forward(by)
        self.pump()

    def told(self, type_: str) -> list[dict[str, Any]]:
        """The data of every event of that type so far."""
        return [event["data"] for event in self.published if event["type"] == type_]

    def principal(self, id_: str, *, tenant: str = TENANT) -> Principal | None:
        return self.directory.principal(tenant, id_)

    @property
    def directory(self) -> Directory:
        """The directory as a process sees it that has just started."""
        return Directory(self.edge.resources.store, self.edge.clock)

    def _carry(self, event: Mapping[str, Any]) -> None:
        kind = registry()[event["type"]]
        carried = cloud_event(kind(**event["data"]), id_=event["id"], tenant=event["tenantid"])
        for function in self.functions:
            if isinstance(function.trigger, Queue) and _takes(function.trigger, carried):
                message = {"Records": [record(json.dumps(carried))]}
                if self.crash is not None:
                    self._crash(function, message, self.crash)
                result = self.run(function, message)
                assert (result["batchItemFailures"], self.edge.letters.letters) == ([], [])

    def _crash(self, function: Function, message: Mapping[str, Any], when: str) -> None:
        """Handle the message in a process that dies at its commit."""
        resources = self.edge.resources
        crashing = Crashing(resources.store, when)
        self.edge.resources = replace(resources, store=crashing)
        result = self.run(function, message)
        self.edge.resources = replace(self.edge.resources, store=resources.store)
        assert bool(result["batchItemFailures"]) == crashing.crashed

    def _take(self) -> list[dict[str, Any]]:
        due = []
        for item in self._relayed():
            due += item["events"]
            for timer in item["timers"]:
                if timer["op"] == "cancel":
                    self.timers.pop(timer["key"], None)
                else:
                    at = datetime.fromisoformat(timer["at"])
                    self.timers[timer["key"]] = (at, timer["event"])
        ripe = [key for key, (at, _) in self.timers.items() if at <= self.edge.clock()]
        return due + [self.timers.pop(key)[1] for key in ripe]

    def _relayed(self) -> list[Mapping[str, Any]]:
        store = self.edge.resources.store
        assert isinstance(store, SqlStore)
        found = []
        while records := store.pending():
            found += [
                open_outbox(one.body, self.edge.claims, tenant=one.key.tenant) for one in records
            ]
            store.relayed([one.key for one in records])
        return sorted(found, key=lambda item: str(item["at"]))


class Crashing:
    """A store whose next commit dies, before it is applied or after."""

    def __init__(self, inner: Store, when: str) -> None:
        self.inner = inner
        self.when = when
        self.crashed = False

    def of(self, tenant: str) -> Session:
        return self.inner.of(tenant)

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        if self.crashed:
            return self.inner.commit(transactions)
        self.crashed = True
        if self.when == "after":
            self.inner.commit(transactions)
        raise Transient("the process died")


def identity_world(folder: Path, concerns: Sequence[str] = ("identity",)) -> IdentityWorld:
    """A fresh world with an admin."""
    functions = load_functions(concerns)
    edge = edge_world(folder, functions[0])
    world = IdentityWorld(edge, functions, Person({}))
    world.admin = world.key(Role.ADMIN)
    return world


def bearer(plaintext: str) -> Person:
    """Whoever holds that key or token."""
    return Person({"authorization": f"Bearer {plaintext}"})


def _single(headers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in headers.items() if values}


def _takes(queue: Queue, event: Mapping[str, Any]) -> bool:
    return patterns.compile(queue.event_pattern())(event)
