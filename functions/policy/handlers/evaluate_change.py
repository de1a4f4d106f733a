"""A resource that appeared, changed or went away is judged by the rules of its type."""

from functions.policy.service.evaluation import Notice, evaluate
from functions.policy.wiring import Deps, wire
from steward.contracts.event import Event
from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.contracts.policy import EvaluationContinued
from steward.edge import on_event


@on_event(ResourceDiscovered, ResourceChanged, ResourceDeleted, EvaluationContinued, wire=wire)
def handler(event: Event, deps: Deps) -> None:
    """Judge one resource."""
    evaluate(
        _notice(event),
        pack=deps.rules(),
        evaluations=deps.evaluations,
        findings=deps.findings,
        publish=deps.publish,
        now=deps.now,
        exempt=deps.exempt,
    )


def _notice(event: Event) -> Notice:
    match event:
        case EvaluationContinued(resource=resource, deleted=deleted, settled=settled):
            return Notice(resource=resource, deleted=deleted, settled=settled)
        case ResourceChanged(resource=resource, changed_paths=paths):
            return Notice(resource=resource, changed_paths=paths)
        case ResourceDiscovered(resource=resource) | ResourceDeleted(resource=resource):
            return Notice(resource=resource, deleted=isinstance(event, ResourceDeleted))
        case _:
            raise TypeError(event.type)
