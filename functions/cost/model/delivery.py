"""A delivery: the files that a cloud handed in together, and what became of them."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.errors import BadInput
from steward.identity.items import Facts

SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SHOWN: Final = 500
"""Characters of a reason that are kept."""


class BillDeliveryStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """Not all of its files are there."""
    DUE = "due"
    INGESTED = "ingested"
    DUPLICATE = "duplicate"
    """It says what its period consists of already."""
    SUPERSEDED = "superseded"
    """A later statement of its period was taken in before it came."""
    REFUSED = "refused"
    """Kept aside, with the reason; what its period consisted of stays."""


class Period(BaseModel):
    """What a delivery holds of one billing period; ``billed`` is the exact sum by currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: int
    billed: dict[str, str] = Field(default_factory=dict)


class Violation(BaseModel):
    """A rule of FOCUS that rows of a delivery break, how many do, and one value that does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    rows: int
    example: str | None = None


class BillDelivery(BaseModel):
    """The files of one statement of a source's costs, in the order in which they are read.

    ``files`` are keys in the bucket of bills; ``missing`` are those that were announced and are not there.
    ``issued_at`` is when the cloud made the statement: of two statements of a period the later one counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    source: str
    key: str
    etag: str
    received_at: AwareDatetime
    issued_at: AwareDatetime
    status: BillDeliveryStatus
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    period: str | None = None
    """The billing period that the manifest names, as 2026-01."""
    kind: str | None = None
    """What the manifest calls the statement, as AmortizedCost."""
    reason: str | None = None
    format: str | None = None
    version: str | None = None
    """Of FOCUS, as far as the columns tell."""
    digest: str | None = None
    periods: tuple[Period, ...] = ()
    violations: tuple[Violation, ...] = ()
    rows: int = 0
    flagged: int = 0
    settled_at: AwareDatetime | None = None

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id)

    def refused(self, reason: str, *, at: AwareDatetime) -> Self:
        """The delivery, kept aside."""
        return self.settled(BillDeliveryStatus.REFUSED, at=at, reason=reason)

    def settled(
        self, status: BillDeliveryStatus, *, at: AwareDatetime, reason: str | None = None
    ) -> Self:
        """The delivery with what became of it."""
        said = None if reason is None else " ".join(reason.split())[:SHOWN]
        return self.model_copy(update={"status": status, "reason": said, "settled_at": at})


class Inbox(BaseModel):
    """Where statements are put: the prefix of their keys, and the folder that is, if it is one here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: str
    folder: str | None


def delivery_id(source: str, key: str, etag: str) -> str:
    """The id of one version of what lies under a key: the same however often it is told."""
    place = f"{source}\x1f{key}\x1f{etag}"
    return f"dlv_{hashlib.sha256(place.encode()).hexdigest()[:22]}"


def source_of(key: str, tenant: str) -> str:
    """The source whose folder an object lies in: ``tenants/<tenant>/<source>/...``.

    Raises:
        BadInput: it lies in none, or the folder's name is no source's.
    """
    below = key.removeprefix(f"tenants/{tenant}/")
    name, slash, rest = below.partition("/")
    if below == key or not slash or not rest or not SOURCE.fullmatch(name):
        raise BadInput(
            f"bill {key[:120]!r}: put it in a folder of its source, as tenants/{tenant}/aws-main/..., named "
            "in up to 40 lower-case letters, digits and '-'"
        )
    return name
