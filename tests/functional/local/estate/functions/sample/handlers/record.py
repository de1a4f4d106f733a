"""Things that happened are counted."""

from __future__ import annotations

from functions.sample.model import Deps, ThingHappened, happen, wire
from steward.edge import on_event


@on_event(ThingHappened, wire=wire)
def handler(event: ThingHappened, deps: Deps) -> None:
    """Count the thing."""
    happen(event.id, deps)
