"""A million resources embedded: lists in 50 ms, facets in 200 ms, SQL in 1 s, the past in 20 ms."""

from __future__ import annotations

import json
import logging
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from benchmarks.harness import ROOT, folder, rounded, versions_of
from functions.inventory.adapters.lake_builder import refresh
from functions.inventory.adapters.lake_sources import sources_of
from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model import census
from functions.inventory.model.collections import RESOURCES
from functions.inventory.model.discovery import Found, Listed, Part
from functions.inventory.model.identity import ChangeId
from functions.inventory.model.resource import Capture, Effect, Facts, Resource, Source, Subject
from functions.inventory.service.comparing import Pass
from functions.inventory.service.record import record_captures
from functions.inventory.wiring import ledger_of
from steward.contracts.inventory import Relation, SnapshotDue
from steward.edge.resources import bind
from steward.identity import Role
from steward.identity.directory import KEYS, new_key
from steward.local.pump import Pump
from steward.local.shapes import Request, http_event
from steward.manifest import Function, Queue, Table, load_functions
from steward.store.records import Key, Put, Transaction
from steward.store.work import MemoryClaims, Scope, Work

TENANT = "acme"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MILLION = 1_000_000
TOGETHER = 90
LIVELY = 1_000
"""Resources whose seed is a capture like any other: they can change later."""
RECENT = 500
"""Resources that changed after the last build: what readers lay over the snapshot."""
ROUNDS = 12
HISTORIES, CHANGES = 20, 100
LIMITS = {
    "list_p95_ms": 50.0,
    "facets_p95_ms": 200.0,
    "sql_ms": 1000.0,
    "as_of_p95_ms": 20.0,
}
SWEEP_PER_S, SWEEP_MIB = 20_000.0, 512.0
PART, SWEPT = 20_000, 200_000
"""Resources of one part, and of the sweep: a part's memory is given back before the next."""
TYPES = tuple(
    f"AWS::{service}::{kind}"
    for service in ("EC2", "RDS", "S3", "Lambda", "IAM", "Logs", "ECS", "DynamoDB", "SNS", "KMS")
    for kind in ("Instance", "Volume", "Group", "Policy", "Table", "Key")
)
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "ap-south-1")
STATES = ("running", "stopped", "available", "active")
BUILDER = next(function for function in FUNCTIONS if function.name == "build-snapshots")
KEEPER = Function(
    name="keep",
    handler="functions.benchmark.handlers.keep.handler",
    trigger=Queue(events=("inventory.account.added.v1",)),
    uses=(Table("directory"), Table("inventory")),
    publishes=tuple({event for function in FUNCTIONS for event in function.publishes}),
)


class Measured(NamedTuple):
    """Milliseconds of many calls: the median and the 95th percentile."""

    p50: float
    p95: float


def run(*, resources: int = MILLION) -> dict[str, Any]:
    """Seed, build, then time lists, facets, SQL and the past through the functions' own handlers."""
    logging.disable(logging.CRITICAL)
    os.environ["STEWARD_LIMITS"] = "every=100000000/minute"
    with folder("inventory-scale") as path:
        estate = Estate(path)
        figures: dict[str, Any] = {"seed_s": timed(lambda: estate.seed(resources))}
        figures["build_s"] = timed(estate.build)
        figures["snapshot_mb"] = rounded(estate.size() / 1e6)
        estate.touch(RECENT)
        figures |= _searching(estate)
        histories = estate.histories()
        figures["as_of_ms"] = spread(estate.past(histories))
        figures["build_after_changes_s"] = timed(estate.build)
    figures["sweep"] = _swept(min(resources, SWEPT))
    met = {
        "list_p95_ms": figures["list_ms"].p95,
        "facets_p95_ms": figures["facets_ms"].p95,
        "sql_ms": figures["sql_group_by_ms"].p95,
        "as_of_p95_ms": figures["as_of_ms"].p95,
    }
    return {
        "name": "inventory-scale",
        "unit": "ms",
        "resources": resources,
        "met": {
            **{name: value <= LIMITS[name] for name, value in met.items()},
            "sweep_per_s": figures["sweep"]["per_s"] >= SWEEP_PER_S,
            "sweep_mib": figures["sweep"]["peak_mib"] <= SWEEP_MIB,
        },
        "limits": {**LIMITS, "sweep_per_s": SWEEP_PER_S, "sweep_mib": SWEEP_MIB},
        **{name: _plain(value) for name, value in figures.items()},
        "load": [rounded(one) for one in os.getloadavg()],
        "versions": versions_of("duckdb", "obstore"),
    }


