"""Ticks of a schedule: each due time is handled once, for one tenant or for the system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from steward.edge.observe import count, traced
from steward.edge.resources import Resources, current
from steward.edge.session import Opening, Wire, run
from steward.errors import BadInput
from steward.identity import SYSTEM
from steward.log import EdgeEvent, log_of
from steward.store.records import AlreadyProcessed
from steward.store.work import Cause

D = TypeVar("D")


class Tick(NamedTuple):
    """One due time of one schedule."""

    schedule: str
    due: datetime


def on_schedule(
    *, wire: Wire[D], tenant: str = SYSTEM
) -> Callable[[Callable[[Tick, D], None]], Callable[[dict[str, Any], Any], dict[str, Any]]]:
    """Handle a schedule's ticks; the Work's cause is the schedule's name and the due time."""

    def decorate(
        handler: Callable[[Tick, D], None],
    ) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        @wraps(handler)
        def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            del context
            resources = current()
            tick = _tick(event, resources)
            with traced(resources.function.concern, function=resources.function.id):
                handled = _once(resources, tick, tenant, lambda work: handler(tick, wire(work)))
            count({"Ticks": 1}, function=resources.function.id)
            log_of(resources.function.concern).info(
                EdgeEvent.TICK_HANDLED,
                function=resources.function.id,
                due=tick.due.isoformat(),
                repeated=not handled,
            )
            return {"due": tick.due.isoformat(), "handled": handled}

        return lambda_handler

    return decorate


def _once(resources: Resources, tick: Tick, tenant: str, use: Callable[[Any], None]) -> bool:
    cause = Cause(f"schedule:{tick.schedule}", tick.due.isoformat())
    opening = Opening(tenant, f"schedule:{tick.schedule}", "", cause=cause)
    try:
        run(resources, opening, use)
    except AlreadyProcessed:
        return False
    return True


def _tick(event: dict[str, Any], resources: Resources) -> Tick:
    # EventBridge Scheduler fills in <aws.scheduler.scheduled-time>; the template calls it "time".
    try:
        due = datetime.fromisoformat(str(event["time"]))
    except (KeyError, ValueError) as error:
        raise BadInput(f"tick: time is {event.get('time')!r}; send the scheduled time") from error
    return Tick(str(event.get("schedule", resources.function.id)), due)
