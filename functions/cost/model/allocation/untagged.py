"""What is nobody's, and who may own it: from what the inventory says of the resource, or its account."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.cost.model.explore.answers import Money
from steward.store.collection import Collection, Retention

OWNING: Final = ("team", "owner", "service-owner", "cost-center", "costcenter", "project")
"""Tag keys, in lower case, whose value is likely to say whose a resource is, the likeliest first."""


class LatestChange(BaseModel):
    """The latest change of a resource, as the inventory told of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    at: AwareDatetime
    by: str | None
    paths: tuple[str, ...]


class ResourceOwner(BaseModel):
    """What the inventory says of one resource: whose it is, if that is known, and how it changed last.

    ``names`` are those that a bill may have for it: its native id and its ARN.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    names: tuple[str, ...]
    owner: str | None
    because: str | None
    change: LatestChange
    seen_at: AwareDatetime


OWNERS: Collection[ResourceOwner] = Collection(
    "owners",
    ResourceOwner,
    id=lambda one: one.id,
    retention=Retention(since=lambda one: one.seen_at, days=400, bounds=(30, 3650)),
    # A copy of what the inventory has, whose own trail says how it changed.
    audit="none",
)


class UntaggedLine(BaseModel):
    """Costs of nobody: of which resource, and who may own it, because of what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    account: str
    service: str
    resource: str
    currency: str
    cost: Money
    suggested: str | None
    because: str | None


class Untagged(BaseModel):
    """What no rule gives to anybody in a month, the dearest first; ``total`` of all by currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month: str
    total: dict[str, Money]
    share: dict[str, float]
    lines: tuple[UntaggedLine, ...]
    cut: bool


class Bare(NamedTuple):
    """What a resource of nobody's cost in a month."""

    provider: str
    account: str
    service: str
    resource: str
    currency: str
    cost: Decimal


class Suggestion(NamedTuple):
    """Who may own something, and why it is thought so."""

    owner: str
    because: str


def owner_key(name: str) -> str:
    """The id under which the owner of what a bill calls so is kept."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def stated(tags: Mapping[str, str], owner: str | None, actor: str | None) -> Suggestion | None:
    """Whose a resource is by its tags, by its owner in the inventory, or by who changed it last."""
    folded = {key.lower(): (key, value) for key, value in tags.items() if value.strip()}
    for key in OWNING:
        if key in folded:
            name, found = folded[key]
            return Suggestion(found, f"its tag {name} in the inventory")
    if owner:
        return Suggestion(owner, "its owner in the inventory")
    return None if actor is None else Suggestion(actor, "who changed it last, by the trail")


def neighbour(shares: Iterable[tuple[str, float]]) -> Suggestion | None:
    """The team that bears most of an account, if that is more than half of what teams bear of it."""
    found = [(team, share) for team, share in shares if team and share > 0]
    total = sum(share for _, share in found)
    team, most = max(found, key=lambda one: (one[1], one[0]), default=("", 0.0))
    if not team or most * 2 <= total:
        return None
    return Suggestion(team, f"bears {most / total:.0%} of what teams bear of its account")
