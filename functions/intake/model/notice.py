"""What senders post: notices in the envelope that raw events have everywhere, some to a delivery."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from functions.intake.model.sender import Provider
from steward.contracts.event import first_fault
from steward.contracts.intake import NoticeReceived
from steward.errors import BadInput
from steward.store.collection import Collection, Index

MAX_NOTICES = 100
DEPTH = 64
KEPT_FOR = timedelta(days=30)
_Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]


class Notice(BaseModel):
    """One message of another cloud; ``id`` is its own there, the same however often it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=512)]
    provider: Provider
    account: _Word
    source: _Word
    kind: _Word
    at: AwareDatetime
    region: Annotated[str, Field(max_length=64)] = ""
    detail: dict[str, Any]

    def received(self, sender: str) -> NoticeReceived:
        """The notice as others of Steward hear of it."""
        plain = self.model_dump(exclude={"id"})
        return NoticeReceived(notice_id=self.id, sender=sender, **plain)


class Outcome(StrEnum):
    """What became of a notice."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    HELD = "held"
    REFUSED = "refused"
    RETRY = "retry"


class Result(BaseModel):
    """What became of one notice of a delivery, in the order they were sent.

    ``accepted``: it is on its way; ``repeated``: it was taken in before; ``held``: nobody has claimed its
    account yet, and it waits; ``refused``: it never will be; ``retry``: send it again.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    outcome: Outcome
    reason: str = ""


class Held(BaseModel):
    """A notice of an account that the tenant has not claimed, until it does."""

    model_config = ConfigDict(frozen=True)

    id: str
    account: str
    received_at: AwareDatetime
    notice: NoticeReceived


HELD = Collection(
    "held",
    Held,
    id=lambda held: held.id,
    indexes=(
        Index("by_account", lambda held: held.account, lambda held: held.received_at.isoformat()),
    ),
    expires=lambda held: held.received_at + KEPT_FOR,
    audit="none",
)


def digest(body: bytes) -> str:
    """What a delivery is known by: its bytes."""
    return hashlib.sha256(body).hexdigest()


def notices(body: bytes) -> list[Any]:
    """The notices of a delivery, each still to be read.

    Raises:
        BadInput: it is no JSON object with a list of them.
    """
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"delivery: not JSON ({error}); send an object with a list 'notices'"
        ) from error
    listed = found.get("notices") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_NOTICES:
        raise BadInput(f"delivery: 'notices' is no list of 1 to {MAX_NOTICES}; send them in parts")
    return listed


def read(item: Any) -> Notice:
    """One notice.

    Raises:
        BadInput: it breaks a rule; the first field at fault is named.
    """
    if _deeper_than(item, DEPTH):
        raise BadInput(f"notice: nested more than {DEPTH} levels deep; no cloud does that")
    try:
        notice = Notice.model_validate(item)
        json.dumps(notice.detail, ensure_ascii=False).encode()
    except ValidationError as error:
        raise BadInput(f"notice: {first_fault(error)}") from error
    except UnicodeEncodeError as error:
        raise BadInput("notice: has half of a surrogate pair; send valid Unicode") from error
    return notice


def check_sender(notice: Notice, provider: str) -> None:
    """Refuse a notice of another cloud than the sender's own.

    Raises:
        BadInput: it is one.
    """
    if notice.provider != provider:
        raise BadInput(f"notice of {notice.provider}: its sender runs in {provider}")


def name_of(item: Any) -> str:
    """What a notice calls itself, as far as it can be read."""
    id_ = item.get("id") if isinstance(item, dict) else None
    return id_[:512] if isinstance(id_, str) else ""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper_than(one, levels - 1) for one in inner)
