"""A resource that appeared, changed, went away or is recalled is judged by the rules of its type."""

from functions.policy.service.evaluation import Notice
from functions.policy.service.judging import Judging
from functions.policy.wiring.judging import judging
from steward.contracts.event import Event
from steward.contracts.inventory import (
    ResourceChanged,
    ResourceDeleted,
    ResourceDiscovered,
    ResourceRecalled,
)
from steward.contracts.policy import EvaluationContinued
from steward.edge import on_event

Changed = ResourceDiscovered | ResourceChanged | ResourceDeleted | ResourceRecalled


@on_event(*Changed.__args__, EvaluationContinued, wire=judging, together=Changed.__args__)
def handler(event: Event, deps: Judging) -> None:
    """Judge one resource."""
    deps.judge(_notice(event))


def _notice(event: Event) -> Notice:
    match event:
        case EvaluationContinued(resource=resource, deleted=deleted, settled=settled):
            return Notice(resource=resource, deleted=deleted, settled=settled)
        case ResourceChanged(resource=resource, changed_paths=paths):
            return Notice(resource=resource, changed_paths=paths)
        case ResourceRecalled(resource=resource):
            return Notice(resource=resource, again=True)
        case ResourceDiscovered(resource=resource) | ResourceDeleted(resource=resource):
            return Notice(resource=resource, deleted=isinstance(event, ResourceDeleted))
        case _:
            raise TypeError(event.type)
