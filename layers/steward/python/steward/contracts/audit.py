"""What the audit trail says to others: something is missing from it, or something in it is wrong."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from steward.contracts.event import Event


class GapFound(Event):
    """A commit was not in the chain long after it was made.

    ``healed`` says whether its outbox item still had the audit part, which then was chained at once.
    """

    type: ClassVar[str] = "audit.gap.found.v1"

    commit: str
    table: str
    committed_at: AwareDatetime | None
    """None when the outbox item can no longer be read."""
    healed: bool
    reason: str

    @property
    def subject(self) -> str:
        """The commit that was missing."""
        return self.commit


class VerificationFailed(Event):
    """The trail is not what it was: ``n`` is the first entry at which something is wrong."""

    type: ClassVar[str] = "audit.verification.failed.v1"

    n: int = Field(ge=1)
    fault: str
    detail: str
    findings: int = Field(ge=1)
    """How many there are in all."""
    found_by: str

    @property
    def subject(self) -> str:
        """The entry's number."""
        return str(self.n)


class VerificationRequested(Event):
    """The trail is too long to be verified while somebody waits: a job does it."""

    type: ClassVar[str] = "audit.verification.requested.v1"

    job_id: str

    @property
    def subject(self) -> str:
        """The job's id."""
        return self.job_id
