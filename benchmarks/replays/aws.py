"""Recorded answers of the AWS API through real clients of boto3's into discovery."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.replays.leaves import leaves, lost
from benchmarks.replays.recordings import (
    Flight,
    Player,
    Recorded,
    least_parameters,
    recordings,
    service_model,
)
from benchmarks.replays.report import Report
from functions.inventory.adapters.discovery import catalogue
from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.adapters.discovery.boto import BotoCloud
from functions.inventory.adapters.discovery.paging import Cursor
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.catalogue import Listing, Row, Service
from functions.inventory.model.discovery import Call, Found, Interrupted, Part, Refused
from functions.inventory.model.identity import GLOBAL

FILE = "aws.jsonl.gz"
ACCOUNT, REGION = "644160558196", "us-east-1"
_FAILED_FROM = 300
_ROUNDS = 60


def replay(folder: Path) -> Report | None:
    """Replay every recorded answer alone, then every flight's listings through discovery."""
    path = folder / FILE
    if not path.exists():
        return None
    report, player = Report(), Player()
    flights: dict[str, Flight] = defaultdict(Flight)
    for recorded in recordings(path):
        report.add(recorded.service or "unknown", answers=1)
        if not recorded.service:
            report.fault("unknown", "unparsed", f"{recorded.flight} {recorded.operation}")
            continue
        flights[recorded.flight].add(recorded)
        _alone(recorded, player, report)
    for name, flight in flights.items():
        _discovered(name, flight, player, report)
    report.types = len(catalogue.types())
    return report


def _alone(recorded: Recorded, player: Player, report: Report) -> None:
    """One answer through its client and into Config's words, counted on both sides."""
    player.flight = Flight()
    player.flight.add(recorded)
    cloud = BotoCloud(player.client, regions_of=lambda _: frozenset())
    model = service_model(recorded.service).operation_model(recorded.operation)
    call = Call(recorded.service, REGION, recorded.operation, least_parameters(model))
    try:
        answer = cloud.ask(call)
    except (Refused, Interrupted) as error:
        _failed(recorded, error.problem.kind.value, report)
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        report.fault(recorded.service, "crashes", f"{recorded.operation}: {error!r}")
        return
    if recorded.status >= _FAILED_FROM:
        report.fault(
            recorded.service, "unparsed", f"{recorded.operation}: its error came out as none"
        )
    _compared(
        recorded, _shapes(recorded.service).converter(recorded.operation, ".")(answer), report
    )


def _failed(recorded: Recorded, kind: str, report: Report) -> None:
    if recorded.status < _FAILED_FROM:
        report.fault(
            recorded.service, "unparsed", f"{recorded.operation}: {kind} for a good answer"
        )
        return
    report.add(recorded.service, errors=1, surfaced=1)
    report.kinds[kind] += 1


def _compared(recorded: Recorded, made: Any, report: Report) -> None:
    gone = lost(recorded.data, made)
    report.add(recorded.service, fields=sum(1 for _ in leaves(recorded.data)))
    if gone:
        what = f"{recorded.flight} {recorded.operation}: {dict(list(gone.items())[:3])}"
        report.fault(recorded.service, "dropped", what, times=sum(gone.values()))


def _discovered(name: str, flight: Flight, player: Player, report: Report) -> None:
    """Every listing that the flight holds, through discovery, until each of its answers was given."""
    for row, listing in _rows(flight):
        key = (row.service, listing.call)
        flight.given.clear()
        for service in _services(row, listing, flight):
            for _ in range(_ROUNDS):
                if _left(flight, key) == 0:
                    break
                player.flight = flight
                _run(name, service, listing, flight, player, report)


def _rows(flight: Flight) -> Iterator[tuple[Row, Listing]]:
    for service in {service for service, _ in flight.answers} & set(catalogue.services()):
        for row in catalogue.service(service).types:
            for listing in filter(None, (row.listing, row.instead)):
                if (service, listing.call) in flight.answers:
                    yield row, listing


