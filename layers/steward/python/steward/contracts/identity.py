"""What identity says to others: who came, went and rose, and what is to be exported or forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

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


class Errand(BaseModel):
    """What every concern is to do over all it keeps of a tenant, or of one person there.

    ``job`` is the closing's or request's id. ``identifiers`` are SHA-256 of what the person is called by
    elsewhere, see `steward.privacy.identifier`. An erasure goes over everything in several rounds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Literal[
        "export-tenant", "erase-tenant", "export-person", "erase-person", "keep-retention"
    ]
    job: str
    person: str = ""
    identifiers: tuple[str, ...] = ()
    round: int = 1


class ExportedFile(BaseModel):
    """A file of JSON lines in the exports bucket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    sha256: str
    items: int
    bytes: int


class _ForPerson(Event):
    """What the events about one person's data share."""

    person: str
    request: str
    identifiers: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The person's principal id."""
        return self.person


class PersonExportRequested(_ForPerson):
    """All that is kept about a person is to be exported; ``request`` says who asked for that, and when."""

    type: ClassVar[str] = "identity.person.export-requested.v1"


class PersonErased(_ForPerson):
    """A person's data is to be erased wherever it is kept; ``request`` says who asked for that, and when."""

    type: ClassVar[str] = "identity.person.erased.v1"


class TenantExportRequested(_OfTenant):
    """A tenant closes: all that is kept of it is to be exported."""

    type: ClassVar[str] = "identity.tenant.export-requested.v1"

    closing: str


class TenantErasureRequested(_OfTenant):
    """A closed tenant's time is over: all that is kept of it is to be erased."""

    type: ClassVar[str] = "identity.tenant.erasure-requested.v1"

    closing: str
    round: int


class TenantClosed(_OfTenant):
    """Nothing is kept of the tenant any more but the record of its erasure."""

    type: ClassVar[str] = "identity.tenant.closed.v1"

    closing: str


class ClosingDue(_OfTenant):
    """The next step of a closing: its erasure begins, or goes over everything once more."""

    type: ClassVar[str] = "identity.closing.due.v1"

    closing: str
    step: Literal["export", "begin", "round"]
    round: int = 1


class RetentionDue(_OfTenant):
    """What is kept of a tenant is to be brought to the retention that it has set."""

    type: ClassVar[str] = "identity.retention.due.v1"

    sweep: str


class RetentionSwept(Event):
    """A sweep of the retention came to ``cursor``, and goes on with the next tenants, or with one."""

    type: ClassVar[str] = "identity.retention.swept.v1"

    sweep: str
    only: str = ""
    cursor: str = ""

    @property
    def subject(self) -> str:
        """When the sweep began."""
        return self.sweep


class WalkContinued(Event):
    """A concern is on its way over what it keeps: the next part begins at ``holding`` and ``cursor``."""

    type: ClassVar[str] = "identity.walk.continued.v1"

    errand: Errand
    keeper: str
    holding: int = 0
    cursor: str = ""
    part: int = 0
    counts: Mapping[str, int] = Field(default_factory=dict)
    files: tuple[ExportedFile, ...] = ()

    @property
    def subject(self) -> str:
        """The concern and the job: what its own walk is told apart by, however large the event."""
        return f"{self.keeper}/{self.errand.job}"


class WalkFinished(Event):
    """A concern has done an errand over all it keeps."""

    type: ClassVar[str] = "identity.walk.finished.v1"

    errand: Errand
    keeper: str
    counts: Mapping[str, int] = Field(default_factory=dict)
    files: tuple[ExportedFile, ...] = ()

    @property
    def subject(self) -> str:
        """The concern and the job: what its own walk is told apart by, however large the event."""
        return f"{self.keeper}/{self.errand.job}"
