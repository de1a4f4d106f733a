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
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from pydantic import BaseModel

from steward import manifest
from steward.errors import NotGranted
from steward.identity import SYSTEM, Caller
from steward.identity.credentials import Tokens
from steward.identity.directory import (
    ACCESS,
    ACCESS_ID,
    ACCOUNTS,
    ENDED,
    ISSUERS,
    KEYS,
    LINKS,
    PRINCIPALS,
    PUBLIC_KEYS,
    RETENTION,
    SESSIONS,
    TENANTS,
    Access,
    ApiKey,
    BrowserSession,
    Issuer,
    Link,
    Principal,
    PublicKey,
    Tenant,
    account_id,
    issuer_id,
    link_id,
)
from steward.manifest import DIRECTORY, Function
from steward.objects import Buckets
from steward.secrets import Secrets
from steward.store.collection import Collection
from steward.store.records import Key, Outboxes, Store, Transaction
from steward.store.work import Claims

if TYPE_CHECKING:
    from steward.edge.armour import Armour
    from steward.edge.limiter import Limiter  # only what answers requests limits any
    from steward.identity.cedar import Book
    from steward.identity.jwks import IssuerKeys
    from steward.signing import Signer  # 100 ms of cryptography, paid by those who sign

Clock = Callable[[], datetime]

_KNOWN_FOR = timedelta(seconds=60)
_UNKNOWN_FOR = timedelta(seconds=5)
_REMEMBERED = 10_000
_NO_ACCESS = Access()

E = TypeVar("E", bound=BaseModel)


class DeadLetters(Protocol):
    """Where a message goes that cannot be handled, whole and with the reason."""

    def send(self, body: str, *, reason: Mapping[str, str]) -> None:
        """Keep the message's body with the reason's attributes."""
        ...


@dataclass(slots=True)
class Directory:
    """Reads of the directory table, remembered for a minute; an absence for five seconds.

    Whoever is shut out is so within that minute, wherever the request lands.
    """

    store: Store
    clock: Clock
    _known: dict[tuple[str, str, str], tuple[datetime, Any]] = field(default_factory=dict)

    def tenant_of(self, provider: str, account: str) -> str | None:
        """The tenant that has claimed the account; None when nobody has."""
        found = self._get(ACCOUNTS, SYSTEM, account_id(provider, account))
        return None if found is None else found.tenant

    def tenant(self, tenant: str) -> Tenant | None:
        """The tenant of that id."""
        return self._get(TENANTS, SYSTEM, tenant)

    def retention(self, tenant: str) -> Mapping[str, int]:
        """The days that the tenant has set for each ``table.collection``."""
        found = None if tenant == SYSTEM else self.tenant(tenant)
        return {} if found is None else dict(found.settings.get(RETENTION) or {})

    def issuer(self, issuer: str, audience: str) -> Issuer | None:
        """The issuer, for one audience."""
        return self._get(ISSUERS, SYSTEM, issuer_id(issuer, audience))

    def public_key(self, kid: str) -> PublicKey | None:
        """The public key of Steward's own tokens of that id."""
        return self._get(PUBLIC_KEYS, SYSTEM, kid)

    def key(self, tenant: str, hash_: str) -> ApiKey | None:
        """The tenant's API key of that hash."""
        return self._get(KEYS, tenant, hash_)

    def session(self, tenant: str, hash_: str) -> BrowserSession | None:
        """The tenant's browser session of that hash."""
        return self._get(SESSIONS, tenant, hash_)

    def principal(self, tenant: str, id_: str) -> Principal | None:
        """The tenant's principal of that id."""
        return self._get(PRINCIPALS, tenant, id_)

    def ended(self, tenant: str, sid: str) -> bool:
        """Whether the tenant's sign-in was revoked; that it was not is remembered as what is known."""
        return self._get(ENDED, tenant, sid, absent_for=_KNOWN_FOR) is not None

    def link(self, tenant: str, issuer: str, subject: str) -> Link | None:
        """Whom an issuer's subject signs in as."""
        return self._get(LINKS, tenant, link_id(issuer, subject))

    def access(self, tenant: str) -> Access:
        """The tenant's policies and projects."""
        return self._get(ACCESS, tenant, ACCESS_ID) or _NO_ACCESS

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._known.clear()

    def _get(
        self,
        collection: Collection[E],
        tenant: str,
        id_: str,
        *,
        absent_for: timedelta = _UNKNOWN_FOR,
    ) -> E | None:
        place = (collection.name, tenant, id_)
        until, found = self._known.get(place, (None, None))
        if until is not None and until > self.clock():
            return cast("E | None", found)
        body = self._read(collection.name, tenant, id_)
        found = None if body is None else collection.entity.model_validate_json(body)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        life = absent_for if found is None else _KNOWN_FOR
        self._known[place] = (self.clock() + life, found)
        return found

    def _read(self, collection: str, tenant: str, id_: str) -> str | None:
        key = Key(DIRECTORY.name, tenant, collection, id_)
        record = self.store.of(tenant).get(key, now=int(self.clock().timestamp()))
        return None if record is None else record.body


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def random_id() -> str:
    """A fresh random id."""
    return uuid.uuid4().hex


