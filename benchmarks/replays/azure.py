"""Recorded answers of Azure through the vendor's pipeline into discovery."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.resourcegraph import ResourceGraphClient

from benchmarks.replays.http import Tape, records
from benchmarks.replays.leaves import leaves, lost
from benchmarks.replays.report import Report
from functions.inventory.adapters.discovery.azure import Arm, Graph, read_list
from functions.inventory.model.azure.read import listed
from functions.inventory.model.azure.types import spelt
from functions.inventory.model.discovery import Interrupted, Listed, Problem, Refused

FILE = "azure.jsonl.gz"
_ARM = "https://management.azure.com/"
_GRAPH = "/providers/Microsoft.ResourceGraph/resources"
# Lists of what is measured or under way: nothing that exists by itself.
_NO_RESOURCES = frozenset(
    {"Microsoft.Insights/metrics", "Microsoft.Network/locations/operationResults"}
)
_ERROR = 400


class _Nobody:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("recorded", 4_000_000_000)


class _Clients:
    """Arm and Resource Graph over one tape."""

    def __init__(self) -> None:
        self.tape = Tape()
        session = requests.Session()
        session.mount("https://", self.tape)
        transport = RequestsTransport(session=session, session_owner=False)
        self.arm = Arm(ARMPipelineClient(_ARM, policies=[], transport=transport))
        client = ResourceGraphClient(_Nobody(), transport=transport, retry_total=0)
        self.graph = Graph(client, wait=lambda _: None)


def replay(folder: Path) -> Report | None:
    """Replay every recorded answer; those that list resources, into discovery."""
    path = folder / FILE
    if not path.exists():
        return None
    report, clients = Report(), _Clients()
    for record in records(path):
        service, body = service_of(record["uri"]), record["body"].get("data")
        report.add(service, answers=1, fields=sum(1 for _ in leaves(body)))
        clients.tape.status, clients.tape.body = record["status"], body
        try:
            _one(record, service, clients, report)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            report.fault(service, "crashes", f"{record['cassette']}: {error!r}")
    return report


def service_of(uri: str) -> str:
    """The namespace of the provider that answered, or the end of another host's name."""
    if uri.startswith(_ARM):
        found = re.findall(r"/providers/([^/?]+)", uri)
        return spelt(f"{found[-1]}/x").partition("/")[0].lower() if found else "microsoft.resources"
    return ".".join(uri.split("/")[2].split(".")[-3:])


def _one(record: Mapping[str, Any], service: str, clients: _Clients, report: Report) -> None:
    uri, status = record["uri"], record["status"]
    try:
        if uri.startswith(_ARM) and _GRAPH in uri:
            rows, _ = clients.graph.ask("resources", "recorded", None)
            made: Iterable[Listed | Problem] = [listed(row) for row in rows]
        else:
            made = read_list(clients.arm.get(uri), "recorded")
        answer = list(made)
    except (Refused, Interrupted) as error:
        kind = error.problem.kind.value
        if status < _ERROR:
            report.fault(service, "unparsed", f"{uri[:120]}: {kind} for a good answer")
            return
        report.add(service, errors=1, surfaced=1)
        report.kinds[kind] += 1
        return
    items = _items(uri, record["body"].get("data"))
    if items:
        _compare(items, answer, service, report)


def _items(uri: str, body: Any) -> Sequence[Mapping[str, Any]]:
    """What the answer lists, counted without the code under test; nothing where it lists no resources."""
    if not uri.startswith(_ARM) or not isinstance(body, Mapping):
        return ()
    words = re.split(r"/providers/", uri.partition("?")[0])[-1].split("/")
    if spelt("/".join([words[0], *words[1::2]])) in _NO_RESOURCES:
        return ()
    table = body.get("data")
    if isinstance(table, Mapping):
        names = [one["name"] for one in table["columns"]]
        return [dict(zip(names, row, strict=True)) for row in table["rows"]]
    value = body.get("value")
    return [one for one in value if "id" in one] if isinstance(value, list) else ()


def _compare(
    items: Sequence[Mapping[str, Any]],
    answer: Sequence[Listed | Problem],
    service: str,
    report: Report,
) -> None:
    found = [one for one in answer if isinstance(one, Listed)]
    report.add(service, listings=1, listed=len(items), resources=len(found))
    wanted = [str(item["id"]).strip("/").lower() for item in items]
    named = [one.subject.native_id.strip("/") for one in found]
    for name in wanted:
        if name not in named:
            report.fault(service, "missed", name[:200])
    for name in named:
        if name not in wanted:
            report.fault(service, "invented", name[:200])
    for item, one in zip(items, found, strict=False):
        gone = lost(item, one.facts.configuration)
        if gone:
            report.fault(service, "dropped", f"{one.subject.native_id[:120]}: {dict(gone)}"[:400])
