"""What is noted of findings that change, for trackers and Security Hubs at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.policy.handlers.follow_findings import handler
from functions.policy.model.hub import HUB_ENTRIES, HUBS, Hub
from functions.policy.model.ticket import TICKETS, TRACKERS, GitHub, TicketRoute, Tracker
from steward.contracts.policy import FindingOpened, FindingResolved, HubDue, TicketDue
from steward.manifest import load_function
from tests.edge_world import NOON, EdgeWorld, edge_world, message
from tests.functional.policy.test_security_hub import ACCOUNT, ROLE, finding

FOLLOWS = load_function("policy.follow-findings")
KEEPER = replace(FOLLOWS, publishes=())
HUB = Hub(account=ACCOUNT, role=ROLE, external_id="x", connected_at=NOON, connected_by="ada")
TRACKER = Tracker(
    id="t1",
    name="board",
    place=GitHub(repository="acme/board"),
    route=TicketRoute(least="info"),
    secret="trackers/acme/t1",
    created_at=NOON,
    created_by="ada",
)


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path, FOLLOWS)


def connect(world: EdgeWorld) -> None:
    table = (work := world.work(function=KEEPER)).table("policy")
    table.of(HUBS).put(HUB)
    table.of(TRACKERS).put(TRACKER)
    work.commit()


def noted(world: EdgeWorld) -> tuple[int, int]:
    table = world.work().table("policy")
    return len(table.of(TICKETS).list().items), len(table.of(HUB_ENTRIES).list().items)


def caused(world: EdgeWorld) -> list[str]:
    items: list[dict[str, Any]] = world.outbox()
    timers = [timer["event"]["type"] for item in items for timer in item["timers"]]
    return sorted([*timers, *(event["type"] for item in items for event in item["events"])])


def opened(count: int) -> list[dict[str, Any]]:
    views = [finding(number).view for number in range(count)]
    return [message(FindingOpened(finding=view), id_=view.id) for view in views]


def test_findings_without_trackers_and_hubs_leave_nothing(world: EdgeWorld) -> None:
    assert world.deliver(handler, opened(3)) == []
    assert noted(world) == (0, 0)


def test_each_finding_is_noted_for_its_tracker_and_its_hub_once(world: EdgeWorld) -> None:
    connect(world)
    before = len(caused(world))
    for _ in range(2):
        assert world.deliver(handler, opened(3)) == []
    assert noted(world) == (3, 3)
    assert caused(world)[before:] == sorted([HubDue.type] * 3 + [TicketDue.type] * 3)


def test_a_finding_that_opens_and_resolves_in_one_batch_needs_no_ticket(world: EdgeWorld) -> None:
    connect(world)
    resolved = finding(0).view.model_copy(update={"status": "resolved"})
    batch = [*opened(1), message(FindingResolved(finding=resolved, reason="gone"), id_="r")]
    assert world.deliver(handler, batch) == []
    (ticket,) = world.work().table("policy").of(TICKETS).list().items
    assert (ticket.wanted, ticket.stands) == ("done", None)
