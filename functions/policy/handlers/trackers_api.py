"""Where findings become tickets, and which did, over HTTP."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.model.ticket import Ticket
from functions.policy.service.ticketing import Tickets, TrackerRequest, TrackerView
from functions.policy.wiring.trackers import tickets
from steward.edge.http import Api
from steward.store.collection import Page

TRACKERS = "/api/v1/policy/trackers"

api: Api[Tickets] = Api(wire=tickets)


@api.get(TRACKERS, permission="tracker:view")
def list_trackers(*, deps: Tickets) -> Page[TrackerView]:
    """The trackers, each with the findings that it takes."""
    return deps.listed()


@api.post(TRACKERS, permission="tracker:manage")
def add_tracker(body: TrackerRequest, *, deps: Tickets) -> TrackerView:
    """Make a ticket for every finding that the route takes, from now on."""
    return deps.add(body)


@api.delete(f"{TRACKERS}/<tracker_id>", permission="tracker:manage")
def remove_tracker(tracker_id: str, *, deps: Tickets) -> None:
    """Make no more tickets there."""
    deps.remove(tracker_id)


@api.get("/api/v1/policy/tickets", permission="tracker:view", guarded=True)
def list_tickets(
    *, deps: Tickets, finding: Annotated[str, Query(min_length=1, max_length=512)]
) -> Page[Ticket]:
    """The tickets of a finding, and what stops one from being made."""
    api.guard(deps.findings.require(finding).view)
    return deps.of(finding)


handler = api.handler
