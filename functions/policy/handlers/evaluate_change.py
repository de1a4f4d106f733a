"""A resource that appeared, changed or went away is judged by the rules of its type."""

from functions.policy.service.evaluation import Notice, evaluate
from functions.policy.wiring import Deps, wire
from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.contracts.policy import EvaluationContinued
from steward.edge import on_event


@on_event(ResourceDiscovered, ResourceChanged, ResourceDeleted, EvaluationContinued, wire=wire)
def handler(
    event: ResourceDiscovered | ResourceChanged | ResourceDeleted | EvaluationContinued, deps: Deps
) -> None:
    """Judge one resource."""
    continued = event if isinstance(event, EvaluationContinued) else None
    notice = Notice(
        resource=event.resource,
        changed_paths=event.changed_paths if isinstance(event, ResourceChanged) else (),
        deleted=continued.deleted if continued else isinstance(event, ResourceDeleted),
        settled=continued.settled if continued else 0,
    )
    evaluate(
        notice,
        pack=deps.rules(),
        evaluations=deps.evaluations,
        findings=deps.findings,
        publish=deps.publish,
        now=deps.now,
    )
