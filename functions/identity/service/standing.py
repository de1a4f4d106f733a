"""From people, programs and groups to principals: what the edge lets each of them do."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from functions.identity.model.groups import MAX_GROUPS, Group, Membership, membership_id
from functions.identity.model.people import User
from functions.identity.model.privileges import Authority
from functions.identity.model.roster import ROSTER_ID, Roster, is_admin
from functions.identity.model.services import Service
from functions.identity.ports import Books, Register
from steward.errors import BadInput, NotFound
from steward.identity import Grant
from steward.identity.directory import Principal, Standing


class Desk(NamedTuple):
    """What use cases about principals work with."""

    books: Books
    register: Register
    authority: Authority
    now: datetime

    @property
    def who(self) -> str:
        """Who does it."""
        return self.authority.who


def effective(holder: User | Service, books: Books) -> tuple[Grant, ...]:
    """Its own grants and those of its groups, each once."""
    found = list(holder.grants)
    for name in holder.groups:
        group = books.groups.get(name)
        if group is not None and group.deleted_at is None:
            found += group.grants
    return tuple(dict.fromkeys(found))


def reflect(holder: User | Service, books: Books, register: Register) -> Principal:
    """Bring the directory up to what the holder is now: no name and no address goes there."""
    known = register.principals.get(holder.id) or Principal(id=holder.id)
    gone = holder.standing is Standing.DELETED
    after = known.model_copy(
        update={
            "standing": holder.standing,
            "grants": () if gone else effective(holder, books),
            "groups": () if gone else holder.groups,
            "elevated_until": None if gone else known.elevated_until,
        }
    )
    register.principals.put(after)
    return after


def keep(holder: User | Service, books: Books, register: Register) -> None:
    """Put the holder, its principal and its place on the roster of admins.

    Raises:
        Denied: it was the last admin, and would be one no more.
    """
    if isinstance(holder, User):
        _enrol(holder, books)
        books.users.put(holder)
    else:
        books.services.put(holder)
    reflect(holder, books, register)


def holder_of(id_: str, books: Books) -> User | Service:
    """The user or service account of that id.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    found: User | Service | None = (
        books.services.get(id_) if id_.startswith("service:") else books.users.get(id_)
    )
    if found is None or found.standing is Standing.DELETED:
        raise NotFound(f"principal {id_[:80]!r}: not found; list users and services to see the ids")
    return found


def check_charge(holder: User | Service, desk: Desk) -> None:
    """Refuse whoever holds less than the one they are about to change.

    Raises:
        Denied: they do.
    """
    desk.authority.check_grants(effective(holder, desk.books))


def living_group(id_: str, books: Books) -> Group:
    """The group of that id.

    Raises:
        NotFound: there is none, or it is deleted.
    """
    group = books.groups.get(id_)
    if group is None or group.deleted_at is not None:
        raise NotFound(f"group {id_[:80]!r}: not found; list them to see the ids")
    return group


def join(holder: User | Service, group: Group, desk: Desk) -> User | Service:
    """The holder as a member of the group; the group's grants must be the caller's to give.

    Raises:
        BadInput: it is in too many groups.
        Denied: the group holds more than the caller.
    """
    desk.authority.check_grants(group.grants)
    if group.id in holder.groups:
        return holder
    if len(holder.groups) >= MAX_GROUPS:
        raise BadInput(f"{holder.id}: is in {MAX_GROUPS} groups, which is the most")
    # The group's grants are counted now: a change of theirs in the same moment is to be seen.
    desk.books.groups.pin(group.id)
    desk.books.memberships.put(Membership(group=group.id, principal=holder.id, since=desk.now))
    return holder.model_copy(update={"groups": (*holder.groups, group.id)})


def leave(holder: User | Service, group: str, books: Books) -> User | Service:
    """The holder without the group."""
    books.memberships.delete(membership_id(group, holder.id))
    kept = tuple(each for each in holder.groups if each != group)
    return holder.model_copy(update={"groups": kept})


def _enrol(user: User, books: Books) -> None:
    before = books.rosters.get(ROSTER_ID) or Roster()
    admin = is_admin(user.standing, user.grants)
    after = before.with_(user.id) if admin else before.without(user.id)
    if after != before:
        books.rosters.put(after)
