"""What the sample concern keeps and publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from steward.contracts.event import Event
from steward.store.collection import Collection
from steward.store.work import Entities, Work


class Thing(BaseModel):
    """One thing and how often it happened."""

    model_config = ConfigDict(frozen=True)

    id: str
    times: int


class ThingHappened(Event):
    """A thing happened."""

    type: ClassVar[str] = "sample.thing.happened.v1"
    id: str


THINGS = Collection("things", Thing, id=lambda thing: thing.id, audit="none")


@dataclass(frozen=True, slots=True)
class Deps:
    """What the sample's handlers use."""

    work: Work
    things: Entities[Thing]


def wire(work: Work) -> Deps:
    """The sample's collections in this Work."""
    return Deps(work, work.table("sample").of(THINGS))


def happen(id_: str, deps: Deps) -> Thing:
    """Count a thing once more."""
    thing = deps.things.get(id_) or Thing(id=id_, times=0)
    more = thing.model_copy(update={"times": thing.times + 1})
    deps.things.put(more)
    return more
