"""The composition root of the intake."""

from __future__ import annotations

from functions.intake.adapters.verifying import verifier
from functions.intake.model.notice import HELD
from functions.intake.model.once import SPENT
from functions.intake.model.sender import SENDERS
from functions.intake.ports import Deps
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.privacy import Holding
from steward.store.work import Work

TABLE = "intake"
FILES = "intake"


def wire(work: Work) -> Deps:
    """The ports over this Work and the function's resources."""
    table, resources = work.table(TABLE), current()
    return Deps(
        senders=table.of(SENDERS),
        spent=table.of(SPENT),
        held=table.of(HELD),
        files=lambda: resources.buckets(FILES, work.tenant),
        verify=verifier(work.now),
        owner=resources.directory.tenant_of,
        publish=work.publish,
        now=work.now,
        tenant=work.tenant,
        actor=work.actor,
        commit_id=work.scope.commit_id,
    )


def ground() -> Ground:
    """What the intake holds: who may deliver, notices that wait, and the files that came."""
    holdings = (Holding(TABLE, SENDERS), Holding(TABLE, HELD), Holding(TABLE, SPENT))
    return Ground(TABLE, holdings, buckets=(FILES,))
