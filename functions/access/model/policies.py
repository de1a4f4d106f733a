"""A tenant's own policies over time: versions to look at, and to go back to."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.identity.directory import Policy
from steward.store.collection import Collection, Index

KEPT = 100
"""Versions that are kept; older ones are in the audit trail alone."""

Change: TypeAlias = Literal["put", "removed", "restored"]


class Frozen(BaseModel):
    """What is taken and shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Revision(Frozen):
    """All of a tenant's own policies as one change left them; ``touched`` are the ids that differ."""

    version: int
    at: AwareDatetime
    by: str
    change: Change
    touched: tuple[str, ...]
    note: str
    policies: tuple[Policy, ...]

    @property
    def id(self) -> str:
        """The version, so that ids sort as versions do."""
        return revision_id(self.version)


class PolicyText(Frozen):
    """A Cedar policy as it is put, and why."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    note: Annotated[str, Field(max_length=200)] = ""


class PolicyView(Frozen):
    """A policy with what it can touch: its effect and the permissions its scope admits."""

    id: str
    effect: Literal["permit", "forbid"]
    permissions: tuple[str, ...]
    text: str


class RevisionView(Frozen):
    """One version in the history."""

    version: int
    at: AwareDatetime
    by: str
    change: Change
    touched: tuple[str, ...]
    note: str
    policies: tuple[str, ...]


REVISIONS = Collection(
    "revisions",
    Revision,
    id=lambda revision: revision.id,
    indexes=(Index("by_age", lambda _: "all", lambda revision: revision.id),),
    # The directory's own entry holds the texts before and after.
    audit="digest",
)


def revision_id(version: int) -> str:
    """The id of a version."""
    return f"{version:010d}"


def differing(before: tuple[Policy, ...], after: tuple[Policy, ...]) -> tuple[str, ...]:
    """The ids of the policies that are only on one side, or not the same on both."""
    return tuple(sorted({policy.id for policy in set(before) ^ set(after)}))
