"""Verifications that somebody asked for: done at once when the trail is short, as a job otherwise."""

from __future__ import annotations

from datetime import datetime

from functions.audit.model.chain import HEAD, Head
from functions.audit.model.records import Job, Request
from functions.audit.ports import Archive, Books, Publish
from functions.audit.service.heads import tell
from functions.audit.service.verify import AT_ONCE, Progress, done, verify
from steward.contracts.audit import VerificationRequested
from steward.signing import PublicKey


def start(
    id_: str,
    *,
    books: Books,
    archive: Archive,
    keys: tuple[PublicKey, ...],
    tenant: str,
    publish: Publish,
    by: str,
    now: datetime,
) -> Job:
    """Verify the trail: the job is done, or it waits for its function."""
    total = (books.head.get(HEAD) or Head()).n
    books.requests.add(Request(id=id_, kind="verification", by=by, at=now, first=1, last=total))
    job = Job(id=id_, status="waiting", checked=0, total=total, asked_by=by, asked_at=now)
    if total > AT_ONCE:
        publish(VerificationRequested(job_id=id_))
    else:
        verdict = verify(books, archive, keys, tenant=tenant, now=now)
        job = finish(done(job, verdict, now=now), books=books, publish=publish, now=now)
    books.jobs.add(job)
    return job


def run_job(
    id_: str,
    *,
    books: Books,
    archive: Archive,
    keys: tuple[PublicKey, ...],
    tenant: str,
    publish: Publish,
    now: datetime,
    progress: Progress,
) -> None:
    """Do a job that waits.

    Raises:
        NotFound: there is no such job.
    """
    verdict = verify(books, archive, keys, tenant=tenant, now=now, progress=progress)
    job = books.jobs.require(id_)
    books.jobs.put(finish(done(job, verdict, now=now), books=books, publish=publish, now=now))


def report(id_: str, checked: int, *, books: Books) -> None:
    """Say how far a job is."""
    job = books.jobs.require(id_)
    books.jobs.put(job.model_copy(update={"status": "running", "checked": checked}))


def finish(job: Job, *, books: Books, publish: Publish, now: datetime) -> Job:
    """Tell of what is wrong, if anything is."""
    if job.findings:
        found_by = f"verification {job.id}"
        tell(job.findings, found_by=found_by, books=books, publish=publish, now=now)
    return job
