"""Counting findings by what they have in common, part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from pydantic import BaseModel, ConfigDict

from functions.policy.model.finding import Finding
from functions.policy.service.findings import FindingsWanted, reader
from steward.contracts.policy import FindingView
from steward.errors import BadInput
from steward.store.work import Entities

_PAGE: Final = 500
PAGES: Final = 20
"""Pages read for one answer: 10,000 findings, well within what a request may take on every store."""
FIELDS: Final[Mapping[str, Callable[[FindingView], str | None]]] = {
    "status": attrgetter("status"),
    "severity": attrgetter("severity"),
    "rule": attrgetter("rule_id"),
    "account": attrgetter("account"),
    "region": attrgetter("region"),
    "resource_type": attrgetter("resource_type"),
    "owner": attrgetter("owner"),
}
"""What can be counted, by the names that the filters have."""


class FindingFacetValue(BaseModel):
    """A value, None where a finding has none, and how many findings have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | None
    count: int


class FindingFacet(BaseModel):
    """A field's most frequent values; ``more`` others, of ``rest`` findings in all, are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    values: tuple[FindingFacetValue, ...]
    more: int
    rest: int


class FindingFacets(BaseModel):
    """The facets of ``total`` findings; with a ``cursor`` they are a part, and the next begins there.

    The parts' counts add up to those of the whole. ``cut`` says that this is not the whole.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: int
    cut: bool
    facets: tuple[FindingFacet, ...]
    cursor: str | None = None


def facet_fields(text: str | None) -> tuple[str, ...]:
    """The fields to count, of names joined by commas; all of them without any.

    Raises:
        BadInput: a field that cannot be counted.
    """
    fields = tuple(part.strip() for part in (text or ",".join(FIELDS)).split(","))
    for field in fields:
        if field not in FIELDS:
            raise BadInput(f"field {field[:40]!r}: cannot be counted; use {', '.join(FIELDS)}")
    return tuple(dict.fromkeys(fields))


def count(  # what is counted, for whom, and where the part begins and ends
    wanted: FindingsWanted,
    fields: Sequence[str],
    *,
    findings: Entities[Finding],
    visible: Callable[[Sequence[FindingView]], Sequence[FindingView]],
    cursor: str | None = None,
    most: int = 50,
    pages: int = PAGES,
) -> FindingFacets:
    """How many of the wanted findings the caller may see, and the values of the fields among those."""
    counters: dict[str, Counter[str | None]] = {field: Counter() for field in fields}
    total, after, read = 0, cursor, reader(wanted, findings)
    for _ in range(pages):
        page = read(after, _PAGE)
        seen = visible([one.view for one in page.items if wanted.fits(one.view)])
        total, after = total + len(seen), page.cursor
        for field, counter in counters.items():
            counter.update(map(FIELDS[field], seen))
        if after is None:
            break
    facets = tuple(_facet(field, counter, most) for field, counter in counters.items())
    whole = cursor is None and after is None
    return FindingFacets(total=total, cut=not whole, facets=facets, cursor=after)


def _facet(field: str, counter: Counter[str | None], most: int) -> FindingFacet:
    # Equal counts by value, so that the same findings give the same answer.
    ranked = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    return FindingFacet(
        field=field,
        values=tuple(FindingFacetValue(value=value, count=n) for value, n in ranked[:most]),
        more=len(ranked[most:]),
        rest=sum(n for _, n in ranked[most:]),
    )
