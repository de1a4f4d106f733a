"""Where messages go: Slack, a signed webhook or e-mail. Secrets are named here, never held."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

MAX_ENDPOINTS = 25
"""A finding may reach them all in one Work: three items each, of at most ninety."""
OVERLAP = timedelta(hours=24)
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,}")


def _check_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address[:80]!r} is no e-mail address; use name@example.com")
    return address


MailAddress: TypeAlias = Annotated[str, AfterValidator(_check_address)]


class EndpointStatus(StrEnum):
    """Whether it gets messages."""

    ACTIVE = "active"
    DISABLED = "disabled"


class SigningKey(BaseModel):
    """A key by the name of its secret; ``verifying`` is shown when it is a public key."""

    model_config = ConfigDict(frozen=True)

    secret: str
    created_at: AwareDatetime
    retires_at: AwareDatetime | None = None
    verifying: str | None = None


class SlackWebhook(BaseModel):
    """An incoming webhook: its URL is the credential, so the whole of it is a secret."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["slack-webhook"] = "slack-webhook"
    secret: str


class SlackBot(BaseModel):
    """A bot's token, and the channel it posts to."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["slack-bot"] = "slack-bot"
    secret: str
    channel: str


class Webhook(BaseModel):
    """A Standard Webhooks receiver; the newest key comes first."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["webhook"] = "webhook"
    url: str
    algorithm: Literal["hmac", "ed25519"]
    keys: tuple[SigningKey, ...]

    def signing(self, now: datetime) -> tuple[SigningKey, ...]:
        """The keys that sign at this time: the newest, and those whose overlap still runs."""
        return tuple(key for key in self.keys if key.retires_at is None or key.retires_at > now)

    def rotated(self, fresh: SigningKey, *, overlap: timedelta) -> Webhook:
        """The endpoint with a new key; the others retire after the overlap at the latest."""
        end = fresh.created_at + overlap
        kept = tuple(
            key.model_copy(update={"retires_at": min(end, key.retires_at or end)})
            for key in self.signing(fresh.created_at)
        )
        return self.model_copy(update={"keys": (fresh, *kept)})


class Mailbox(BaseModel):
    """Addresses that get the message as e-mail, from a sender that SES has verified."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["email"] = "email"
    sender: MailAddress
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=20)]


Destination: TypeAlias = Annotated[
    SlackWebhook | SlackBot | Webhook | Mailbox, Field(discriminator="kind")
]


class Endpoint(BaseModel):
    """One place that gets messages."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    destination: Destination
    status: EndpointStatus = EndpointStatus.ACTIVE
    disabled_reason: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all its secrets."""
        destination = self.destination
        if isinstance(destination, Webhook):
            return tuple(key.secret for key in destination.keys)
        return () if isinstance(destination, Mailbox) else (destination.secret,)

    def disabled(self, reason: str, *, now: datetime) -> Endpoint:
        """The endpoint, which gets no more messages."""
        return self.model_copy(
            update={
                "status": EndpointStatus.DISABLED,
                "disabled_reason": reason,
                "updated_at": now,
            }
        )
