"""Findings become tickets in Jira or GitHub, and the tickets follow what becomes of the findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from functions.policy.model.finding import Finding
from functions.policy.model.ticket import (
    PATIENCE,
    Place,
    Ticket,
    TicketRoute,
    Tracker,
    standing_of,
    ticket_id,
)
from functions.policy.ports import Connect, Later, NewId, Publish, Vault
from steward.contracts.policy import FindingView, TicketDue
from steward.errors import BadInput, Permanent, Transient
from steward.store.collection import Page
from steward.store.work import Entities

MOST: Final = 20
"""Trackers of a tenant: every change of a finding looks at all of them."""


class TrackerRequest(BaseModel):
    """Make tickets at ``place`` for the findings that ``route`` takes; ``token`` opens it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    place: Place
    route: TicketRoute = TicketRoute()
    token: Annotated[SecretStr, Field(min_length=8, max_length=2_000)]


class TrackerView(BaseModel):
    """A tracker; its token is never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    place: Place
    route: TicketRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """The trackers and tickets of a tenant, in one Work."""

    tenant: str
    trackers: Entities[Tracker]
    tickets: Entities[Ticket]
    findings: Entities[Finding]
    vault: Vault
    connect: Connect
    publish: Publish
    later: Later
    new_id: NewId
    now: datetime
    by: str

    def add(self, request: TrackerRequest) -> TrackerView:
        """Make tickets from now on.

        Raises:
            BadInput: there are too many trackers.
        """
        if len(self._trackers()) >= MOST:
            raise BadInput(f"tracker {request.name!r}: {MOST} are there already; remove one first")
        id_ = self.new_id()
        secret = f"trackers/{self.tenant}/{id_}"
        self.vault.put(secret, request.token.get_secret_value())
        tracker = Tracker(
            id=id_,
            name=request.name,
            place=request.place,
            route=request.route,
            secret=secret,
            created_at=self.now,
            created_by=self.by,
        )
        self.trackers.add(tracker)
        return tracker_view(tracker)

    def remove(self, tracker: str) -> None:
        """Make no more tickets there; those that are there stay as they are.

        Raises:
            NotFound: there is no such tracker.
        """
        known = self.trackers.require(tracker)
        self.vault.delete(known.secret)
        self.trackers.delete(tracker)

    def listed(self) -> Page[TrackerView]:
        """The trackers."""
        return Page(tuple(map(tracker_view, self._trackers())), None)

    def of(self, finding: str) -> Page[Ticket]:
        """The tickets of a finding."""
        return self.tickets.query(index="by_finding", key=finding, after=None, limit=MOST)

    def note(self, view: FindingView) -> None:
        """Have the finding's tickets follow it: made where a route takes it, moved where there is one."""
        wanted = standing_of(view.status)
        for tracker in self._trackers():
            known = self.tickets.get(ticket_id(view.id, tracker.id))
            if known is None:
                if wanted not in ("open", "doing") or not tracker.route.takes(view):
                    continue
                known = Ticket(
                    id=ticket_id(view.id, tracker.id),
                    finding=view.id,
                    tracker=tracker.id,
                    wanted=wanted,
                )
            elif known.wanted == wanted and not known.given_up:
                continue
            update = {"wanted": wanted, "attempts": 0, "error": None}
            self.tickets.put(known.model_copy(update=update))
            self.publish(TicketDue(ticket_id=known.id))

    def file(self, due: TicketDue) -> None:
        """Bring a ticket to where it should stand; what fails for now is tried again later."""
        ticket = self.tickets.get(due.ticket_id)
        if ticket is None or ticket.stands == ticket.wanted or ticket.given_up:
            return
        tracker = self.trackers.get(ticket.tracker)
        finding = self.findings.get(ticket.finding)
        if tracker is None or finding is None:
            return
        try:
            after = self._filed(ticket, tracker, finding.view)
        except Transient as error:
            after = _failed(ticket, str(error), ticket.attempts + 1)
            if not after.given_up:
                self.later(
                    self.now + after.wait,
                    TicketDue(ticket_id=ticket.id),
                    key=f"ticket/{ticket.id}/{after.attempts}",
                )
        except Permanent as error:
            after = _failed(ticket, str(error), len(PATIENCE) + 1)
        self.tickets.put(after)

    def _filed(self, ticket: Ticket, tracker: Tracker, view: FindingView) -> Ticket:
        far = self.connect(tracker.place, self.vault.get(tracker.secret))
        stands = ticket.stands
        key, url = ticket.key, ticket.url
        if key is None or url is None:
            # A crash may have followed the making of it, so what is there is looked for first.
            made = far.find(ticket.id) or far.make(ticket.id, view)
            key, url = made.key, made.url
            stands = made.stands
        if stands != ticket.wanted:
            far.move(key, ticket.wanted)
        update = {"key": key, "url": url, "stands": ticket.wanted, "attempts": 0, "error": None}
        return ticket.model_copy(update=update)

    def _trackers(self) -> tuple[Tracker, ...]:
        return self.trackers.list(after=None, limit=MOST).items


def tracker_view(tracker: Tracker) -> TrackerView:
    """A tracker as it is shown."""
    return TrackerView(id=tracker.id, name=tracker.name, place=tracker.place, route=tracker.route)


def _failed(ticket: Ticket, error: str, attempts: int) -> Ticket:
    return ticket.model_copy(update={"attempts": attempts, "error": error[:500]})