def sweep(count: int) -> dict[str, float]:
    """A sweep of that many resources of which nothing changed, from what a provider lists to the verdict.

    Listing and normalising are `inventory-sweep`'s to measure; here they are made up between the clocks.
    """
    taken, differing = 0.0, 0
    for number in range(0, count, PART):
        part = Part(account=account(number), region=REGIONS[0], group=f"group-{number}")
        listed = [
            Listed(subject(one), facts(one)) for one in range(number, min(number + PART, count))
        ]
        pages = [Found(TYPES[0], tuple(listed[at : at + 100])) for at in range(0, len(listed), 100)]
        first = Pass(part, {}, {}, set(), set())
        for page in pages:
            first.take(page, at=NOON)
        body = census.encode(first.carried())
        started = time.perf_counter()
        again = Pass(part, census.decode(body), {}, set(), set())
        for page in pages:
            again.take(page, at=NOON)
        census.encode(again.carried())
        taken += time.perf_counter() - started
        differing += len(again.changed)
    return {"per_s": count / taken, "changed": differing, "peak_mib": peak_mib()}


def peak_mib() -> float:
    """The most memory this process has had; what the kernel counts as used has its parent's peak, too."""
    status = Path("/proc/self/status").read_text("ascii")
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kib) / 1024


def _swept(count: int) -> dict[str, float]:
    """The same in a process of its own, whose memory is nobody else's."""
    code = f"import json; from benchmarks.inventory_scale import sweep; print(json.dumps(sweep({count})))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return {name: rounded(value) for name, value in figures.items()}


def _searching(estate: Estate) -> dict[str, Any]:
    estate.ask("resources", limit=1)  # opens the snapshot, as a process does once
    lists = {name: estate.lists(query) for name, query in filters().items()}
    facets = {name: estate.facets(query) for name, query in narrowings().items()}
    group = (
        "SELECT account, type, count(*) AS n FROM resources GROUP BY ALL ORDER BY n DESC LIMIT 20"
    )
    return {
        "list_ms": spread([one for each in lists.values() for one in each]),
        "lists": {name: spread(each) for name, each in lists.items()},
        "facets_ms": spread([one for each in facets.values() for one in each]),
        "facets": {name: spread(each) for name, each in facets.items()},
        "sql_group_by_ms": spread(estate.sql(group)),
    }


def filters() -> dict[str, dict[str, str]]:
    """What people look for, as the list takes it."""
    return {
        "everything": {},
        "type": {"type": TYPES[0]},
        "account and region": {"account": account(3), "region": REGIONS[1]},
        "type and tag": {"type": TYPES[5], "tag": "team=team-7"},
        "tag": {"tag": "cost-center=17"},
        "state": {"state": "stopped"},
        "sorted by name": {"type": TYPES[2], "sort": "name"},
        "text": {"text": "srv-77"},
        "condition": {"type": TYPES[0], "where": "configuration.instanceType=t3.micro"},
    }


def narrowings() -> dict[str, dict[str, str]]:
    """What people count."""
    return {
        "everything": {},
        "one type": {"type": TYPES[0]},
        "one region, tagged": {"region": REGIONS[0], "tag": "env=prod"},
        "tag keys": {"fields": "type,tags"},
        "by a tag": {"fields": "tags.team"},
    }


