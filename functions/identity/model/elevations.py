"""Break-glass and borrowed identities: for how long, and what is written down of them."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection, Index, Retention

MAX_MINUTES = 60
BORROWED_FOR = timedelta(minutes=30)


class Elevation(BaseModel):
    """Somebody broke the glass: admin of the tenant until then."""

    model_config = ConfigDict(frozen=True)

    id: str
    principal: str
    reason: str
    since: AwareDatetime
    until: AwareDatetime
    ended_at: AwareDatetime | None = None


ELEVATIONS = Collection(
    "elevations",
    Elevation,
    id=lambda elevation: elevation.id,
    indexes=(Index("by_time", lambda _: "all", lambda elevation: elevation.since.isoformat()),),
    retention=Retention(since=lambda each: each.since, days=400, bounds=(90, 3650)),
)
