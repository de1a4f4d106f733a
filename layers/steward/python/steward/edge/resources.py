"""What a running function holds: its manifest entry and the adapters behind its ports."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol, cast

from steward.identity import SYSTEM
from steward.identity.directory import ACCOUNTS, KEYS, Account, ApiKey, account_id
from steward.manifest import DIRECTORY, Function
from steward.objects import Objects
from steward.secrets import Secrets
from steward.store.records import Key, Store, Transaction
from steward.store.work import Claims

Clock = Callable[[], datetime]

_KNOWN_FOR = timedelta(seconds=60)
_UNKNOWN_FOR = timedelta(seconds=5)
_REMEMBERED = 10_000
_ABSENT: Any = object()


class DeadLetters(Protocol):
    """Where a message goes that cannot be handled, whole and with the reason."""

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        """Keep the message's body with the reason's attributes."""
        ...


@dataclass(slots=True)
class Directory:
    """Reads of the directory table, remembered for a minute; an absence for five seconds."""

    store: Store
    clock: Clock
    _accounts: dict[str, tuple[datetime, Account | None]] = field(default_factory=dict)
    _keys: dict[str, tuple[datetime, ApiKey | None]] = field(default_factory=dict)

    def tenant_of(self, provider: str, account: str) -> str | None:
        """The tenant that has claimed the account; None when nobody has."""
        id_ = account_id(provider, account)
        found = self._remembered(self._accounts, id_)
        if found is _ABSENT:
            body = self._read(ACCOUNTS.name, id_)
            found = None if body is None else Account.model_validate_json(body)
            self._remember(self._accounts, id_, found)
        return None if found is None else found.tenant

    def key(self, hash_: str) -> ApiKey | None:
        """The API key of that hash."""
        found = self._remembered(self._keys, hash_)
        if found is _ABSENT:
            body = self._read(KEYS.name, hash_)
            found = None if body is None else ApiKey.model_validate_json(body)
            self._remember(self._keys, hash_, found)
        return cast("ApiKey | None", found)

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._accounts.clear()
        self._keys.clear()

    def _remembered(self, known: Mapping[str, tuple[datetime, Any]], id_: str) -> Any:
        until, found = known.get(id_, (None, None))
        return found if until is not None and until > self.clock() else _ABSENT

    def _remember(self, known: dict[str, Any], id_: str, found: object) -> None:
        if len(known) >= _REMEMBERED:
            known.clear()
        known[id_] = (self.clock() + (_UNKNOWN_FOR if found is None else _KNOWN_FOR), found)

    def _read(self, collection: str, id_: str) -> str | None:
        key = Key(DIRECTORY.name, SYSTEM, collection, id_)
        record = self.store.get(key, now=int(self.clock().timestamp()))
        return None if record is None else record.body


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def random_id() -> str:
    """A fresh random id."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The ports of one function; the same shape in Lambda, embedded and in tests."""

    function: Function
    store: Store
    claims: Claims
    secrets: Secrets
    buckets: Callable[[str], Objects]
    dead_letters: DeadLetters
    directory: Directory
    clock: Clock = utc_now
    new_id: Callable[[], str] = random_id
    environment: str = "embedded"
    committed: Callable[[Sequence[Transaction]], None] | None = None
    """Told of commits that hold an outbox item; on Aurora it pokes the relay."""

    def of(self, function: Function) -> Resources:
        """The same adapters for another function."""
        return replace(self, function=function)


_BOUND: ContextVar[Resources | None] = ContextVar("steward_resources", default=None)


@contextmanager
def bind(resources: Resources) -> Iterator[None]:
    """Run handlers with these resources, in this context only."""
    token = _BOUND.set(resources)
    try:
        yield
    finally:
        _BOUND.reset(token)


def current() -> Resources:
    """The bound resources, or in Lambda those that the environment describes."""
    return _BOUND.get() or _lambda_resources()


@cache
def _lambda_resources() -> Resources:
    from steward.edge.aws import resources_from  # boto3 is not needed when embedded

    return resources_from(os.environ)