class Estate:
    """A data folder with one tenant's inventory, and its functions in this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOON
        self.pump = Pump(path, functions=load_functions(["inventory"]), clock=lambda: self.now)
        plaintext, kept = new_key(tenant=TENANT, role=Role.VIEWER, name="bench", now=self.now)
        work = self.work(KEEPER)
        work.table("directory").of(KEYS).add(kept)
        work.commit()
        self.key = plaintext

    def work(self, function: Function) -> Work:
        """A Work of the tenant's."""
        return Work(
            Scope(
                store=self.pump.store,
                claims=MemoryClaims(),
                function=function,
                tenant=TENANT,
                now=self.now,
                commit_id=os.urandom(16).hex(),
                actor="benchmark",
                correlation_id="benchmark",
            )
        )

    def seed(self, count: int) -> None:
        """Write the resources straight into the store: a seed, without history or events, but for some."""
        self.now = NOON - timedelta(hours=2)
        self._record(capture(number, at=self.now, turn=0) for number in range(LIVELY))
        for first in range(LIVELY, count, 50 * TOGETHER):
            ids = range(first, min(first + 50 * TOGETHER, count))
            puts = [put(thing(number, at=self.now)) for number in ids]
            chunks = (puts[at : at + TOGETHER] for at in range(0, len(puts), TOGETHER))
            epoch = int(self.now.timestamp())
            self.pump.store.commit(
                [Transaction(os.urandom(8).hex(), TENANT, epoch, tuple(chunk)) for chunk in chunks]
            )
        self.now = NOON

    def build(self) -> None:
        """Bring the snapshots up to date, as the function does."""
        self.now += timedelta(hours=1)
        with bind(self.pump.ports.of(BUILDER)):
            work = self.work(BUILDER)
            for source in sources_of(work):
                refresh(source.lake, source.kind, source.feed, due=SnapshotDue())
            work.commit()

    def size(self) -> int:
        """Bytes of the lake's files."""
        return sum(one.stat().st_size for one in (self.path / "objects").rglob("*.parquet"))

    def touch(self, count: int) -> None:
        """Change some of the resources, as captures do."""
        self.now += timedelta(minutes=1)
        self._record(capture(number, at=self.now) for number in range(count))
        self.now += timedelta(minutes=3)

    def histories(self) -> list[str]:
        """Resources with a long history, from captures a minute apart."""
        for turn in range(CHANGES):
            at = NOON - timedelta(minutes=CHANGES - turn)
            self._record(capture(-1 - number, at=at, turn=turn) for number in range(HISTORIES))
        return [subject(-1 - number).id for number in range(HISTORIES)]

    def _record(self, captures: Iterable[Capture]) -> None:
        for one in captures:
            work = self.work(KEEPER)
            record_captures([one], ledger=ledger_of(work))
            work.commit()

    def past(self, ids: Sequence[str]) -> list[float]:
        """Milliseconds to show each at an instant of its history."""
        chosen = random.Random(3)
        taken = []
        for id_ in ids:
            for _ in range(5):
                at = NOON - timedelta(minutes=chosen.uniform(1, CHANGES - 1))
                taken.append(self._timed(f"resources/{id_}", at=at.isoformat()))
        return taken

    def lists(self, query: dict[str, str]) -> list[float]:
        """Milliseconds of pages: the first, then the next by its cursor, and so on."""
        taken: list[float] = []
        cursor: dict[str, str] = {}
        for _ in range(ROUNDS):
            started = time.perf_counter()
            answer = self.ask("resources", limit=50, **query, **cursor)
            taken.append((time.perf_counter() - started) * 1000)
            cursor = {"cursor": answer["cursor"]} if answer["cursor"] else {}
        return taken

    def facets(self, query: dict[str, str]) -> list[float]:
        """Milliseconds of counting."""
        return [self._timed("facets", **query) for _ in range(ROUNDS)]

    def sql(self, statement: str) -> list[float]:
        """Milliseconds of a statement, each with tables opened for it alone."""
        taken = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            self.ask("query", body={"sql": statement})
            taken.append((time.perf_counter() - started) * 1000)
        return taken

    def ask(self, path: str, *, body: object = None, **query: object) -> Any:
        """The answer to one request of a viewer's."""
        name = "inventory-api" if path.startswith("resources") else "search-api"
        request = Request(
            method="GET" if body is None else "POST",
            path=f"/api/v1/inventory/{path}",
            query=urlencode(query),
            headers=(
                ("authorization", f"Bearer {self.key}"),
                ("content-type", "application/json"),
            ),
            body=b"" if body is None else json.dumps(body).encode(),
            source_ip="127.0.0.1",
            request_id=os.urandom(8).hex(),
            at=self.now.timestamp(),
            resource=f"/api/v1/inventory/{path}",
            proxy=None,
        )
        answer = self.pump.invoke(f"inventory.{name}", http_event(request))
        if answer["statusCode"] != 200:  # noqa: PLR2004  # HTTP's own
            raise RuntimeError(f"{path} {query}: {answer['body']}")
        return json.loads(answer["body"])

    def _timed(self, path: str, **query: object) -> float:
        started = time.perf_counter()
        self.ask(path, **query)
        return (time.perf_counter() - started) * 1000


