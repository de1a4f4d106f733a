"""A small family of handlers that are not idempotent by themselves: a count, and a count of replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from steward.edge import on_event
from steward.local.pump import Pump
from steward.manifest import Function, Queue, Table
from steward.store.work import Entities, Work
from tests.edge_world import COUNTS, GREETER, Counted, Met, Welcomed, cloud_event
from tests.simulation.crash import Family

REPLIER = Function(
    name="reply",
    handler="functions.test.handlers.reply.handler",
    trigger=Queue(events=(Welcomed.type,)),
    uses=(Table("test"),),
)


@dataclass(frozen=True)
class Deps:
    counts: Entities[Counted]
    publish: Callable[..., None]


def wire(work: Work) -> Deps:
    return Deps(work.table("test").of(COUNTS), work.publish)


def _add_one(counts: Entities[Counted], name: str) -> None:
    counted = counts.get(name) or Counted(id=name)
    counts.put(counted.model_copy(update={"count": counted.count + 1}))


@on_event(Met, wire=wire)
def greet(event: Met, deps: Deps) -> None:
    _add_one(deps.counts, event.name)
    deps.publish(Welcomed(name=event.name))


@on_event(Welcomed, wire=wire)
def reply(event: Welcomed, deps: Deps) -> None:
    _add_one(deps.counts, f"replies to {event.name}")


def feed(pump: Pump) -> None:
    """Twelve messages over three names, one of them delivered twice."""
    names = ("ada", "bob", "eve")
    for number in range(12):
        event = cloud_event(Met(name=names[number % 3]), id_=f"e{number}")
        pump.put_events(event["detail"])
    pump.put_events(cloud_event(Met(name="ada"), id_="e0")["detail"])


GREETING = Family(
    "greeting",
    (GREETER, REPLIER),
    feed,
    {GREETER.id: greet, REPLIER.id: reply},
)
