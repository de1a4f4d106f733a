"""A person's request to see, or to have erased, what is kept about them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.identity.model.closings import Part
from steward.store.collection import Collection, Index


class PrivacyKind(StrEnum):
    """What the person asks for."""

    ACCESS = "access"
    ERASURE = "erasure"


class PrivacyState(StrEnum):
    """Whether every concern has reported."""

    RUNNING = "running"
    DONE = "done"


class PrivacyRequest(BaseModel):
    """One request, and what each concern reported; the record names the person by their id alone."""

    model_config = ConfigDict(frozen=True)

    id: str
    person: str
    kind: PrivacyKind
    state: PrivacyState = PrivacyState.RUNNING
    missing: tuple[str, ...]
    """Concerns that have not reported yet."""
    parts: tuple[Part, ...] = ()
    requested_by: str
    requested_at: AwareDatetime
    done_at: AwareDatetime | None = None


PRIVACY_REQUESTS = Collection(
    "privacy-requests",
    PrivacyRequest,
    id=lambda request: request.id,
    indexes=(Index("by_time", lambda _: "all", lambda each: each.requested_at.isoformat()),),
)