def _left(flight: Flight, key: tuple[str, str]) -> int:
    given = {one.n for one in flight.given if one.key == key}
    return len([one for one in flight.answers[key] if one.n not in given])


def _services(row: Row, listing: Listing, flight: Flight) -> Iterator[Service]:
    """The row as it is if the parents were recorded, too, and without parents for what is left."""
    whole = catalogue.service(row.service)
    if row.under and (row.service, whole.row(row.under).listing.call) in flight.answers:
        keep = [one for one in whole.types if one.type in {row.type, *_above(whole, row)}]
        yield whole.model_copy(update={"types": (*[o for o in keep if o.type != row.type], row)})
    send = {
        key: "recorded" if isinstance(value, str) and "{parent" in value else value
        for key, value in listing.send.items()
    }
    alone = listing.model_copy(update={"send": send})
    orphan = row.model_copy(update={"under": "", "keep": {}, "listing": alone, "instead": None})
    yield whole.model_copy(update={"types": (orphan,)})


def _above(service: Service, row: Row) -> Iterator[str]:
    while row.under:
        row = service.row(row.under)
        yield row.type


def _run(
    name: str, service: Service, listing: Listing, flight: Flight, player: Player, report: Report
) -> None:
    row = service.types[-1]
    before = len(flight.given)
    cloud = BotoCloud(player.client, regions_of=lambda _: frozenset())
    discovery = AwsDiscovery(
        cloud, account=ACCOUNT, regions=[REGION], services=[row.service], rows=lambda _: service
    )
    part = Part(
        account=ACCOUNT, region=GLOBAL if row.scope == "global" else REGION, group=row.service
    )
    found: list[Found] = []
    try:
        found.extend(discovery.pages(part, Cursor(row.type).text()))
    except Interrupted as error:
        found.append(Found(row.type, problems=(error.problem,), ended=True))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        report.fault(row.service, "crashes", f"{name} {row.type}: {error!r}")
    given = [one for one in flight.given[before:] if one.key == (row.service, listing.call)]
    tally(name, row, listing, given, found, report)


def tally(
    name: str,
    row: Row,
    listing: Listing,
    given: Sequence[Recorded],
    found: Sequence[Found],
    report: Report,
) -> None:
    """Count the resources of a listing against the items in its recorded answers."""
    items = [
        item for one in given if one.status < _FAILED_FROM for item in _items(one.data, listing)
    ]
    resources = [one for page in found for one in page.resources]
    twice = sum(1 for page in found for one in page.problems if one.kind == "duplicate")
    report.add(row.service, listings=len(given), listed=len(items), resources=len(resources))
    missing = len(items) - len(resources)
    if missing > twice:
        report.fault(row.service, "missed", f"{name} {row.type}", times=missing)
    if missing < 0:
        report.fault(row.service, "invented", f"{name} {row.type}", times=-missing)
    known = Counter(leaf for one in resources for leaf in leaves(one.facts.configuration))
    gone = Counter(leaf for item in items for leaf in leaves(item)) - known
    if gone and not row.describe and not twice:
        what = f"{name} {row.type}: {dict(list(gone.items())[:3])}"
        report.fault(row.service, "dropped", what, times=sum(gone.values()))


def _items(value: Any, listing: Listing) -> list[Any]:
    """The items of a recorded answer, by the plainest reading of the path."""
    found = [value]
    for step in listing.items.split("."):
        name = step.rstrip("[]")
        if name:
            found = [one[name] for one in found if isinstance(one, dict) and name in one]
        if step.endswith("[]"):
            found = [inner for one in found for inner in one or []]
    return [one for one in found if one is not None]


def _shapes(service: str) -> Shapes:
    return _SHAPES.setdefault(service, Shapes(service_model(service)))


_SHAPES: dict[str, Shapes] = {}
