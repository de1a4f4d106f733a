"""Things over HTTP."""

from __future__ import annotations

from functions.sample.model import Deps, Thing, ThingHappened, happen, wire
from steward.edge.http import Api

api = Api(wire=wire)
handler = api.handler


@api.get("/api/v1/sample/things/<thing_id>", permission="hook:view")
def get_thing(thing_id: str, *, deps: Deps) -> Thing:
    """One thing."""
    return deps.things.require(thing_id)


@api.post("/api/v1/sample/things/<thing_id>", permission="hook:manage")
def count_thing(thing_id: str, *, deps: Deps) -> Thing:
    """Count a thing here and now, and let it happen elsewhere too."""
    deps.work.publish(ThingHappened(id=f"{thing_id}-again"))
    return happen(thing_id, deps)
