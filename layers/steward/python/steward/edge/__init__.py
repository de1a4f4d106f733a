"""Where events and requests come in: decorators that make a Lambda handler of a plain function."""

from steward.edge.queue import Envelope, ObjectCreated, on_event, on_objects, on_raw
from steward.edge.schedule import Tick, on_schedule
from steward.edge.session import work_for

__all__ = [
    "Envelope",
    "ObjectCreated",
    "Tick",
    "on_event",
    "on_objects",
    "on_raw",
    "on_schedule",
    "work_for",
]
