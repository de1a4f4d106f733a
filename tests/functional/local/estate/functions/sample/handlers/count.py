"""Raw events are counted where they come in: one row each."""

from __future__ import annotations

from functions.sample.handlers.take import Raw, parse
from functions.sample.model import Deps, happen, wire
from steward.edge import on_raw


@on_raw(parse, wire=wire)
def handler(message: Raw, deps: Deps) -> None:
    """Count the thing."""
    happen(message.thing, deps)
