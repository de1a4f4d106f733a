"""Verification: walk the chain, hold it against the signed heads, and say what is wrong at which entry.

The chain alone shows an entry that was changed, removed, added or moved by somebody who did not write
all later entries anew. Whoever did is shown by the signed heads, whose leaves name every entry's hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from functions.audit.model.chain import GENESIS, Link, entry_hash
from functions.audit.model.signed import Sealed
from steward.signing import PublicKey

SHOWN: Final = 100
"""Findings that are told: after the first ones, a broken chain tells nothing new."""
_KEPT: Final = 10_000


class Fault(StrEnum):
    """What was done to the trail."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORKED = "forked"
    RESIGNED = "re-signed"


class Finding(NamedTuple):
    """What is wrong, at which entry."""

    n: int
    fault: Fault
    detail: str


class Verdict(NamedTuple):
    """What a verification came to: how much was looked at, how far heads cover it, what is wrong."""

    entries: int
    heads: int
    covered: int
    """The last entry that a head of a trusted key holds; what comes after it rests on the chain alone."""
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(slots=True)
class Walk:
    """A chain, entry by entry; ``first`` and ``prev`` are where it begins."""

    tenant: str
    first: int = 1
    prev: str = GENESIS
    findings: dict[int, Finding] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    _next: int = 0
    _sound: bool = True
    _rivals: dict[int, set[str]] = field(default_factory=dict)
    _rewritten: bool = False
    _latest: int = 0

    def __post_init__(self) -> None:
        self._next = self.first

    def add(self, link: Link) -> None:
        """Take the next entry, as the store or the file has it."""
        sound = self._sound_in_itself(link)
        if link.n != self._next:
            self._out_of_place(link)
            if link.n < self._next:
                return
        elif link.prev != self.prev:
            self._broken(link, sound=sound)
        if not sound:
            self._note(link.n, Fault.EDITED, "its content does not lead to its hash")
        self.hashes[link.n] = link.hash
        self._next, self.prev, self._sound = link.n + 1, link.hash, sound

    @property
    def last(self) -> int:
        """The number of the last entry so far."""
        return self._next - 1

    def end(self, *, n: int, hash_: str | None) -> None:
        """Hold the end against what is said to be the last entry."""
        if self.last < n:
            self._note(self._next, Fault.TRUNCATED, f"entries {self._next} to {n} are missing")
        elif self.last > n:
            self._note(n + 1, Fault.INSERTED, f"the chain is said to end at {n}")
        elif hash_ is not None and n >= self.first and self.hashes.get(n) != hash_:
            self._note(n, Fault.EDITED, "it is not the entry that the chain is said to end with")

    def hold_against(self, sealed: Sequence[Sealed], keys: Sequence[PublicKey]) -> int:
        """Compare with signed heads in their order; the last entry that a trusted one covers."""
        covered, before = 0, None
        for each in sealed:
            head = each.head
            if head.tenant != self.tenant or not head.signed_by(keys):
                self._resigned(each, "none of the trusted keys signed this head")
            elif not each.whole:
                self._resigned(
                    each, "the entry hashes beside this head are not those it was signed for"
                )
            elif before is not None and not _follows(each, before):
                self._resigned(each, "this head does not follow the one before it")
            else:
                self._compare(each)
                covered = head.last
            before = each
        return covered

    def note_head(self, sealed: Sealed, fault: Fault, why: str) -> None:
        """Note what is wrong with a head, at the first of its entries that is not as it says."""
        head = sealed.head
        told = f"head {head.seq} (entries {head.first} to {head.last}): {why}"
        self._note(self._first_difference(sealed), fault, told)

    def verdict(self, *, heads: int, covered: int) -> Verdict:
        """What it came to, in the order of the entries."""
        found = sorted(self.findings.values())[:SHOWN]
        return Verdict(len(self.hashes), heads, covered, tuple(found))

    def _sound_in_itself(self, link: Link) -> bool:
        if not link.same:
            return False
        try:
            if entry_hash(link.prev, link.text) != link.hash:
                return False
        except ValueError:
            return False
        facts = link.facts
        if facts.get("n") != link.n:
            self._note(link.n, Fault.REORDERED, f"here stands what was entry {facts.get('n')}")
            return False
        return (facts.get("commit"), facts.get("tenant")) == (link.commit, self.tenant)

    def _out_of_place(self, link: Link) -> None:
        if link.n > self._next:
            gone = (
                f"entries {self._next} to {link.n - 1} are" if link.n - self._next > 1 else "it is"
            )
            self._note(self._next, Fault.DELETED, f"{gone} missing; entry {link.n} comes next")
        elif link.n in self.hashes:
            self._note(link.n, Fault.FORKED, "two entries claim this place")
            self._rivals.setdefault(link.n, set()).add(link.hash)
        else:
            self.findings.pop(link.n, None)
            self._note(link.n, Fault.REORDERED, "it comes after an entry that followed it")
            self.hashes[link.n] = link.hash

    def _broken(self, link: Link, *, sound: bool) -> None:
        # This entry was hashed together with what came before it then. It holds if it is sound: then
        # the one before was written anew since, unless this is another one that never followed it.
        if link.prev in self._rivals.get(link.n - 1, ()):
            return
        if sound and self._sound and link.n > self.first:
            self._note(link.n - 1, Fault.EDITED, "the entry after it followed another one")
        elif link.n not in self.findings:
            self._note(link.n, Fault.EDITED, "it does not follow the entry before it")

    def _compare(self, sealed: Sealed) -> None:
        head, differed = sealed.head, 0
        for n in range(max(head.first, self.first), head.last + 1):
            if self._rewritten:
                return
            if self.hashes.get(n) == sealed.leaves[n - head.first]:
                differed = 0
                continue
            # One entry that differs is that entry; two in a row are all that follow the first.
            differed += 1
            self._rewritten = differed > 1 or n > self.last
            if differed == 1:
                self._note(n, *self._difference(n, sealed))

    def _difference(self, n: int, sealed: Sealed) -> tuple[Fault, str]:
        head, leaf = sealed.head, sealed.leaves[n - sealed.head.first]
        held = self.hashes.get(n)
        if held is None:
            fault = Fault.TRUNCATED if n > self.last else Fault.DELETED
            return fault, f"head {head.seq} holds it, the trail does not"
        if leaf in self._rivals.get(n, ()):
            return Fault.FORKED, f"head {head.seq} holds the other of the two"
        if self.hashes.get(n + 1) == leaf:
            return Fault.INSERTED, f"head {head.seq} has here what now comes after it"
        following = sealed.leaves[n + 1 - head.first] if n < head.last else None
        if held == following:
            return Fault.DELETED, f"head {head.seq} has another entry before the one that is here"
        return Fault.EDITED, f"head {head.seq} holds another entry in this place"

    def _resigned(self, sealed: Sealed, why: str) -> None:
        head = sealed.head
        place = self._first_difference(sealed)
        self._note(
            place, Fault.RESIGNED, f"head {head.seq} (entries {head.first} to {head.last}): {why}"
        )

    def _first_difference(self, sealed: Sealed) -> int:
        head = sealed.head
        for n, leaf in enumerate(sealed.leaves, start=head.first):
            if self.hashes.get(n, leaf) != leaf:
                return n
        return head.last

    def _note(self, n: int, fault: Fault, detail: str) -> None:
        # What the chain shows comes first and is the more exact; a head says only that it differs.
        if n in self.findings:
            return
        if len(self.findings) >= _KEPT:
            # An earlier entry takes the place of the last: heads may show what all later ones follow.
            last = self._latest or max(self.findings)
            self._latest = last
            if n > last:
                return
            del self.findings[last]
            self._latest = 0
        self.findings[n] = Finding(n, fault, detail)


def walk(links: Iterable[Link], *, tenant: str) -> Walk:
    """A whole chain, walked."""
    walked = Walk(tenant)
    for link in links:
        walked.add(link)
    return walked


def _follows(sealed: Sealed, before: Sealed) -> bool:
    head, earlier = sealed.head, before.head
    return (
        head.previous == earlier.digest
        and head.seq == earlier.seq + 1
        and head.first == earlier.last + 1
    )
