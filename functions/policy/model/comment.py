"""What people write to each other about a finding."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection, Index


class Comment(BaseModel):
    """One remark; it is never edited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    finding_id: str
    at: AwareDatetime
    by: str
    text: str


COMMENTS = Collection(
    "comments",
    Comment,
    id=lambda comment: comment.id,
    indexes=(
        Index(
            "by_finding",
            key=lambda comment: comment.finding_id,
            sort=lambda comment: comment.at.isoformat(),
        ),
    ),
)
