"""Where events and requests come in: decorators that make a Lambda handler of a plain function."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steward.edge.queue import Envelope, ObjectCreated, on_event, on_objects, on_raw
    from steward.edge.schedule import Tick, on_schedule
    from steward.edge.session import work_for
    from steward.edge.trail import on_trail

__all__ = [
    "Envelope",
    "ObjectCreated",
    "Tick",
    "on_event",
    "on_objects",
    "on_raw",
    "on_schedule",
    "on_trail",
    "work_for",
]

_HOMES = {
    "Envelope": "queue",
    "ObjectCreated": "queue",
    "on_event": "queue",
    "on_objects": "queue",
    "on_raw": "queue",
    "Tick": "schedule",
    "on_schedule": "schedule",
    "on_trail": "trail",
    "work_for": "session",
}


def __getattr__(name: str) -> Any:
    # Powertools' batch processing takes a while to import: only who handles queues pays for it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"steward.edge.{_HOMES[name]}"), name)
