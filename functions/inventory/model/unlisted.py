"""Resources that only others have told of: alive, and in no listing since they came.

What a sweep saw is in its census, so that the next one knows what is missing. These are in none: without
a word of their own, one whose end nobody reports would be taken for alive for ever.
"""

from __future__ import annotations

from typing import Self

from functions.inventory.model.resource import Frozen, Resource
from steward.store.collection import Collection, Index


class Unlisted(Frozen):
    """One that no listing has shown yet, by the id of its resource, and where a listing would show it."""

    id: str
    provider: str
    account: str
    region: str
    type: str

    @classmethod
    def of(cls, resource: Resource) -> Self:
        """The note about a resource."""
        subject = resource.subject
        return cls(
            id=resource.id,
            provider=subject.provider,
            account=subject.account,
            region=subject.region,
            type=subject.type,
        )


def place_of(provider: str, account: str, type_name: str) -> str:
    """The index key of those that the listings of one type in one account would show."""
    return f"{provider}/{account}/{type_name}"


UNLISTED: Collection[Unlisted] = Collection(
    "unlisted",
    Unlisted,
    id=lambda one: one.id,
    indexes=(
        Index(
            "by_place",
            lambda one: place_of(one.provider, one.account, one.type),
            lambda one: one.region,
        ),
    ),
    audit="none",
)
