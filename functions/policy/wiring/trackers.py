"""The trackers and tickets of a tenant."""

from __future__ import annotations

from functools import partial

from functions.policy.adapters.trackers import desk, sender
from functions.policy.model.finding import FINDINGS
from functions.policy.model.ticket import TICKETS, TRACKERS
from functions.policy.service.ticketing import Tickets
from functions.policy.wiring.tables import TABLE
from steward.edge.resources import current
from steward.store.work import Work


def tickets(work: Work) -> Tickets:
    """The trackers and tickets of a Work's tenant."""
    table, resources = work.table(TABLE), current()
    return Tickets(
        tenant=work.tenant,
        trackers=table.of(TRACKERS),
        tickets=table.of(TICKETS),
        findings=table.of(FINDINGS),
        vault=resources.secrets,
        connect=partial(desk, over=sender(resources.environment)),
        publish=work.publish,
        later=work.at,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )
