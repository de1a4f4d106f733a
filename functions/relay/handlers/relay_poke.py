"""Outbox items that a commit has just left in the SQL store, to the bus and the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.relay import wiring
from functions.relay.adapters import report
from functions.relay.adapters.outboxes import read_pokes
from functions.relay.service import relay
from steward.edge.resources import current

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Mark as relayed what got through, and only then let its pokes go."""
    resources = current()
    deps = wiring.wire(resources, context)
    received, pokes = read_pokes(event["Records"], deps.outboxes)
    outcome = relay(received.items, carriers=deps.carriers)
    deps.outboxes.relayed([pokes[ref] for ref in received.items if ref not in outcome.failed])
    failed = received.failed | outcome.failed
    report.batch(resources, events=outcome.events, items=len(received.items), failed=failed)
    again = report.bury(resources, event["Records"], failed)
    return {"batchItemFailures": [{"itemIdentifier": ref} for ref in again]}