def subject(number: int) -> Subject:
    """Who a seeded resource is."""
    return Subject.model_construct(
        account=account(number),
        region=REGIONS[number % len(REGIONS)],
        type=TYPES[number // 7 % len(TYPES)],
        native_id=f"i-{number & 0xFFFFFFFFFFFF:017x}",
    )


def account(number: int) -> str:
    """One of twenty accounts."""
    return f"{number % 20 + 1:012d}"


def facts(number: int, *, turn: int = 0) -> Facts:
    """What is true of it, of the size that an instance's configuration has."""
    who = subject(number)
    # As it is said: a million of them need no proof.
    return Facts.model_construct(
        arn=f"arn:aws:ec2:{who.region}:{who.account}:instance/{who.native_id}",
        name=f"srv-{number % 5000}-{number}",
        tags={
            "Name": f"srv-{number}",
            "env": ("dev", "staging", "prod")[number % 3],
            "team": f"team-{number % 40}",
            "cost-center": str(number % 200),
        },
        configuration={
            "instanceId": who.native_id,
            "instanceType": f"t3.{('micro', 'small', 'large')[(number + turn) % 3]}",
            "imageId": f"ami-{number % 300:08x}",
            "privateIpAddress": f"10.{number % 200}.{number // 256 % 256}.{number % 256}",
            "subnetId": f"subnet-{number % 500:08x}",
            "vpcId": f"vpc-{number % 50:08x}",
            "monitoring": {"state": "disabled"},
            "placement": {"availabilityZone": f"{who.region}a", "tenancy": "default"},
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"volumeId": f"vol-{number:017x}"}}
            ],
            "securityGroups": [{"groupId": f"sg-{number % 700:08x}", "groupName": "default"}],
            "revision": turn,
        },
        relations=(
            Relation.model_construct(
                kind="Is contained in Vpc",
                target_type="AWS::EC2::VPC",
                target_id=f"vpc-{number % 50:08x}",
            ),
        ),
        state=STATES[number % len(STATES)],
        created_at=NOON - timedelta(hours=number % 20_000),
        owner=f"team-{number % 40}",
        public=number % 50 == 0,
        encrypted=number % 3 > 0,
        size=f"t3.{('micro', 'small', 'large')[number % 3]}",
    )


def thing(number: int, *, at: datetime) -> Resource:
    """A seeded resource."""
    who = subject(number)
    return Resource.model_construct(
        id=who.id,
        subject=who,
        facts=facts(number),
        captured_at=at,
        version=1,
        latest=ChangeId(f"chg_{number}"),
        recorded_at=at,
    )


def put(one: Resource) -> Put:
    """The write that a store keeps it by."""
    key = Key("inventory", TENANT, RESOURCES.name, one.id)
    return Put(key, None, 1, one.model_dump_json(), RESOURCES.slots(one))


def capture(number: int, *, at: datetime, turn: int = 1) -> Capture:
    """A report of one that is different now."""
    return Capture(
        subject=subject(number),
        at=at,
        source=Source.CONFIG,
        effect=Effect.CAPTURED,
        key=f"{at.isoformat()}|{turn}|{number}",
        facts=facts(number, turn=turn),
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    work()
    return rounded(time.perf_counter() - started)


def spread(taken: Sequence[float]) -> Measured:
    """The median and the 95th percentile."""
    ordered = sorted(taken)
    return Measured(
        rounded(ordered[len(ordered) // 2]), rounded(ordered[math.ceil(len(ordered) * 0.95) - 1])
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Measured):
        return value._asdict()
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value
