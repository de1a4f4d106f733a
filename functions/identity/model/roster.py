"""The roster of a tenant's admins, in one record: whoever changes it meets all others who do."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from steward.errors import BadInput, Denied
from steward.identity import Grant, Role
from steward.identity.directory import Standing
from steward.store.collection import Collection

MAX_ADMINS = 200
ROSTER_ID = "admins"


class Roster(BaseModel):
    """The active users who hold the admin role in the whole tenant by a grant of their own."""

    model_config = ConfigDict(frozen=True)

    id: str = ROSTER_ID
    users: tuple[str, ...] = ()

    def with_(self, user: str) -> Roster:
        """The roster with the user.

        Raises:
            BadInput: it is full.
        """
        if user in self.users:
            return self
        if len(self.users) >= MAX_ADMINS:
            raise BadInput(f"{MAX_ADMINS} admins: grant the role to a group instead")
        return self.model_copy(update={"users": (*self.users, user)})

    def without(self, user: str) -> Roster:
        """The roster without the user.

        Raises:
            Denied: nobody would be left.
        """
        if user not in self.users:
            return self
        left = tuple(each for each in self.users if each != user)
        if not left:
            raise Denied(
                f"{user}: is the last admin of the tenant; grant another user the role admin first"
            )
        return self.model_copy(update={"users": left})


ROSTERS = Collection("rosters", Roster, id=lambda roster: roster.id)


def is_admin(standing: Standing, grants: tuple[Grant, ...]) -> bool:
    """Whether the roster names somebody who stands and holds so."""
    whole = any(grant.role is Role.ADMIN and grant.project is None for grant in grants)
    return whole and standing is Standing.ACTIVE