@cache
def remembered_keys() -> IssuerKeys:
    """The keys of issuers that this process remembers.

    STEWARD_ISSUER_ALLOW names issuers in private networks as ``host:port``, separated by commas;
    all others are reached at public addresses only.
    """
    from steward.edge.armour import NONE
    from steward.identity.jwks import IssuerKeys, issuer_outbound, over

    said = os.environ.get("STEWARD_ISSUER_ALLOW", NONE)
    return IssuerKeys(over(issuer_outbound("" if said == NONE else said)))


@dataclass(frozen=True, slots=True)
class Bearers:
    """Verifies bearer tokens; what that takes is loaded at the first one."""

    directory: Directory
    keys: Callable[[], IssuerKeys] = remembered_keys

    def caller(self, token: str, *, now: datetime) -> Caller:
        """The caller that the token stands for.

        Raises:
            Unauthenticated: the token does not hold.
        """
        # PyJWT and cryptography take 100 ms to import, which API keys and cookies need not pay.
        from steward.identity.tokens import Verifier

        return Verifier(self.directory, self.keys()).caller(token, now=now)


def no_signer(name: str) -> Signer:
    """Refuse: for functions that sign nothing.

    Raises:
        NotGranted: always.
    """
    raise NotGranted(
        f"signer {name!r}: is not among the function's uses; declare it in the manifest"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The ports of one function; the same shape in Lambda, embedded and in tests."""

    function: Function
    store: Store
    claims: Claims
    secrets: Secrets
    buckets: Buckets
    dead_letters: DeadLetters
    directory: Directory
    limiter: Limiter
    armour: Armour
    clock: Clock = utc_now
    new_id: Callable[[], str] = random_id
    environment: str = "embedded"
    issuer_keys: Callable[[], IssuerKeys] = remembered_keys
    signers: Callable[[str], Signer] = no_signer
    """The signing keys that the manifest names."""
    committed: Callable[[Sequence[Transaction]], None] | None = None
    """Told of commits that hold an outbox item; on Aurora it pokes the relay."""

    @property
    def tokens(self) -> Tokens:
        """Who tells good bearer tokens from bad ones."""
        return Bearers(self.directory, self.issuer_keys)

    def book(self, tenant: str) -> Book:
        """The tenant's compiled policies."""
        # cedarpy takes 60 ms to import, which only functions that answer requests should pay.
        from steward.identity.cedar import LIBRARY

        return LIBRARY.of(tenant, self.directory.access(tenant))

    def outboxes(self) -> Outboxes:
        """The outboxes of all tables.

        Raises:
            NotGranted: the manifest does not name them.
        """
        if not any(isinstance(r, manifest.Outboxes) for r in self.function.uses):
            raise NotGranted(
                f"function {self.function.id}: the outboxes are not among its uses; declare them in the "
                "manifest"
            )
        # Every store reads both ways; the manifest's grant is what tells them apart.
        return cast("Outboxes", self.store)

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
