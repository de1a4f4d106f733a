"""A source: one sender's door, with the scheme and the secrets its messages are verified by."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import NotFound
from steward.identity import SYSTEM

MAX_SOURCES = 100
OVERLAP = timedelta(hours=24)
_ID = re.compile(r"([a-z2-7]{2,104})-([0-9a-f]{32})")


class Scheme(StrEnum):
    """How the sender proves itself."""

    SLACK = "slack"
    GITHUB = "github"
    GITLAB = "gitlab"
    WEBHOOK = "webhook"


class SourceKey(BaseModel):
    """A secret by its name, valid until it retires."""

    model_config = ConfigDict(frozen=True)

    secret: str
    created_at: AwareDatetime
    retires_at: AwareDatetime | None = None


class HookSource(BaseModel):
    """One sender; the newest key comes first."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    scheme: Scheme
    keys: tuple[SourceKey, ...]
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def path(self) -> str:
        """Where the sender posts to."""
        return f"/hooks/{self.id}"

    def valid(self, now: datetime) -> tuple[SourceKey, ...]:
        """The keys that verify at this time."""
        return tuple(key for key in self.keys if key.retires_at is None or key.retires_at > now)

    def rotated(self, fresh: SourceKey) -> HookSource:
        """The source with a new key; the others retire after the overlap at the latest."""
        end = fresh.created_at + OVERLAP
        kept = tuple(
            key.model_copy(update={"retires_at": min(end, key.retires_at or end)})
            for key in self.valid(fresh.created_at)
        )
        return self.model_copy(update={"keys": (fresh, *kept), "updated_at": fresh.created_at})


def source_id(tenant: str, token: str) -> str:
    """An opaque id that says whose the source is: the door has no other way to know the tenant.

    It is a place to look, not a proof: the message must still be signed with that source's secret.
    """
    return f"{_encode(tenant)}-{token}"


def tenant_of(id_: str) -> str:
    """The tenant in a source's id.

    Raises:
        NotFound: no id of ours.
    """
    match = _ID.fullmatch(id_)
    if match is None:
        raise unknown(id_)
    code = match[1].upper()
    try:
        tenant = base64.b32decode(code + "=" * (-len(code) % 8)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        tenant = ""
    # One spelling per tenant: base32 has unused bits that decoders ignore.
    known = re.fullmatch(r"[a-z0-9_-]{1,64}", tenant) and tenant != SYSTEM
    if _encode(tenant) != match[1] or not known:
        raise unknown(id_)
    return tenant


def unknown(id_: str) -> NotFound:
    """The refusal of an id that leads nowhere; the same whether it is malformed or not there."""
    return NotFound(f"hook {id_[:40]!r}: no such source; copy the path from the source")


def _encode(tenant: str) -> str:
    return base64.b32encode(tenant.encode()).decode().rstrip("=").lower()
