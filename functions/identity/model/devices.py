"""Signing in a device that has no browser: RFC 8628."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.identity.model.oauth import OAuthError
from steward.store.collection import Collection

LIFE = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
# RFC 8628 6.1: consonants alone spell no words, and none looks like a digit.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8


class Device(BaseModel):
    """A device that waits, by the hash of its code; who approved it, once somebody did."""

    model_config = ConfigDict(frozen=True)

    id: str
    client: str
    scope: str
    user_code: str
    asked_from: str
    expires_at: AwareDatetime
    interval: timedelta = INTERVAL
    polled_at: AwareDatetime | None = None
    tenant: str = ""
    principal: str = ""
    mfa: bool = False
    decided_at: AwareDatetime | None = None

    @property
    def denied(self) -> bool:
        """Whether somebody said no."""
        return self.decided_at is not None and not self.principal

    def polled(self, now: datetime) -> Device:
        """After one more question; five seconds slower when it came too early."""
        early = self.polled_at is not None and now - self.polled_at < self.interval
        slower = self.interval + INTERVAL if early else self.interval
        return self.model_copy(update={"polled_at": now, "interval": slower})


class UserCode(BaseModel):
    """What the person types, and the device it stands for."""

    model_config = ConfigDict(frozen=True)

    id: str
    device: str
    expires_at: AwareDatetime


DEVICES = Collection(
    "devices",
    Device,
    id=lambda device: device.id,
    expires=lambda device: device.expires_at,
    audit="digest",
    listed=False,
)
USER_CODES = Collection(
    "user-codes",
    UserCode,
    id=lambda code: code.id,
    expires=lambda code: code.expires_at,
    audit="none",
    listed=False,
)


def plain_code(typed: str) -> str:
    """What somebody typed, without what they put between; empty when it is no code."""
    plain = re.sub(r"[\s-]", "", typed).upper()
    fine = len(plain) == CODE_LENGTH and set(plain) <= set(ALPHABET)
    return plain if fine else ""


def shown_code(plain: str) -> str:
    """The code as it is read out."""
    return f"{plain[:4]}-{plain[4:]}"


def verdict(before: Device | None, *, client: str, now: datetime) -> OAuthError | None:
    """What a waiting device hears; None when it has been approved."""
    if before is None or before.client != client or before.expires_at <= now:
        return OAuthError("expired_token", "device_code: unknown or expired; begin again")
    if before.denied:
        return OAuthError("access_denied", "the sign-in was refused")
    if before.polled(now).interval > before.interval:
        return OAuthError("slow_down", "asked too soon; wait five seconds longer from now on")
    if before.decided_at is None:
        return OAuthError("authorization_pending", "nobody has approved yet; ask again")
    return None
