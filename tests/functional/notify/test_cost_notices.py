"""Crossed budgets and anomalies reach the routes that name them, and no others."""

from __future__ import annotations

import json
from pathlib import Path

from functions.notify.handlers import announce_costs
from steward.contracts.cost import AnomalyOpened, BudgetCrossed
from tests.edge_world import cloud_event, record
from tests.functional.notify.test_notify_flow import HANDLERS, NotifyWorld, allow, server, world
from tests.receiver import Receiver

__all__ = ["allow", "server", "world"]
HANDLERS["notify.announce-costs"] = announce_costs.handler
SAMPLES = Path(__file__).parents[3] / "events" / "cost"


def sample(place: str) -> dict[str, object]:
    data: dict[str, object] = json.loads((SAMPLES / place).read_text())["data"]
    return data


CROSSED = BudgetCrossed.model_validate(sample("budget.crossed/v1/samples/forecast.json"))
OPENED = AnomalyOpened.model_validate(sample("anomaly.opened/v1/samples/compute.json"))


def ring(world: NotifyWorld, event: AnomalyOpened | BudgetCrossed, *, id_: str) -> None:
    answer = world.run(
        "notify.announce-costs", {"Records": [record(json.dumps(cloud_event(event, id_=id_)))]}
    )
    assert answer["batchItemFailures"] == []


def test_each_is_told_once_however_often_it_comes(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0], events=["cost.*"])
    for event, id_ in ((CROSSED, "a"), (OPENED, "b"), (CROSSED, "a")):
        ring(world, event, id_=id_)
    world.pump()
    bodies = [json.loads(request.body) for request in server.requests]
    assert [body["type"] for body in bodies] == [CROSSED.type, OPENED.type]
    assert bodies[0]["data"]["title"] == "Budget Production: 100 % (forecast)"
    assert "12614.07 foretold" in bodies[0]["data"]["message"]
    assert "410.70 USD more than expected" in bodies[1]["data"]["message"]
    assert "user/ada" in bodies[1]["data"]["reason"]
    assert [body["data"]["severity"] for body in bodies] == ["medium", "high"]


def test_a_route_for_findings_hears_nothing_of_it(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0])
    ring(world, CROSSED, id_="a")
    world.pump()
    assert server.requests == []
