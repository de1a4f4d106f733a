"""Verifying a tenant's whole trail, at once or as a job that says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.audit.model.chain import HEAD, Head, Link, rank
from functions.audit.model.records import Job, Wrong
from functions.audit.model.signed import Sealed
from functions.audit.model.verification import Fault, Verdict, Walk
from functions.audit.ports import Archive, Books
from functions.audit.service.reading import all_sealed, links
from steward.signing import PublicKey

AT_ONCE: Final = 20_000
"""Entries that are verified while somebody waits; longer trails are a job's."""
STEP: Final = 10_000
"""Entries between two reports of a job."""
SETTLED: Final = timedelta(seconds=10)
"""After this, an index shows what was written."""

Progress = Callable[[int], None]


def verify(
    books: Books,
    archive: Archive,
    keys: tuple[PublicKey, ...],
    *,
    tenant: str,
    now: datetime,
    progress: Progress = lambda _: None,
) -> Verdict:
    """Walk the chain from its first entry, and hold it against what stands under lock."""
    end = books.head.get(HEAD) or Head()
    walk = Walk(tenant)
    for link in _reporting(links(books, archive, last=end.n), progress):
        walk.add(link)
    if end.at is None or now - end.at > SETTLED or walk.last >= end.n:
        walk.end(n=end.n, hash_=end.hash)
    sealed = list(all_sealed(archive))
    _compare_copies(walk, sealed, books)
    covered = walk.hold_against(sealed, keys)
    return walk.verdict(heads=len(sealed), covered=covered)


def done(job: Job, verdict: Verdict, *, now: datetime) -> Job:
    """The job with what it came to."""
    return job.model_copy(
        update={
            "status": "done",
            "checked": verdict.entries,
            "heads": verdict.heads,
            "covered": verdict.covered,
            "intact": verdict.intact,
            "findings": tuple(Wrong(**finding._asdict()) for finding in verdict.findings),
            "done_at": now,
        }
    )


def _reporting(source: Iterator[Link], progress: Progress) -> Iterator[Link]:
    for number, link in enumerate(source, start=1):
        yield link
        if number % STEP == 0:
            progress(number)


def _compare_copies(walk: Walk, sealed: list[Sealed], books: Books) -> None:
    # The heads that are shown are copies; whoever signs anew what he has changed changes these.
    shown = 0
    for each in sealed:
        copy = books.signed.get(rank(each.head.seq))
        if copy is not None:
            shown = copy.seq
            if copy != each.head:
                walk.note_head(
                    each, Fault.RESIGNED, "the head that is shown is not the one under lock"
                )
    later = books.signed.get(rank(shown + 1)) if shown == len(sealed) else None
    if later is not None:
        lone = Sealed(head=later, leaves=())
        walk.note_head(lone, Fault.RESIGNED, "the head that is shown is under no lock")
