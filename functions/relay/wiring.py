"""The relay's ports, wired to AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from functions.relay.adapters import aws
from functions.relay.adapters.decisions import StoredDecisions
from functions.relay.adapters.outboxes import SqlOutbox, StoredOutboxes
from functions.relay.adapters.patience import UntilDeadline
from functions.relay.ports import Carriers, Outboxes, Pokes
from steward.edge.resources import Resources, current
from steward.store.work import Claims, Work

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the relaying handlers work with."""

    carriers: Carriers
    claims: Claims
    outboxes: Outboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDeps:
    """What the sweep works with."""

    outboxes: Outboxes
    pokes: Pokes


def wire(resources: Resources, context: LambdaContext) -> Deps:
    """The relay's ports for one invocation."""
    carriers = Carriers(
        bus=aws.event_bus(),
        trail=aws.trail(),
        schedules=aws.schedules(context.invoked_function_arn, environment=resources.environment),
        decisions=StoredDecisions(resources),
        patience=UntilDeadline(context.get_remaining_time_in_millis),
        now=resources.clock(),
    )
    return Deps(carriers=carriers, claims=resources.claims, outboxes=_outboxes(resources))


def wire_sweep(work: Work) -> SweepDeps:
    """The sweep's ports; it stages nothing in its Work but the mark of its tick."""
    del work
    return SweepDeps(outboxes=_outboxes(current()), pokes=aws.pokes())


def _outboxes(resources: Resources) -> StoredOutboxes:
    # Only the functions of the Aurora flavour read through it, and there the store is the SQL one.
    store = cast(SqlOutbox, resources.store)
    return StoredOutboxes(store, resources.claims, now=int(resources.clock().timestamp()))
