"""Groups: grants that several hold together."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity import Grant
from steward.store.collection import Collection, Index

MAX_GROUPS = 50
"""Groups of one principal: all are read when its grants are counted together."""


class Group(BaseModel):
    """Principals with the grants that they hold by belonging to it.

    A deleted group stays under its id: made anew, it would bring old members their grants back.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    grants: tuple[Grant, ...] = ()
    created_at: AwareDatetime
    created_by: str = ""
    deleted_at: AwareDatetime | None = None


class Membership(BaseModel):
    """One principal in one group."""

    model_config = ConfigDict(frozen=True)

    group: str
    principal: str
    since: AwareDatetime

    @property
    def id(self) -> str:
        """Group and principal in one."""
        return membership_id(self.group, self.principal)


def membership_id(group: str, principal: str) -> str:
    """The id of a membership."""
    return f"{group}/{principal}"


GROUPS = Collection(
    "groups",
    Group,
    id=lambda group: group.id,
    indexes=(Index("alive", lambda group: None if group.deleted_at else "all", lambda g: g.id),),
)
MEMBERSHIPS = Collection(
    "memberships",
    Membership,
    id=lambda membership: membership.id,
    indexes=(
        Index("by_group", lambda each: each.group, lambda each: each.principal),
        Index("by_principal", lambda each: each.principal, lambda each: each.group),
    ),
)
