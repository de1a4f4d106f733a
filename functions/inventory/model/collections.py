"""How the inventory's entities are kept and found again."""

from __future__ import annotations

from functions.inventory.model.resource import ACTIVE, Change, Resource
from steward.store.collection import Collection, Index

_STATE = 64


def _there(value: str, resource: Resource) -> str | None:
    return None if resource.facts.deleted else value


def _state(resource: Resource) -> str:
    # The provider's word may be anything; what could not be a key cannot be asked for either.
    state = resource.facts.state
    return state if state.isprintable() and 0 < len(state) <= _STATE else ACTIVE


# Deleted resources stay out of every index but the one by state, so that lists of what is there
# never wade through what was.
RESOURCES = Collection(
    "resources",
    Resource,
    id=lambda resource: resource.id,
    indexes=(
        Index("by_type", lambda one: _there(one.subject.type, one), lambda one: one.id),
        Index("by_account", lambda one: _there(one.subject.account, one), lambda one: one.id),
        Index("by_region", lambda one: _there(one.subject.region, one), lambda one: one.id),
        Index("by_state", _state, lambda one: one.id, shards=4),
    ),
    audit="digest",
)
CHANGES = Collection(
    "changes",
    Change,
    id=lambda change: change.id,
    indexes=(Index("by_resource", lambda one: one.resource_id, lambda one: one.order),),
    audit="none",
)
