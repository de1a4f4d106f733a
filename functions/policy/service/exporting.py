"""Findings in the formats of other tools, answer by answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from functions.policy.model.exports import table
from functions.policy.model.exports.asff import asff
from functions.policy.model.exports.ocsf import ocsf
from functions.policy.model.exports.sarif import sarif
from steward.contracts.policy import FindingView
from steward.errors import BadInput

ExportFormat: TypeAlias = Literal["asff", "csv", "ocsf", "sarif"]
FORMATS: Final = ("asff", "csv", "ocsf", "sarif")
MEDIA: Final = {
    "asff": "application/jsonl",
    "csv": "text/csv",
    "ocsf": "application/jsonl",
    "sarif": "application/sarif+json",
}


class ExportPage(BaseModel):
    """A part of an export: the next begins at ``cursor``; parts of lines join to one file.

    Each part in SARIF is a document of its own. ``left_out`` counts findings that the format has no
    place for: ASFF takes those of AWS alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: ExportFormat
    media_type: str
    text: str
    findings: int
    left_out: int
    cursor: str | None = None


def export_page(
    views: Iterable[FindingView], to: ExportFormat, *, first: bool, cursor: str | None
) -> ExportPage:
    """The part of an export with these findings; only the first of CSV has the columns' names."""
    given = list(views)
    taken = [view for view in given if to != "asff" or view.provider == "aws"]
    pieces = list(exported(taken, to=to))
    if to == "csv" and not first:
        pieces = pieces[1:]
    return ExportPage(
        format=to,
        media_type=MEDIA[to],
        text="".join(pieces),
        findings=len(taken),
        left_out=len(given) - len(taken),
        cursor=cursor,
    )


def exported(findings: Iterable[FindingView], *, to: str) -> Iterator[str]:
    """Findings in a format: lines of JSON for ocsf and asff, one document for sarif.

    Raises:
        BadInput: there is no such format, or it has no place for one of the findings.
    """
    match to:
        case "csv":
            yield table.header()
            yield from (table.line(finding) for finding in findings)
        case "sarif":
            yield json.dumps(sarif(findings), ensure_ascii=False, indent=2) + "\n"
        case "ocsf":
            yield from _lines(findings, ocsf)
        case "asff":
            yield from _lines(findings, asff)
        case _:
            raise BadInput(f"{to!r}: no such format; use {', '.join(FORMATS)}")


def _lines(
    findings: Iterable[FindingView], shape: Callable[[FindingView], dict[str, Any]]
) -> Iterator[str]:
    for finding in findings:
        yield json.dumps(shape(finding), ensure_ascii=False) + "\n"
