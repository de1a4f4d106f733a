"""What ``steward findings export`` writes: findings in the formats of other tools, piece by piece."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from functions.policy.model.exports import table
from functions.policy.model.exports.asff import asff
from functions.policy.model.exports.ocsf import ocsf
from functions.policy.model.exports.sarif import sarif
from steward.contracts.policy import FindingView
from steward.errors import BadInput

FORMATS: Final = ("asff", "csv", "ocsf", "sarif")
_FIELDS: Final = frozenset(FindingView.model_fields)


def exported(rows: Iterable[Mapping[str, Any]], *, to: str) -> Iterator[str]:
    """The rows of the API in a format: lines of JSON for ocsf and asff, one document for sarif.

    Raises:
        BadInput: there is no such format, or it has no place for one of the findings.
    """
    findings = (_view(row) for row in rows)
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


def _view(row: Mapping[str, Any]) -> FindingView:
    return FindingView.model_validate({name: row[name] for name in row if name in _FIELDS})
