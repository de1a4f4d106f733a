"""What identity says to others: who came, went and rose, and what is to be exported or forgotten."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from steward.contracts.event import Event


class UserDeleted(Event):
    """A user or service account is no more: whatever is kept for it alone is to go."""

    type: ClassVar[str] = "identity.user.deleted.v1"

    principal: str

    @property
    def subject(self) -> str:
        """The principal's id."""
        return self.principal


class GroupChanged(Event):
    """A group's grants changed, or it is no more: its members' grants are counted anew.

    ``cursor`` is where the next part of its members begins.
    """

    type: ClassVar[str] = "identity.group.changed.v1"

    group: str
    cursor: str = ""

    @property
    def subject(self) -> str:
        """The group's id."""
        return self.group


class InvitationCreated(Event):
    """Somebody was invited; the token is with whoever invited them, and the address stays here."""

    type: ClassVar[str] = "identity.invitation.created.v1"

    invitation: str
    by: str
    expires_at: AwareDatetime

    @property
    def subject(self) -> str:
        """The invitation's id."""
        return self.invitation


class InvitationAccepted(Event):
    """Who was invited is a user now."""

    type: ClassVar[str] = "identity.invitation.accepted.v1"

    invitation: str
    principal: str

    @property
    def subject(self) -> str:
        """The user's id."""
        return self.principal


class AccessElevated(Event):
    """Somebody broke the glass: admin of the tenant until then."""

    type: ClassVar[str] = "identity.access.elevated.v1"

    principal: str
    reason: str
    until: AwareDatetime
    ip: str = ""

    @property
    def subject(self) -> str:
        """The principal's id."""
        return self.principal


class AccessImpersonated(Event):
    """Somebody acts as a user until then, reading only unless ``writes``."""

    type: ClassVar[str] = "identity.access.impersonated.v1"

    principal: str
    by: str
    reason: str
    until: AwareDatetime
    writes: bool

    @property
    def subject(self) -> str:
        """The user's id."""
        return self.principal


class _OfTenant(Event):
    """What the events about a whole tenant share."""

    tenant: str

    @property
    def subject(self) -> str:
        """The tenant's id."""
        return self.tenant


class TenantCreated(_OfTenant):
    """There is a new tenant."""

    type: ClassVar[str] = "identity.tenant.created.v1"


class TenantSuspended(_OfTenant):
    """A tenant's people and programs are let in no more."""

    type: ClassVar[str] = "identity.tenant.suspended.v1"

    reason: str


class TenantResumed(_OfTenant):
    """A tenant's people and programs are let in again."""

    type: ClassVar[str] = "identity.tenant.resumed.v1"
