"""The resources that a rule was placed for are told once more, and judged by it."""

from functions.inventory.service.recalling import recall
from functions.inventory.wiring import Deps, wire
from steward.contracts.event import Event
from steward.contracts.inventory import RecallContinued
from steward.contracts.policy import RulePlaced
from steward.edge import on_event


@on_event(RulePlaced, RecallContinued, wire=wire)
def handler(event: Event, deps: Deps) -> None:
    """Tell the next of them."""
    recall(_asked(event), resources=deps.ledger.resources, publish=deps.publish)


def _asked(event: Event) -> RecallContinued:
    match event:
        case RecallContinued():
            return event
        case RulePlaced(stage=stage, accounts=accounts, resources=types):
            return RecallContinued(
                types=types,
                accounts=accounts if stage == "ahead" else (),
                reason=f"rule {event.rule_id}, version {event.version} was placed: {stage}",
            )
        case _:
            raise TypeError(event.type)
