"""Security events reach the routes that name them, and no others."""

from __future__ import annotations

import json
from datetime import timedelta

from functions.notify.handlers import announce_security
from steward.contracts.identity import AccessElevated, AccessImpersonated
from tests.edge_world import NOON, cloud_event, record
from tests.functional.notify.test_notify_flow import HANDLERS, NotifyWorld, allow, server, world
from tests.receiver import Receiver

__all__ = ["allow", "server", "world"]
HANDLERS["notify.announce-security"] = announce_security.handler

ELEVATED = AccessElevated(
    principal="user:1", reason="incident 4711", until=NOON + timedelta(minutes=30), ip="192.0.2.7"
)
BORROWED = AccessImpersonated(
    principal="user:1", by="user:2", reason="support case", until=NOON, writes=False
)


def alarm(world: NotifyWorld, event: AccessElevated | AccessImpersonated, *, id_: str) -> None:
    body = json.dumps(cloud_event(event, id_=id_))
    answer = world.run("notify.announce-security", {"Records": [record(body)]})
    assert answer["batchItemFailures"] == []


def test_each_is_told_once_however_often_it_comes(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0], events=["identity.access.*"])
    for event, id_ in ((ELEVATED, "a"), (BORROWED, "b"), (ELEVATED, "a")):
        alarm(world, event, id_=id_)
    world.pump()
    bodies = [json.loads(request.body) for request in server.requests]
    assert [body["type"] for body in bodies] == [ELEVATED.type, BORROWED.type]
    assert "incident 4711" in bodies[0]["data"]["message"]
    assert "user:2 acts as user:1" in bodies[1]["data"]["message"]
    assert [body["data"]["severity"] for body in bodies] == ["high", "medium"]


def test_a_route_for_findings_hears_nothing_of_it(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0])
    alarm(world, ELEVATED, id_="a")
    world.pump()
    assert server.requests == []
