"""New outbox items of the tables' streams, to the bus and the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.relay import wiring
from functions.relay.adapters import report
from functions.relay.adapters.stream import read_records
from functions.relay.model import first_failed
from functions.relay.service import relay
from steward.edge.resources import current

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer the first record that did not get through: Lambda brings it and all after it again."""
    resources = current()
    deps = wiring.wire(resources, context)
    received = read_records(event["Records"], deps.claims)
    outcome = relay(received.items, carriers=deps.carriers)
    failed = received.failed | outcome.failed
    report.batch(resources, events=outcome.events, items=len(received.items), failed=failed)
    first = first_failed(received.refs, failed)
    return {"batchItemFailures": [] if first is None else [{"itemIdentifier": first}]}
