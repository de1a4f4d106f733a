"""What identity needs: its books, the directory, a post for events, and keepers of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from functions.identity.model.attempts import Attempts
from functions.identity.model.browser import Ticket
from functions.identity.model.devices import Device, UserCode
from functions.identity.model.elevations import Elevation
from functions.identity.model.factors import Factors, Passkey
from functions.identity.model.groups import Group, Membership
from functions.identity.model.invitations import Invitation
from functions.identity.model.oauth import Client, Code, Family, Refresh
from functions.identity.model.outside import Round
from functions.identity.model.passwords import Password, Reset
from functions.identity.model.people import EmailClaim, User
from functions.identity.model.privacy import PrivacyRequest
from functions.identity.model.projects import Project
from functions.identity.model.refusals import Refusals
from functions.identity.model.roster import Roster
from functions.identity.model.services import Service
from functions.identity.model.signer import KeyPair, Signer
from steward.contracts.event import Event
from steward.identity import Caller
from steward.identity.directory import (
    Access,
    ApiKey,
    BrowserSession,
    Ended,
    Issuer,
    Link,
    Principal,
    PublicKey,
    Tenant,
)
from steward.store.work import Entities


class Post(Protocol):
    """Events and timers that leave with the commit."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish the event; only the system's own may go to another tenant."""
        ...

    def at(self, when: datetime, event: Event, *, key: str) -> None:
        """Publish the event at that time, in the place of an earlier timer of the same key."""
        ...

    def cancel(self, key: str) -> None:
        """Drop the timer."""
        ...


@dataclass(frozen=True, slots=True)
class Books:
    """What identity keeps of people, programs and groups, within one Work."""

    users: Entities[User]
    emails: Entities[EmailClaim]
    groups: Entities[Group]
    memberships: Entities[Membership]
    projects: Entities[Project]
    services: Entities[Service]
    rosters: Entities[Roster]
    invitations: Entities[Invitation]
    elevations: Entities[Elevation]
    requests: Entities[PrivacyRequest]


@dataclass(frozen=True, slots=True)
class Register:
    """The tenant's part of the directory, within one Work."""

    principals: Entities[Principal]
    keys: Entities[ApiKey]
    sessions: Entities[BrowserSession]
    links: Entities[Link]
    access: Entities[Access]


@dataclass(frozen=True, slots=True)
class SignInBooks:
    """What is kept of how people and programs sign in, within one Work."""

    users: Entities[User]
    emails: Entities[EmailClaim]
    services: Entities[Service]
    passwords: Entities[Password]
    resets: Entities[Reset]
    attempts: Entities[Attempts]
    factors: Entities[Factors]
    tickets: Entities[Ticket]
    clients: Entities[Client]
    codes: Entities[Code]
    families: Entities[Family]
    refreshes: Entities[Refresh]
    devices: Entities[Device]
    user_codes: Entities[UserCode]
    signers: Entities[Signer]
    rounds: Entities[Round]
    refusals: Entities[Refusals]


@dataclass(frozen=True, slots=True)
class SignInRegister:
    """The directory, as far as signing in writes or reads it afresh."""

    principals: Entities[Principal]
    sessions: Entities[BrowserSession]
    links: Entities[Link]
    issuers: Entities[Issuer]
    public_keys: Entities[PublicKey]
    ended: Entities[Ended]
    tenants: Entities[Tenant]


@dataclass(frozen=True, slots=True)
class SignInDeps:
    """What the use cases of signing in work with, within one Work of one tenant."""

    books: SignInBooks
    register: SignInRegister
    tenant: str
    caller: Caller | None
    now: datetime


class Hasher(Protocol):
    """Slow hashes of passwords."""

    def hash(self, password: str) -> str:
        """The hash to keep."""
        ...

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one; without a hash it takes as long, and it is not."""
        ...

    def stale(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        ...


class Sealer(Protocol):
    """Encryption of what must be readable again; what is sealed opens in its own place alone."""

    def seal(self, text: str, *, place: str) -> str:
        """The text, sealed."""
        ...

    def open(self, sealed: str, *, place: str) -> str:
        """The text.

        Raises:
            BadInput: it was not sealed here, or for another place.
        """
        ...


class OneTimeCodes(Protocol):
    """One-time codes by time."""

    def new_secret(self) -> str:
        """A fresh secret, in the letters that people type into an app."""
        ...

    def at(self, secret: str, step: int) -> str:
        """The code of a step."""
        ...

    def uri(self, secret: str, *, account: str) -> str:
        """What an app reads from a QR code."""
        ...


class PasskeyCheck(Protocol):
    """WebAuthn, for one origin."""

    def registration(self, user: str, name: str, known: tuple[Passkey, ...]) -> tuple[str, str]:
        """The options for the browser as JSON, and the challenge in them."""
        ...

    def register(self, answer: str, *, challenge: str, name: str, now: datetime) -> Passkey:
        """The passkey that the browser made.

        Raises:
            BadInput: its answer does not hold.
        """
        ...

    def assertion(self, known: tuple[Passkey, ...]) -> tuple[str, str]:
        """The options for the browser as JSON, and the challenge in them."""
        ...

    def check(
        self, answer: str, known: tuple[Passkey, ...], *, challenge: str, now: datetime
    ) -> Passkey | None:
        """The passkey that signed the challenge, with its new count; None when none of these did."""
        ...


class Smith(Protocol):
    """Makes signing keys."""

    def forge(self, algorithm: str) -> KeyPair:
        """A fresh key."""
        ...


class Stamp(Protocol):
    """Signs with the keys of Steward."""

    def sign(self, signer: Signer, claims: Mapping[str, Any], *, typ: str) -> str:
        """The token."""
        ...


class Mint(NamedTuple):
    """Randomness: 256 bits in letters that a URL takes, user codes, and letters that people type."""

    secret: Callable[[], str]
    user_code: Callable[[], str]
    letters: Callable[[int], str]
