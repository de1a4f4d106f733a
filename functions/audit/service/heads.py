"""Signing heads: every so often, what the chain holds since the last one, walked before it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.audit.model.chain import GENESIS, HEAD, Head
from functions.audit.model.records import Alarm, Wrong
from functions.audit.model.signed import LARGEST, Sealed, SignedHead, next_head
from functions.audit.model.verification import Fault, Walk
from functions.audit.ports import Archive, Books, Publish
from functions.audit.service.reading import last_signed, links
from steward.contracts.audit import VerificationFailed
from steward.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What it takes to sign for one tenant."""

    tenant: str
    books: Books
    archive: Archive
    signer: Signer
    publish: Publish
    now: datetime


def sign_next(desk: Desk) -> bool:
    """Sign the head over what was chained since the last one; whether there is more to sign.

    What does not follow from the last head is not signed, but told of, once.
    """
    before = last_signed(desk.books)
    first = 1 if before is None else before.last + 1
    end = (desk.books.head.get(HEAD) or Head()).n
    walk = Walk(desk.tenant, first, GENESIS if before is None else before.hash)
    for link in links(desk.books, desk.archive, first=first, last=min(end, first + LARGEST - 1)):
        walk.add(link)
    findings = walk.verdict(heads=0, covered=0).findings
    if findings:
        _tell(desk, tuple(Wrong(**finding._asdict()) for finding in findings))
        return False
    # An index may lag: what it does not show yet is signed next time.
    if walk.last < first:
        return False
    signed = _sign(desk, before, tuple(walk.hashes[n] for n in range(first, walk.last + 1)))
    return signed and walk.last < end


def tell(
    findings: tuple[Wrong, ...], *, found_by: str, books: Books, publish: Publish, now: datetime
) -> None:
    """Tell of what is wrong, unless that was told before."""
    worst = findings[0]
    alarm = Alarm(n=worst.n, fault=worst.fault, since=now)
    if books.alarms.get(f"{alarm.n}/{alarm.fault}") is not None:
        return
    books.alarms.add(alarm)
    publish(
        VerificationFailed(
            n=worst.n,
            fault=worst.fault,
            detail=worst.detail,
            findings=len(findings),
            found_by=found_by,
        )
    )


def _tell(desk: Desk, findings: tuple[Wrong, ...]) -> None:
    tell(findings, found_by="sign-heads", books=desk.books, publish=desk.publish, now=desk.now)


def _sign(desk: Desk, before: SignedHead | None, leaves: tuple[str, ...]) -> bool:
    key = desk.signer.public_key()
    head = next_head(before, leaves, tenant=desk.tenant, at=desk.now.isoformat(), key=key)
    signature = desk.signer.sign(head.statement).value
    fresh = Sealed(head=head.model_copy(update={"signature": signature}), leaves=leaves)
    # Under lock first: should the commit then fail, the next turn takes up what stands there.
    standing = desk.archive.seal(fresh)
    theirs = standing.head
    ours = (head.seq, head.first, head.previous, leaves[: len(standing.leaves)])
    if (theirs.seq, theirs.first, theirs.previous, standing.leaves) != ours or not (
        standing.whole and theirs.signed_by((key,))
    ):
        why = f"the locked place of head {head.seq} holds another head"
        _tell(desk, (Wrong(n=head.first, fault=Fault.RESIGNED, detail=why),))
        return False
    desk.books.signed.add(theirs)
    desk.books.last.put(theirs)
    return True
