"""Inviting somebody, and their answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.identity.model.invitations import (
    LIFE,
    Invitation,
    InvitationState,
    new_token,
)
from functions.identity.model.names import shown_name
from functions.identity.model.people import User, normal_email
from functions.identity.model.privileges import MAX_GRANTS, Authority
from functions.identity.ports import Post
from functions.identity.service.standing import Desk, living_group
from functions.identity.service.users import Newcomer, admit
from steward.contracts.identity import InvitationAccepted, InvitationCreated
from steward.errors import AlreadyExists, NotFound
from steward.identity import Grant, Role
from steward.identity.directory import hash_key, new_key
from steward.store.collection import Page

FIRST_STEPS = ("self:view", "self:manage")
FIRST_HOUR = timedelta(hours=1)


class InvitationDraft(BaseModel):
    """Who is invited, and to what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    name: str
    grants: Annotated[tuple[Grant, ...], Field(max_length=MAX_GRANTS)] = ()
    groups: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class InvitationView(BaseModel):
    """An invitation as it is shown: never its token."""

    model_config = ConfigDict(frozen=True)

    id: str
    user: str
    email: str
    name: str
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]
    state: InvitationState
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime


class IssuedInvitation(BaseModel):
    """An invitation and its token, which is never shown again."""

    model_config = ConfigDict(frozen=True)

    invitation: InvitationView
    token: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


class Welcome(BaseModel):
    """A new user, and a key for the first hour that lets them set up how they sign in."""

    model_config = ConfigDict(frozen=True)

    user: str
    tenant: str
    setup_key: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


def invite(
    draft: InvitationDraft, *, id_: str, user: str, tenant: str, desk: Desk, post: Post
) -> IssuedInvitation:
    """A new invitation; the token goes to the invited person, by whatever way the admin trusts.

    Raises:
        AlreadyExists: the address is a user's.
        Denied: a grant, or a group's, is not the caller's to give.
    """
    _check(draft, desk)
    token = new_token(tenant, id_)
    invitation = Invitation(
        id=id_,
        user=f"user:{user}",
        email=normal_email(draft.email),
        name=shown_name(draft.name, what="name"),
        grants=draft.grants,
        groups=tuple(dict.fromkeys(draft.groups)),
        hash=hash_key(token),
        created_at=desk.now,
        created_by=desk.who,
        expires_at=desk.now + LIFE,
    )
    if desk.books.emails.get(invitation.email) is not None:
        raise AlreadyExists("e-mail: a user has this address already")
    desk.books.invitations.add(invitation)
    post.publish(InvitationCreated(invitation=id_, by=desk.who, expires_at=invitation.expires_at))
    return IssuedInvitation(invitation=view(invitation), token=token)


def accept(id_: str, token: str, *, tenant: str, desk: Desk, post: Post) -> Welcome:
    """Make the invited person a user; the token is used up.

    What the inviter promised was theirs to give then; groups are counted as they are now.

    Raises:
        NotFound: there is no such invitation, or it is used, revoked or expired: which, is not said.
    """
    invitation = desk.books.invitations.get(id_)
    if invitation is None or not invitation.opens_to(token, now=desk.now):
        raise unknown()
    user = _admit(invitation, desk)
    answered = invitation.answered(InvitationState.ACCEPTED, now=desk.now)
    desk.books.invitations.put(answered)
    post.publish(InvitationAccepted(invitation=id_, principal=user.id))
    return Welcome(user=user.id, tenant=tenant, setup_key=_first_key(user, tenant, desk))


def revoke(id_: str, *, desk: Desk) -> InvitationView:
    """The invitation, which nobody can accept any more.

    Raises:
        NotFound: there is none of that id, or it is answered.
    """
    invitation = require(id_, desk=desk)
    if invitation.state is not InvitationState.OPEN:
        raise NotFound(f"invitation {id_[:40]!r}: is {invitation.state.value} already")
    after = invitation.answered(InvitationState.REVOKED, now=desk.now)
    desk.books.invitations.put(after)
    return view(after)


def require(id_: str, *, desk: Desk) -> Invitation:
    """The invitation.

    Raises:
        NotFound: there is none of that id.
    """
    return desk.books.invitations.require(id_)


def find(
    *, desk: Desk, state: InvitationState, after: str | None, limit: int
) -> Page[InvitationView]:
    """Invitations in a state, newest first."""
    page = desk.books.invitations.query(
        index="by_state", key=state, after=after, limit=limit, descending=True
    )
    return Page(tuple(view(each) for each in page.items), page.cursor)


def view(invitation: Invitation) -> InvitationView:
    """The invitation without the hash of its token."""
    return InvitationView(**invitation.model_dump(exclude={"hash", "answered_at"}))


def unknown() -> NotFound:
    """The one answer to every token that does not hold."""
    return NotFound("invitation: not known here, used, revoked or expired; ask for a new one")


def _check(draft: InvitationDraft, desk: Desk) -> None:
    desk.authority.check_own()
    desk.authority.check_grants(draft.grants)
    for group in draft.groups:
        desk.authority.check_grants(living_group(group, desk.books).grants)


def _admit(invitation: Invitation, desk: Desk) -> User:
    groups = (desk.books.groups.get(name) for name in invitation.groups)
    living = tuple(group.id for group in groups if group and group.deleted_at is None)
    newcomer = Newcomer(
        invitation.user, invitation.email, invitation.name, invitation.grants, living
    )
    return admit(newcomer, desk=_inviters(desk))


def _inviters(desk: Desk) -> Desk:
    # What was promised was checked against the inviter, who need not be here any more.
    return desk._replace(authority=Authority(desk.who, (Grant(role=Role.ADMIN),)))


def _first_key(user: User, tenant: str, desk: Desk) -> str:
    plaintext, fresh = new_key(tenant=tenant, role=Role.VIEWER, name="first sign-in", now=desk.now)
    kept = fresh.model_copy(
        update={
            "owner": user.id,
            "scopes": FIRST_STEPS,
            "created_by": user.id,
            "expires_at": desk.now + FIRST_HOUR,
        }
    )
    desk.register.keys.add(kept)
    return plaintext
