"""Files that arrive in parts: known by the checksum of the whole, which holds or they are none."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.intake.model.sender import Provider
from steward.contracts.intake import ExportReceived
from steward.errors import BadInput
from steward.objects import folder_of

MAX_PARTS = 4096
PART_BYTES = 1024 * 1024
"""A gateway takes little more in one request."""
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What the whole of a file is said to be, once all its parts were sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Provider
    account: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
    name: Annotated[str, Field(min_length=1, max_length=1024)]
    parts: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    size: Annotated[int, Field(ge=0, le=MAX_PARTS * PART_BYTES)]
    sha256: _Hash
    content_type: Annotated[str, Field(max_length=100)] = "application/octet-stream"


class PartKept(BaseModel):
    """A part that is kept; ``size`` in bytes."""

    model_config = ConfigDict(frozen=True)

    part: int
    size: int


def prefix_of(tenant: str, sha256: str) -> str:
    """Where the parts of a file lie."""
    return f"{folder_of(tenant)}exports/{sha256}"


def part_key(prefix: str, part: int) -> str:
    """Where one part lies."""
    return f"{prefix}/{part:05d}"


def check_part(part: int, body: bytes) -> None:
    """Refuse a part that no file of ours has.

    Raises:
        BadInput: its number or size is beyond the limits.
    """
    if not 0 <= part < MAX_PARTS or not 0 < len(body) <= PART_BYTES:
        raise BadInput(
            f"part {part} of {len(body)} bytes: send parts 0 to {MAX_PARTS - 1} of 1 to {PART_BYTES} bytes"
        )


def received(manifest: Manifest, *, tenant: str, sender: str) -> ExportReceived:
    """The file as others of Steward hear of it."""
    prefix = prefix_of(tenant, manifest.sha256)
    return ExportReceived(prefix=prefix, sender=sender, **manifest.model_dump())
