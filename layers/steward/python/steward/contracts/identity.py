"""What identity says to others: who came, went and rose, and what is to be exported or forgotten."""

from __future__ import annotations

from typing import ClassVar

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
