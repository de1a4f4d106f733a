"""Recorded answers of Google Cloud through the vendor's session into discovery."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession

from benchmarks.replays.http import Tape, records
from benchmarks.replays.leaves import leaves, lost
from benchmarks.replays.report import Report
from functions.inventory.adapters.discovery.gcp import Rest
from functions.inventory.model.discovery import Interrupted, Listed, Problem, Refused
from functions.inventory.model.gcp.lists import Answer, read, row_of
from functions.inventory.model.gcp.read import of_asset
from functions.inventory.model.gcp.rows import ROWS, Row

FILE = "gcp.jsonl.gz"
_ERROR = 400
# The old shared host, by the first word of the path.
_SHARED = {
    "bigquery": "bigquery.googleapis.com",
    "compute": "compute.googleapis.com",
    "deploymentmanager": "deploymentmanager.googleapis.com",
    "dns": "dns.googleapis.com",
    "sql": "sqladmin.googleapis.com",
    "storage": "storage.googleapis.com",
}
_ASSETS = "cloudasset.googleapis.com"


def replay(folder: Path) -> Report | None:
    """Replay every recorded answer; those of a catalogued list call, into discovery."""
    path = folder / FILE
    if not path.exists():
        return None
    report, tape = Report(), Tape()
    session = AuthorizedSession(AnonymousCredentials())  # type: ignore[no-untyped-call]
    session.mount("https://", tape)
    rest = Rest(session)
    for record in records(path):
        tape.status = int(record["headers"].get("status") or 200)
        tape.body = record["body"]
        call = call_of(record)
        host = call[0].host if call else place_of(record)[0]
        report.add(host, answers=1, fields=sum(1 for _ in leaves(record["body"])))
        try:
            _one(record, host, call, rest, report)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            report.fault(host, "crashes", f"{record['flight']}: {error!r}")
    report.types = len(ROWS)
    return report


def place_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """The host and path that were asked, where the recording tells."""
    location = str(record["headers"].get("content-location") or "").partition("?")[0]
    host, _, path = location.removeprefix("https://").partition("/")
    if not host:
        return "untold", ""
    word = path.partition("/")[0]
    plain = re.sub(r"^[a-z]+-[a-z]+[0-9]+-", "", host)
    return (_SHARED.get(word, plain) if plain == "www.googleapis.com" else plain), path


def call_of(record: Mapping[str, Any]) -> tuple[Row, dict[str, str]] | None:
    """The catalogued list call that an answer is of; by its file's name where no address was recorded."""
    name, body = str(record["file"]), record["body"]
    reads = name.startswith(("get-", "post-v1-organizations-search"))
    if not reads or not isinstance(body, Mapping) or "error" in body:
        return None
    host, path = place_of(record)
    if path:
        found = row_of(host, path)
        # A recorder that kept an address from before: the answer is of another call than that.
        if found is not None and (_lists(found[0], body) or not _members(body)):
            return found
    return next(_by_file(re.sub(r"^[a-z]+-|_\d+\.json$", "", name), body), None)


def _by_file(name: str, body: Mapping[str, Any]) -> Iterator[tuple[Row, dict[str, str]]]:
    for row in ROWS:
        words = re.split(r"\{(\w+)\}", row.path)
        parts = [
            f"(?P<{word}>.+?)" if place % 2 else re.escape(re.sub("[/:]", "-", word))
            for place, word in enumerate(words)
        ]
        found = re.fullmatch(f"(?:[a-z0-9.-]+googleapis.com-)?{''.join(parts)}", name)
        if found is not None and _lists(row, body):
            yield row, found.groupdict()


def _lists(row: Row, body: Mapping[str, Any]) -> bool:
    return row.items.partition(".")[0] in body


def _members(body: Any) -> Sequence[Mapping[str, Any]]:
    """What an answer lists, counted without the code under test."""
    found: list[Mapping[str, Any]] = []
    for value in body.values():
        if isinstance(value, list):
            found += [one for one in value if isinstance(one, Mapping)]
        elif isinstance(value, Mapping):
            for scope in value.values():
                if isinstance(scope, Mapping):
                    found += [x for y in scope.values() if isinstance(y, list) for x in y]
    return found


def _one(
    record: Mapping[str, Any],
    host: str,
    call: tuple[Row, dict[str, str]] | None,
    rest: Rest,
    report: Report,
) -> None:
    try:
        body = rest.get(f"https://{host}/{place_of(record)[1]}")
    except (Refused, Interrupted) as error:
        kind = error.problem.kind.value
        if int(record["headers"].get("status") or 200) < _ERROR:
            report.fault(host, "unparsed", f"{record['file'][:120]}: {kind} for a good answer")
            return
        report.add(host, errors=1, surfaced=1)
        report.kinds[kind] += 1
        return
    if call is not None:
        answer = list(read(Answer(*call, body)))
        _compare(_members(record["body"]), answer, host, record, report)
    elif host == _ASSETS and isinstance(body, Mapping):
        _assets(record, body, report)


def _assets(record: Mapping[str, Any], body: Mapping[str, Any], report: Report) -> None:
    """Asset inventory's own answers: assets with their windows, or the results of a search."""
    items = [one.get("asset", one) for one in _members(body)]
    answer = [of_asset(one) for one in items]
    found = [one for one in answer if isinstance(one, Listed)]
    report.add(_ASSETS, listings=1, listed=len(items), resources=len(found))
    if len(found) != len(items):
        report.fault(_ASSETS, "missed", str(record["file"])[:120], times=len(items) - len(found))


def _compare(
    items: Sequence[Mapping[str, Any]],
    answer: Sequence[Listed | Problem],
    host: str,
    record: Mapping[str, Any],
    report: Report,
) -> None:
    found = [one for one in answer if isinstance(one, Listed)]
    report.add(host, listings=1, listed=len(items), resources=len(found))
    short = len(items) - len(found)
    if short:
        kind = "missed" if short > 0 else "invented"
        report.fault(host, kind, f"{record['flight']} {record['file']}"[:200], times=abs(short))
    for item, one in zip(items, found, strict=False):
        gone = lost(item, one.facts.configuration)
        if gone:
            report.fault(host, "dropped", f"{one.subject.native_id[:120]}: {dict(gone)}"[:400])
