"""Groups: what changes in one reaches its members by continuation, however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.groups import Group, Membership
from functions.identity.model.names import shown_name, slug
from functions.identity.model.people import User
from functions.identity.model.privileges import MAX_GRANTS
from functions.identity.model.services import Service
from functions.identity.ports import Books, Post, Register
from functions.identity.service.standing import (
    Desk,
    check_charge,
    holder_of,
    join,
    keep,
    leave,
    living_group,
    reflect,
)
from steward.contracts.identity import GroupChanged
from steward.errors import AlreadyExists, NotFound
from steward.identity import Grant
from steward.identity.directory import Standing
from steward.store.collection import Page

AT_ONCE = 25
"""Members that one message recounts: three items each, of at most ninety."""
SETTLED = timedelta(seconds=30)
"""Later than any index shows who joined a moment before the change."""


class GroupDraft(BaseModel):
    """What it takes to make a group; policies name it by its id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    grants: Annotated[tuple[Grant, ...], Field(max_length=MAX_GRANTS)] = ()


class GroupChange(BaseModel):
    """What of a group can be changed; both are replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    grants: Annotated[tuple[Grant, ...], Field(max_length=MAX_GRANTS)]


def create(draft: GroupDraft, *, desk: Desk) -> Group:
    """A new group.

    Raises:
        AlreadyExists: there is, or was, a group of that id.
        Denied: a grant is not the caller's to give.
    """
    id_ = slug(draft.id, what="group id")
    desk.authority.check_grants(draft.grants)
    if desk.books.groups.get(id_) is not None:
        raise AlreadyExists(f"group {id_!r}: exists, or did; the id of a deleted one is not reused")
    group = Group(
        id=id_,
        name=shown_name(draft.name, what="group name"),
        grants=draft.grants,
        created_at=desk.now,
        created_by=desk.who,
    )
    desk.books.groups.add(group)
    return group


def change(group_id: str, wanted: GroupChange, *, desk: Desk, post: Post) -> Group:
    """The group with another name and other grants.

    Raises:
        Denied: it holds, or would hold, more than the caller.
    """
    group = living_group(group_id, desk.books)
    desk.authority.check_grants(group.grants)
    desk.authority.check_grants(wanted.grants)
    name = shown_name(wanted.name, what="group name")
    after = group.model_copy(update={"name": name, "grants": wanted.grants})
    desk.books.groups.put(after)
    if after.grants != group.grants:
        _spread(after, desk, post)
    return after


def delete(group_id: str, *, desk: Desk, post: Post) -> None:
    """The group's end: its members hold its grants no more.

    Raises:
        Denied: it holds more than the caller.
    """
    group = living_group(group_id, desk.books)
    desk.authority.check_grants(group.grants)
    gone = group.model_copy(update={"deleted_at": desk.now, "grants": ()})
    desk.books.groups.put(gone)
    _spread(gone, desk, post)


def add_member(group_id: str, principal: str, *, desk: Desk) -> Membership:
    """Take a user or service account into the group.

    Raises:
        NotFound: there is no such group or principal.
        Denied: the group holds more than the caller.
    """
    group = living_group(group_id, desk.books)
    holder = holder_of(principal, desk.books)
    after = join(holder, group, desk)
    if after is not holder:
        keep(after, desk.books, desk.register)
    return desk.books.memberships.require(f"{group.id}/{holder.id}")


def remove_member(group_id: str, principal: str, *, desk: Desk) -> None:
    """Put a user or service account out of the group.

    Raises:
        NotFound: it is not in it.
        Denied: it holds more than the caller.
    """
    group = living_group(group_id, desk.books)
    holder = holder_of(principal, desk.books)
    if group.id not in holder.groups:
        raise NotFound(f"{principal[:80]}: is not in group {group.id!r}")
    check_charge(holder, desk)
    keep(leave(holder, group.id, desk.books), desk.books, desk.register)


def members(group_id: str, *, books: Books, after: str | None, limit: int) -> Page[Membership]:
    """Who is in the group."""
    living_group(group_id, books)
    return books.memberships.query(index="by_group", key=group_id, after=after, limit=limit)


def recount(changed: GroupChanged, *, books: Books, register: Register, post: Post) -> int:
    """Count the grants of some members anew, and hand the rest on; answers how many."""
    group = books.groups.get(changed.group)
    page = books.memberships.query(
        index="by_group", key=changed.group, after=changed.cursor or None, limit=AT_ONCE
    )
    for each in page.items:
        _recount_one(each, group, books, register)
    if page.cursor is not None:
        post.publish(changed.model_copy(update={"cursor": page.cursor}))
    return len(page.items)


def _recount_one(
    membership: Membership, group: Group | None, books: Books, register: Register
) -> None:
    kind = books.services if membership.principal.startswith("service:") else books.users
    holder: User | Service | None = kind.get(membership.principal)
    if holder is None or holder.standing is Standing.DELETED:
        books.memberships.delete(membership.id)
    elif group is None or group.deleted_at is not None:
        # Its grants are gone, so that this takes nothing from the roster of admins.
        keep(leave(holder, membership.group, books), books, register)
    else:
        reflect(holder, books, register)


def _spread(group: Group, desk: Desk, post: Post) -> None:
    changed = GroupChanged(group=group.id)
    post.publish(changed)
    # Who joined just before may not be in the index yet.
    post.at(desk.now + SETTLED, changed, key=f"identity/group/{group.id}")
