"""What identity needs: its books, the directory it keeps, and a post for events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.identity.model.elevations import Elevation
from functions.identity.model.groups import Group, Membership
from functions.identity.model.invitations import Invitation
from functions.identity.model.people import EmailClaim, User
from functions.identity.model.privacy import PrivacyRequest
from functions.identity.model.projects import Project
from functions.identity.model.roster import Roster
from functions.identity.model.services import Service
from steward.contracts.event import Event
from steward.identity.directory import Access, ApiKey, BrowserSession, Link, Principal
from steward.store.work import Entities


class Post(Protocol):
    """Events and timers that leave with the commit."""

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Publish the event; only the system's own may go to another tenant."""
        ...

    def at(self, when: datetime, event: Event, *, key: str) -> None:
        """Publish the event at that time, in the place of an earlier timer of the same key."""
        ...

    def cancel(self, key: str) -> None:
        """Drop the timer."""
        ...


@dataclass(frozen=True, slots=True)
class Books:
    """What identity keeps of people, programs and groups, within one Work."""

    users: Entities[User]
    emails: Entities[EmailClaim]
    groups: Entities[Group]
    memberships: Entities[Membership]
    projects: Entities[Project]
    services: Entities[Service]
    rosters: Entities[Roster]
    invitations: Entities[Invitation]
    elevations: Entities[Elevation]
    requests: Entities[PrivacyRequest]


@dataclass(frozen=True, slots=True)
class Register:
    """The tenant's part of the directory, within one Work."""

    principals: Entities[Principal]
    keys: Entities[ApiKey]
    sessions: Entities[BrowserSession]
    links: Entities[Link]
    access: Entities[Access]
