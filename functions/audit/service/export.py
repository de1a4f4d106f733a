"""Taking the trail out, in parts that one answer can carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from functions.audit.model.chain import HEAD, Head
from functions.audit.model.export import WRITERS, Format, Line, entry_line, export_line, head_line
from functions.audit.model.signed import proof_document
from functions.audit.ports import Archive, Books
from functions.audit.service.reading import all_sealed, links, sealed_for
from functions.audit.service.search import detail
from steward.signing import PublicKey

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one part; an answer through API Gateway may have six million."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which entries are wanted, and where an earlier part ended: at an entry, or among the heads."""

    first: int = 1
    last: int | None = None
    after: int = 0
    """The last entry that an earlier part had."""
    head: int = 0
    """The last head that an earlier part had."""

    @property
    def begins(self) -> bool:
        """Whether no part came before."""
        return not (self.after or self.head)


def part(
    form: Format, span: Span, *, tenant: str, books: Books, archive: Archive, key: PublicKey
) -> str:
    """The trail as far as it fits; it ends in ``more``, or after the signed heads."""
    write, size = WRITERS[form], 0
    texts: list[str] = []
    if span.begins:
        texts.append(write(export_line(tenant, [key])))
    for line in _lines(span, books, archive):
        texts.append(write(line))
        size += len(texts[-1].encode())
        if size > LARGEST:
            texts.append(write(_more(line)))
            break
    return "".join(texts)


def proof(n: int, *, books: Books, archive: Archive, key: PublicKey) -> dict[str, object]:
    """What shows an outsider that the entry is in the chain.

    Raises:
        NotFound: there is none of that number, or no head holds it yet.
    """
    shown = detail(n, books=books, archive=archive)
    entry = {"prev": shown.prev, "hash": shown.hash, "content": shown.content}
    return proof_document(entry=entry, sealed=sealed_for(books, archive, n), n=n, key=key)


def _lines(span: Span, books: Books, archive: Archive) -> Iterator[Line]:
    end = (books.head.get(HEAD) or Head()).n
    last = end if span.last is None else min(span.last, end)
    if not span.head:
        start = max(span.first, span.after + 1)
        for link in links(books, archive, first=start, last=last):
            yield entry_line(link)
    for sealed in all_sealed(archive, first=span.head + 1):
        # A head that goes beyond what is exported would show the rest as missing.
        if sealed.head.last > last:
            return
        if sealed.head.last >= span.first:
            yield head_line(sealed)


def _more(line: Line) -> Line:
    if line["kind"] == "entry":
        return {"kind": "more", "after": line["content"]["n"]}
    if line["kind"] == "damaged":
        return {"kind": "more", "after": line["n"]}
    return {"kind": "more", "head": line["head"]["seq"]}
