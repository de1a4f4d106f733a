"""What access says to others: a tenant's own policies changed."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from steward.contracts.event import Event


class PolicyChanged(Event):
    """A tenant's own policies changed: one was put or removed, or all went back to an earlier version.

    ``version`` counts the changes of all the tenant's policies and projects together; the texts are
    read by that version from the API. ``policies`` are the ids that differ.
    """

    type: ClassVar[str] = "access.policy.changed.v1"

    change: Literal["put", "removed", "restored"]
    policies: tuple[str, ...]
    version: int = Field(ge=1)
    by: str
    note: str = ""

    @property
    def subject(self) -> str:
        """The version."""
        return str(self.version)
