"""How much is allowed: the named limits of an installation, and the classes that routes belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from steward.errors import BadInput

MAX_COUNT = 1_000_000_000
LEASED_SHARE = 10
"""A process leases at most one token in so many of a bucket."""
_RATE = re.compile(r"([1-9][0-9]{0,9})/(second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class RateClass(StrEnum):
    """What a request costs, in ten kinds; each route is of exactly one."""

    READ = "read"
    WRITE = "write"
    SEARCH = "search"
    EXPORT = "export"
    AUTH_LOGIN = "auth-login"
    AUTH_TOKEN = "auth-token"  # noqa: S105  # the name of a class
    WEBHOOK_IN = "webhook-in"
    VERIFY = "verify"
    ADMIN = "admin"
    PUBLIC_DOC = "public-doc"

    @property
    def fails_closed(self) -> bool:
        """Whether requests are refused while the limits cannot be read.

        Where guessing or mass copying is what the limit stops, no limit is worse than no answer; the rest
        goes on at a rate that each process holds by itself, so that a broken limits table stops no work.
        """
        return self in _CLOSED

    @property
    def body_bytes(self) -> int:
        """The largest body that a request of this class may bring."""
        return _BODIES.get(self, 64 * 1024)


_CLOSED = frozenset(
    {RateClass.AUTH_LOGIN, RateClass.AUTH_TOKEN, RateClass.EXPORT, RateClass.VERIFY}
)
_BODIES = {
    RateClass.WRITE: 1024 * 1024,
    RateClass.WEBHOOK_IN: 1024 * 1024,
    RateClass.VERIFY: 1024 * 1024,
    RateClass.ADMIN: 256 * 1024,
    RateClass.AUTH_LOGIN: 16 * 1024,
    RateClass.AUTH_TOKEN: 16 * 1024,
}
MAX_BODY = max(kind.body_bytes for kind in RateClass)

ADMINISTERED = frozenset(
    {"access", "account", "client", "group", "issuer", "key", "privacy", "project"}
    | {"service", "session", "tenant", "user"}
)
"""The nouns whose writes change who may do what."""
_VERBS = {"search": RateClass.SEARCH, "export": RateClass.EXPORT, "verify": RateClass.VERIFY}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def class_of(method: str, permission: str) -> RateClass:
    """The class of a route that names none, by its method and permission ``<noun>:<verb>``."""
    noun, _, verb = permission.partition(":")
    if verb in _VERBS:
        return _VERBS[verb]
    if method in SAFE:
        return RateClass.READ
    return RateClass.ADMIN if noun in ADMINISTERED else RateClass.WRITE


class Rate(NamedTuple):
    """A bucket's size, and the time in which it fills from empty."""

    size: int
    seconds: int

    @property
    def per_second(self) -> float:
        """Tokens that flow in."""
        return self.size / self.seconds

    @property
    def block(self) -> int:
        """The most that one process leases at once: a tenth, or a single token of a small bucket."""
        return max(1, self.size // LEASED_SHARE)

    @property
    def lease_seconds(self) -> float:
        """How long a lease holds: a forfeited block has flowed in again by then."""
        return self.seconds / LEASED_SHARE


IP, CALLER, TENANT = "ip", "caller", "tenant"
_DEFAULTS = {
    IP: Rate(600, 60),
    CALLER: Rate(100, 60),
    TENANT: Rate(2000, 60),
    RateClass.READ: Rate(100, 60),
    RateClass.WRITE: Rate(60, 60),
    RateClass.SEARCH: Rate(60, 60),
    RateClass.EXPORT: Rate(10, 60),
    RateClass.AUTH_LOGIN: Rate(10, 60),
    RateClass.AUTH_TOKEN: Rate(30, 60),
    RateClass.WEBHOOK_IN: Rate(600, 60),
    RateClass.VERIFY: Rate(30, 60),
    RateClass.ADMIN: Rate(30, 60),
    RateClass.PUBLIC_DOC: Rate(60, 60),
}
NAMES = tuple(str(name) for name in _DEFAULTS)
EVERY = "every"
"""Stands for all names at once in a setting."""


@dataclass(frozen=True)
class Limits:
    """The rate of every name: the defaults, and what an installation or a tenant sets otherwise."""

    changed: Mapping[str, Rate] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Rate:
        """The rate of ``ip``, ``caller``, ``tenant`` or a class."""
        return self._rates[name]

    def over(self, changes: Mapping[str, Rate]) -> Limits:
        """These, with some set otherwise."""
        return Limits({**self.changed, **changes}) if changes else self

    @cached_property
    def _rates(self) -> dict[str, Rate]:
        return {str(name): rate for name, rate in _DEFAULTS.items()} | dict(self.changed)


def rates_of(text: str) -> dict[str, Rate]:
    """The rates in a setting such as ``caller=100/minute search=5/second``.

    Raises:
        BadInput: a name or a rate that there is not.
    """
    rates: dict[str, Rate] = {}
    for word in text.split():
        name, _, written = word.partition("=")
        if name not in (*NAMES, EVERY):
            raise BadInput(f"limit {word[:60]!r}: name one of {', '.join(NAMES)} or {EVERY}")
        names = NAMES if name == EVERY else (name,)
        rates |= dict.fromkeys(names, _rate(word, written))
    return rates


def _rate(word: str, written: str) -> Rate:
    found = _RATE.fullmatch(written)
    if found is None or int(found[1]) > MAX_COUNT:
        raise BadInput(
            f"limit {word[:60]!r}: use NAME=COUNT/second, /minute, /hour or /day, "
            f"with a count of 1 to {MAX_COUNT}"
        )
    return Rate(int(found[1]), _SECONDS[found[2]])
