"""A trail too long to be verified while somebody waits is verified here."""

from __future__ import annotations

from functions.audit.service.jobs import report, run_job
from functions.audit.wiring import Deps, wire
from steward.contracts.audit import VerificationRequested
from steward.edge import on_event


@on_event(VerificationRequested, wire=wire)
def handler(event: VerificationRequested, deps: Deps) -> None:
    """Verify the tenant's trail, and say now and then how far it is."""

    def progress(checked: int) -> None:
        deps.apart.for_tenant(
            deps.tenant, lambda theirs: report(event.job_id, checked, books=theirs.books)
        )

    run_job(
        event.job_id,
        books=deps.books,
        archive=deps.archive,
        keys=(deps.signer().public_key(),),
        tenant=deps.tenant,
        publish=deps.publish,
        now=deps.now,
        progress=progress,
    )
