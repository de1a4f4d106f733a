"""What an auditor is given of a framework: one zip with checksums, and reports on paper."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from functions.policy.adapters import compliance_report
from functions.policy.adapters.rule_files import CASES, SHIPPED, rule_files
from functions.policy.model.exports import table
from steward.contracts.policy import FindingView
from steward.errors import BadInput

Row: TypeAlias = Mapping[str, Any]

MANIFEST: Final = "MANIFEST.sha256"
_FIELDS: Final = frozenset(FindingView.model_fields)
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip knows: with it, the same evidence gives the same bytes."""


def report(view: Row, findings: Iterable[Row], file: Path) -> None:
    """Write a report to ``file``: HTML or PDF by its name.

    Raises:
        BadInput: its name ends in something else.
    """
    rows = compliance_report.bearing_on(view, findings)
    match file.suffix:
        case ".html":
            file.write_text(compliance_report.html(view, rows), "utf-8")
        case ".pdf":
            file.write_bytes(compliance_report.pdf(view, rows))
        case _:
            raise BadInput(f"{file}: end its name in .html or .pdf")


def bundle(view: Row, findings: Iterable[Row], file: Path) -> int:
    """Write the evidence of a framework to a zip; how many files are in it.

    It has the framework with each control's outcome, the findings with their evidence as JSON lines and
    CSV, each rule that bears on a control with its cases, the report, and a manifest of SHA-256.
    """
    found = list(compliance_report.bearing_on(view, findings))
    sums: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in _files(view, found):
            sums.append(f"{hashlib.sha256(body).hexdigest()}  {name}")
            _add(archive, name, body)
        _add(archive, MANIFEST, "".join(f"{line}\n" for line in sums).encode())
    return len(sums)


def verify(file: Path) -> Iterator[str]:
    """A sentence for each file of a bundle that is not what its manifest says, is missing or too many.

    Raises:
        BadInput: it is no bundle.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            wanted = dict(_sums(archive.read(MANIFEST).decode()))
            yield from (f"{name}: missing" for name in sorted(wanted.keys() - names))
            yield from (
                f"{name}: not in {MANIFEST}" for name in sorted(names - wanted.keys() - {MANIFEST})
            )
            for name in sorted(names & wanted.keys()):
                if hashlib.sha256(archive.read(name)).hexdigest() != wanted[name]:
                    yield f"{name}: differs from its checksum"
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(f"{file}: no evidence bundle ({error}); make one with --bundle") from error


def _files(view: Row, findings: list[Row]) -> Iterator[tuple[str, bytes]]:
    yield "compliance.json", _pretty(view)
    yield "controls.json", _pretty(_mapping(view))
    yield "findings.jsonl", "".join(f"{_line(row)}\n" for row in findings).encode()
    yield "findings.csv", (table.header() + "".join(map(_csv, findings))).encode()
    yield "report.html", compliance_report.html(view, findings).encode()
    yield from _rules({rule for control in view["controls"] for rule in control["rules"]})


def _rules(wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for path in rule_files(SHIPPED):
        if path.stem in wanted:
            yield f"rules/{path.name}", path.read_bytes()
            beside = path.with_name(f"{path.stem}{CASES}")
            if beside.is_file():
                yield f"rules/{beside.name}", beside.read_bytes()


def _mapping(view: Row) -> Row:
    return {control["control"]: control["rules"] for control in view["controls"]}


def _add(archive: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, body)


def _sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _csv(row: Row) -> str:
    known = {name: value for name, value in row.items() if name in _FIELDS}
    return table.line(FindingView.model_validate(known))


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True)
