"""Break-glass, and acting as somebody else: bounded, written down, and told to whoever listens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.identity.model.elevations import BORROWED_FOR, MAX_MINUTES, Elevation
from functions.identity.model.names import shown_reason
from functions.identity.ports import Post
from functions.identity.service.standing import Desk, check_charge
from functions.identity.service.users import require
from steward.contracts.identity import AccessElevated, AccessImpersonated
from steward.errors import BadInput, Denied, NotFound
from steward.identity import Caller, Grant, Role
from steward.identity.directory import new_key
from steward.identity.permissions import VIEW, permissions

USER = "user"


class ElevationDraft(BaseModel):
    """Why, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES)]


class ImpersonationDraft(BaseModel):
    """Why, and whether reading is not enough."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    writes: bool = False


class Borrowed(BaseModel):
    """A token that stands for the user for a short time, with the real person behind it on record."""

    model_config = ConfigDict(frozen=True)

    user: str
    on_behalf_of: str
    writes: bool
    expires_at: AwareDatetime
    token: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


def elevate(
    draft: ElevationDraft, *, id_: str, caller: Caller, desk: Desk, post: Post
) -> Elevation:
    """Make the caller admin of the tenant for some minutes.

    Raises:
        Denied: the caller is no user, or acts in another's name.
        BadInput: no reason is given.
    """
    desk.authority.check_own()
    if caller.kind != USER:
        raise Denied(f"{caller.id}: only a user breaks the glass; sign in as one")
    principal = desk.register.principals.require(caller.id)
    until = desk.now + timedelta(minutes=draft.minutes)
    elevation = Elevation(
        id=id_,
        principal=caller.id,
        reason=shown_reason(draft.reason),
        since=desk.now,
        until=until,
    )
    desk.books.elevations.add(elevation)
    desk.register.principals.put(principal.model_copy(update={"elevated_until": until}))
    post.publish(
        AccessElevated(principal=caller.id, reason=elevation.reason, until=until, ip=caller.ip)
    )
    return elevation


def lower(elevation_id: str, *, desk: Desk) -> Elevation:
    """End a break-glass before its time: one's own, or as an admin anybody's.

    Raises:
        Denied: it is another's, and the caller is no admin.
        NotFound: there is none of that id, or it is over.
    """
    elevation = desk.books.elevations.get(elevation_id)
    if elevation is None or elevation.until <= desk.now or elevation.ended_at is not None:
        raise NotFound(f"elevation {elevation_id[:40]!r}: not there, or over already")
    if elevation.principal != desk.who:
        desk.authority.check_grants((Grant(role=Role.ADMIN),))
    principal = desk.register.principals.require(elevation.principal)
    after = elevation.model_copy(update={"ended_at": desk.now})
    desk.books.elevations.put(after)
    desk.register.principals.put(principal.model_copy(update={"elevated_until": None}))
    return after


def impersonate(
    user_id: str,
    draft: ImpersonationDraft,
    *,
    tenant: str,
    caller: Caller,
    desk: Desk,
    post: Post,
) -> Borrowed:
    """A token of the user for half an hour; it only reads, unless writes are asked for.

    Raises:
        Denied: the caller gave no second factor, borrows already, or holds less than the user.
        BadInput: it is the caller, or no reason is given.
    """
    desk.authority.check_own()
    if not caller.mfa:
        raise Denied(f"{caller.id}: impersonation takes a second factor; sign in with one")
    user = require(user_id, desk)
    if user.id == caller.id:
        raise BadInput(f"{user.id}: is yourself")
    # What the user gained a moment ago counts as well: a member of a group that holds more is more.
    check_charge(user, desk)
    desk.register.principals.pin(user.id)
    reason = shown_reason(draft.reason)
    plaintext, fresh = new_key(tenant=tenant, role=Role.VIEWER, name="impersonation", now=desk.now)
    until = desk.now + BORROWED_FOR
    borrowed = fresh.model_copy(
        update={
            "owner": user.id,
            "scopes": () if draft.writes else _reading(),
            "created_by": caller.id,
            "on_behalf_of": caller.id,
            "expires_at": until,
        }
    )
    desk.register.keys.add(borrowed)
    post.publish(
        AccessImpersonated(
            principal=user.id, by=caller.id, reason=reason, until=until, writes=draft.writes
        )
    )
    return Borrowed(
        user=user.id,
        on_behalf_of=caller.id,
        writes=draft.writes,
        expires_at=until,
        token=plaintext,
    )


def _reading() -> tuple[str, ...]:
    return tuple(each for each in permissions() if each.endswith(f":{VIEW}"))
