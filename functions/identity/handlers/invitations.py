"""Invitations and break-glass over HTTPS; only accepting is open to all."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.elevations import Elevation
from functions.identity.model.invitations import InvitationState, place_of
from functions.identity.service import elevations, invitations
from functions.identity.service.elevations import ElevationDraft
from functions.identity.service.invitations import (
    InvitationDraft,
    InvitationView,
    IssuedInvitation,
    Welcome,
)
from functions.identity.wiring import Deps, check_served, wire
from steward.edge.http import Api, Knock
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/identity"
INVITATION = f"{ROOT}/invitations/<invitation_id>"


class InvitationAnswer(BaseModel):
    """An invited person's answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[str, Field(max_length=200)]


@api.open_to_all(
    "POST",
    f"{ROOT}/invitations/accept",
    because="who is invited is nobody yet; the one-time token speaks",
)
def accept_invitation(answer: InvitationAnswer, *, knock: Knock) -> Welcome:
    """Become a user by the token of an invitation."""
    del knock
    place = place_of(answer.token)
    if place is None:
        raise invitations.unknown()
    check_served(place.tenant)

    def use(deps: Deps) -> Welcome:
        return invitations.accept(
            place.id, answer.token, tenant=place.tenant, desk=deps.desk, post=deps.post
        )

    return api.within(place.tenant, use, actor=f"invitation:{place.id}")


@api.get(f"{ROOT}/invitations", permission="user:view")
def list_invitations(
    state: InvitationState = InvitationState.OPEN,
    cursor: str | None = None,
    limit: int = 50,
    *,
    deps: Deps,
) -> Page[InvitationView]:
    """The invitations in a state, newest first."""
    return invitations.find(desk=deps.desk, state=state, after=cursor, limit=limit)


@api.post(f"{ROOT}/invitations", permission="user:manage")
def invite(draft: InvitationDraft, *, deps: Deps) -> IssuedInvitation:
    """Invite somebody; the token is shown here and never again."""
    return invitations.invite(
        draft,
        id_=deps.fresh_id,
        user=deps.fresh_id,
        tenant=deps.tenant,
        desk=deps.desk,
        post=deps.post,
    )


@api.get(INVITATION, permission="user:view")
def get_invitation(invitation_id: str, *, deps: Deps) -> InvitationView:
    """One invitation."""
    return invitations.view(invitations.require(invitation_id, desk=deps.desk))


@api.delete(INVITATION, permission="user:manage")
def revoke_invitation(invitation_id: str, *, deps: Deps) -> InvitationView:
    """Take the invitation back: nobody can accept it any more."""
    return invitations.revoke(invitation_id, desk=deps.desk)


@api.get(f"{ROOT}/elevations", permission="access:view")
def list_elevations(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Elevation]:
    """Who broke the glass, newest first."""
    return deps.books.elevations.query(
        index="by_time", key="all", after=cursor, limit=limit, descending=True
    )


@api.post(f"{ROOT}/elevations", permission="access:elevate")
def elevate(draft: ElevationDraft, *, deps: Deps) -> Elevation:
    """Break the glass: be admin of the tenant for some minutes, on the record."""
    return elevations.elevate(
        draft, id_=deps.fresh_id, caller=deps.caller, desk=deps.desk, post=deps.post
    )


@api.delete(f"{ROOT}/elevations/<elevation_id>", permission="access:elevate")
def lower(elevation_id: str, *, deps: Deps) -> Elevation:
    """End a break-glass before its time."""
    return elevations.lower(elevation_id, desk=deps.desk)
