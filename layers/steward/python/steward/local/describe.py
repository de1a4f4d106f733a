"""What the local runtime does for each function, in words that a deployment can be compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from steward.local.queues import limits_of
from steward.manifest import (
    Function,
    Objects,
    Outboxes,
    Poke,
    Queue,
    Routes,
    Schedule,
    Secret,
    Signer,
    StoreKind,
    Stream,
    Table,
    Trail,
)

Kind: TypeAlias = Literal["queue", "schedule", "routes", "stream", "poke", "trail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One function: what starts it, what it may touch, and where its failures go.

    ``visibility`` and ``timeout`` are in seconds, ``memory`` in MiB; what a trigger does not have is
    None.
    """

    kind: Kind
    bus: str | None = None
    pattern: Mapping[str, Any] | None = None
    batch_size: int | None = None
    max_receives: int | None = None
    max_concurrency: int | None = None
    visibility: int | None = None
    expression: str | None = None
    timezone: str | None = None
    routes: tuple[str, ...] = ()
    timeout: int
    memory: int
    environment: tuple[str, ...]
    tables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    signers: Mapping[str, str] = field(default_factory=dict)
    outboxes: bool = False
    """Whether it reads the outboxes of all tables."""
    trail: bool = False
    """Whether it puts audit parts on the trail."""
    mail: bool = False
    enters: bool = False
    """Whether it may assume the roles by which accounts let Steward in."""
    carried_to: str | None = None
    """The bus that the function's outbox ends on."""
    dead_letters: bool


def describe(functions: Iterable[Function], *, store: StoreKind) -> dict[str, Description]:
    """Every function of that flavour, by id."""
    return {f.id: _describe(f, store) for f in functions if store in f.stores}


def _describe(function: Function, store: StoreKind) -> Description:
    tables = [resource for resource in function.resources if isinstance(resource, Table)]
    secrets = [resource for resource in function.resources if isinstance(resource, Secret)]
    return Description(
        **_trigger(function),
        timeout=function.timeout,
        memory=function.memory,
        environment=function.environment(store),
        # One PostgreSQL holds all tables behind row-level security; there IAM grants the database.
        tables={t.name: t.access.value for t in tables} if store == "dynamodb" else {},
        secrets={s.name: s.access.value for s in secrets},
        signers={r.name: r.access.value for r in function.uses if isinstance(r, Signer)},
        outboxes=store == "dynamodb" and any(isinstance(r, Outboxes) for r in function.uses),
        # The relays alone do, and those are AWS's.
        trail=isinstance(function.trigger, Stream | Poke),
        mail=function.mail,
        enters=function.enters,
        carried_to="steward" if function.home is not None else None,
        dead_letters=not isinstance(function.trigger, Routes),
    )


def _trigger(function: Function) -> dict[str, Any]:
    match function.trigger:
        case Queue() as queue:
            return _queue(function) | {"bus": queue.bus, "pattern": queue.event_pattern()}
        case Objects() as objects:
            return _queue(function) | {"bus": "default", "pattern": objects.event_pattern()}
        case Trail():
            return _queue(function) | {"kind": "trail"}
        case Poke() as poke:
            # The relay is a thread here: what its AWS form does is the manifest's word.
            return {
                "kind": "poke",
                "batch_size": poke.batch_size,
                "max_receives": poke.max_receives,
                "max_concurrency": poke.max_concurrency,
                "visibility": int(function.visibility_timeout.total_seconds()),
            }
        case Schedule() as schedule:
            return {
                "kind": "schedule",
                "expression": schedule.expression,
                "timezone": schedule.timezone,
                "max_receives": limits.max_receives if (limits := limits_of(function)) else None,
            }
        case Stream() as stream:
            return {"kind": "stream", "batch_size": stream.batch_size}
        case Routes() as routes:
            return {"kind": "routes", "routes": tuple(sorted(_served(routes)))}


def _queue(function: Function) -> dict[str, Any]:
    limits = limits_of(function)
    if limits is None:
        raise TypeError(f"function {function.id}: the local runtime has no queue for its trigger")
    return {
        "kind": "queue",
        "batch_size": limits.batch_size,
        "max_receives": limits.max_receives,
        "max_concurrency": limits.max_concurrency,
        "visibility": int(limits.visibility.total_seconds()),
    }


def _served(routes: Routes) -> list[str]:
    return [f"{routes.api} {path}{below}" for path in routes.paths for below in ("", "/{proxy+}")]
