"""How the inventory's entities are kept and found again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Protocol

from functions.inventory.model.claims import CloudAccount
from functions.inventory.model.graph.locators import locate
from functions.inventory.model.parts import PartStatus
from functions.inventory.model.resource import ACTIVE, DELETED, Change, Resource
from functions.inventory.model.sweeps import Sweep
from steward.identity.directory import account_id
from steward.store.collection import Collection, Index

_STATE = 64
_EVERY = "all"
SWEEP_KEPT = timedelta(days=90)
"""How long a sweep can be looked up after it began."""


_SORT = 400


def shelf(value: str, *, deleted: bool = False) -> str:
    """Where resources of one type, account or region stand: what is gone stands apart."""
    return f"{value} {DELETED}" if deleted else value


def sort_of(name: str) -> str:
    """A native id or locator as an index sorts by it; what is too long or odd sorts by its digest."""
    if len(name) <= _SORT and name.isascii() and name.isprintable():
        return name
    return "sha256:" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _there(value: str, resource: Resource) -> str:
    return shelf(value, deleted=resource.facts.deleted)


def _by_native_id(resource: Resource) -> str:
    return sort_of(resource.subject.native_id)


def _by_locator(resource: Resource) -> str:
    place = locate(resource.facts.arn or resource.subject.native_id)
    return resource.id if place is None else sort_of(place.text)


def _state(resource: Resource) -> str:
    # The provider's word may be anything; what could not be a key cannot be asked for either.
    state = resource.facts.state
    return state if state.isprintable() and 0 < len(state) <= _STATE else ACTIVE


def _actor(change: Change) -> str | None:
    return None if change.actor is None else sort_of(change.actor.who)


def day_of(recorded_at: datetime) -> str:
    """The index key that everything recorded on that day stands under."""
    return recorded_at.astimezone(UTC).date().isoformat()


def moment_of(recorded_at: datetime) -> str:
    """An instant as the index by day sorts it."""
    return recorded_at.astimezone(UTC).isoformat(timespec="microseconds")


class _Recorded(Protocol):
    @property
    def recorded_at(self) -> datetime | None: ...


def _recorded_on(one: _Recorded) -> str | None:
    return None if one.recorded_at is None else day_of(one.recorded_at)


def _recorded_at(one: _Recorded) -> str:
    return "" if one.recorded_at is None else moment_of(one.recorded_at)


# Deleted resources stand on shelves of their own, so that lists of what is there never wade through
# what was. The sort values find one resource by its type and native id, or by its account and ARN.
RESOURCES: Collection[Resource] = Collection(
    "resources",
    Resource,
    id=lambda resource: resource.id,
    indexes=(
        Index("by_type", lambda one: _there(one.subject.type, one), _by_native_id),
        Index("by_account", lambda one: _there(one.subject.account, one), _by_locator),
        Index("by_recorded", _recorded_on, _recorded_at, shards=4),
        Index("by_state", _state, lambda one: one.id, shards=4),
    ),
    audit="digest",
)
CHANGES: Collection[Change] = Collection(
    "changes",
    Change,
    id=lambda change: change.id,
    indexes=(
        Index("by_resource", lambda one: one.resource_id, lambda one: one.order),
        Index("by_account", lambda one: one.account or None, lambda one: one.order, shards=4),
        Index("by_actor", _actor, lambda one: one.order),
        Index("by_recorded", _recorded_on, _recorded_at, shards=4),
    ),
    audit="none",
)
CLAIMS = Collection(
    "claims",
    CloudAccount,
    id=lambda account: account.id,
    indexes=(
        Index("by_organization", lambda one: one.member_of or None, lambda one: one.account),
        Index("by_state", lambda one: one.state, lambda one: one.id),
    ),
    expires=lambda account: account.forgotten_at,
    secret=("external_id", "actor_external_id"),
)
SWEEPS = Collection(
    "sweeps",
    Sweep,
    id=lambda sweep: sweep.id,
    indexes=(
        Index("by_time", lambda _: _EVERY, lambda one: one.begun_at.isoformat()),
        Index("by_state", lambda one: one.state, lambda one: one.begun_at.isoformat()),
    ),
    expires=lambda sweep: sweep.begun_at + SWEEP_KEPT,
    audit="none",
)
PARTS = Collection(
    "parts",
    PartStatus,
    id=lambda status: status.id,
    indexes=(
        Index(
            "by_account",
            lambda one: account_id(one.part.provider, one.part.account),
            lambda one: one.id,
        ),
        Index("by_state", lambda one: one.state, lambda one: one.id),
    ),
    audit="none",
)
