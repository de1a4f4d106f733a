"""HTTP reads with authentication and validation, against FastAPI with async SQLAlchemy on SQLite."""

from __future__ import annotations

import hashlib
import json
import os
import random
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.embedded import ACCOUNT, Embedded, embedded, envelope
from benchmarks.harness import (
    BENCH,
    PEERS,
    ROOT,
    RUNS,
    BenchmarkError,
    debian_tool,
    environment,
    folder,
    free_port,
    result,
    rounded,
    serving,
)

VERSIONS = {
    "fastapi": "0.165.0",
    "sqlalchemy": "2.1.9",
    "aiosqlite": "0.22.1",
    "uvicorn": "0.54.0",
    "uvloop": "0.23.0",
    "httptools": "0.9.0",
}
RESOURCES = "/api/v1/inventory/resources"
BUCKET = "AWS::S3::Bucket"
TYPES = (BUCKET, "AWS::EC2::SecurityGroup", "AWS::EC2::Volume", "AWS::IAM::Role")
COUNT = 1200
CONNECTIONS = 16
SECONDS = 4


@dataclass(frozen=True)
class Target:
    """A server under load: its port and a key it takes."""

    port: int
    key: str

    def get(self, path: str) -> Any:
        """A JSON answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
        answer = json.load(connection.getresponse())
        connection.close()
        return answer

    def load(self, path: str, *, seconds: int = SECONDS) -> dict[str, float]:
        """What wrk says of as many requests as go over its connections.

        Raises:
            BenchmarkError: some were not answered with success.
        """
        script = str(ROOT / "benchmarks" / "wrk_report.lua")
        options = ["-t1", "--timeout", "20s", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script]
        command = [debian_tool("wrk", "wrk"), *options, self._url(path), "--", self.key]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        if report["failed"]:
            raise BenchmarkError(f"{path}: {report['failed']} of {report['requests']} failed")
        return {
            "rate": report["requests"] * 1e6 / report["microseconds"],
            "p50": report["p50_us"] / 1000,
            "p99": report["p99_us"] / 1000,
        }

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def run() -> dict[str, Any]:
    """Requests a second of one resource and of a filtered list; the worse ratio counts."""
    with folder("ours") as ours, folder("peer") as theirs, embedded(ours) as steward:
        rows = _rows(steward)
        paths = {
            "one": f"{RESOURCES}/{rows[0]['id']}",
            "list": f"{RESOURCES}?type={BUCKET}&limit=50",
        }
        with _peer(theirs, rows, steward.key) as peer:
            sides = {"ours": Target(steward.port, steward.key), "peer": peer}
            _same_answers(sides, paths)
            measured = {name: _measure(sides, path) for name, path in paths.items()}
    worse = min(measured, key=lambda name: _ratio(measured[name]))
    return result(
        "http",
        f"requests/s ({worse})",
        {side: [each["rate"] for each in loads] for side, loads in measured[worse].items()},
        more_is_better=True,
        versions={**VERSIONS, "wrk": "Debian"},
        detail={
            "connections": CONNECTIONS,
            "resources": COUNT,
            "peer": "one uvicorn worker, uvloop, access log on as is its default",
            **{name: _summary(sides) for name, sides in measured.items()},
        },
    ).as_dict()


def _rows(steward: Embedded) -> list[dict[str, Any]]:
    """Resources sent through the front door, as the API shows them."""
    steward.put([_item(number) for number in range(COUNT)])
    steward.await_quiet()
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = steward.request(
            "GET", f"{RESOURCES}?limit=200" + (f"&cursor={cursor}" * bool(cursor))
        )
        ids += [item["id"] for item in page["items"]]
        cursor = page["cursor"]
    if len(ids) != COUNT:
        raise BenchmarkError(f"{len(ids)} of {COUNT} resources are in the inventory")
    connection = steward.connection()
    return [
        steward.request("GET", f"{RESOURCES}/{id_}", connection=connection) for id_ in sorted(ids)
    ]


def _item(number: int) -> dict[str, Any]:
    """A configuration change as AWS Config sends it, with some kilobytes of made-up configuration."""
    kind = TYPES[number % len(TYPES)]
    made_up = random.Random(number)
    name = f"thing-{number:05}"
    item = {
        "awsAccountId": ACCOUNT,
        "awsRegion": "eu-west-1",
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "ARN": f"arn:aws:bench:eu-west-1:{ACCOUNT}:{name}",
        "configurationItemCaptureTime": "2026-11-01T08:00:00.000Z",
        "configurationItemStatus": "ResourceDiscovered",
        "configurationStateId": f"{1_760_000_000_000 + number}",
        "tags": {"team": f"team-{number % 7}", "stage": "production"},
        "relationships": [
            {
                "resourceType": "AWS::EC2::VPC",
                "resourceId": f"vpc-{number % 5}",
                "name": "Is contained in Vpc",
            }
        ],
        "configuration": {
            f"setting{position}": {"enabled": made_up.choice((True, False)), "values": [1, 2, 3]}
            for position in range(12)
        },
        "supplementaryConfiguration": {},
    }
    detail = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}
    return envelope("aws.config", "Config Configuration Item Change", detail)


@contextmanager
def _peer(theirs: Path, rows: list[dict[str, Any]], key: str) -> Iterator[Target]:
    requirements = [f"{name}=={version}" for name, version in VERSIONS.items()]
    python = environment(
        "fastapi", [*requirements, f"sqlalchemy[asyncio]=={VERSIONS['sqlalchemy']}"]
    )
    environ = {"PEER_DATABASE": str(theirs / "peer.sqlite")}
    lines = theirs / "rows.jsonl"
    lines.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    digest = hashlib.sha256(key.encode()).hexdigest()
    subprocess.run(
        [str(python), str(PEERS / "fastapi_rows.py"), str(lines), "default", digest],
        check=True,
        cwd=PEERS,
        env={**os.environ, **environ},
    )
    port = free_port()
    command = [str(python), "-m", "uvicorn", "--app-dir", str(PEERS), "fastapi_app:app"]
    with serving(
        [*command, "--port", str(port)], port=port, log=BENCH / "fastapi.log", environ=environ
    ):
        yield Target(port, key)


def _same_answers(sides: dict[str, Target], paths: dict[str, str]) -> None:
    for path in paths.values():
        ours, peer = (sides[name].get(path) for name in ("ours", "peer"))
        if "items" in ours:
            for answer in (ours, peer):
                answer["items"].sort(key=lambda item: item["id"])
                answer["cursor"] = bool(answer["cursor"])
        if ours != peer:
            raise BenchmarkError(f"{path}: the answers differ: {ours} and {peer}"[:900])


def _measure(sides: dict[str, Target], path: str) -> dict[str, list[dict[str, float]]]:
    for target in sides.values():
        target.load(path, seconds=1)
    loads: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for _ in range(RUNS):
        for name, target in sides.items():
            loads[name].append(target.load(path))
    return loads


def _ratio(loads: dict[str, list[dict[str, float]]]) -> float:
    return _median(loads["ours"], "rate") / _median(loads["peer"], "rate")


def _median(loads: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in loads)


def _summary(sides: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    return {
        "ratio": rounded(_ratio(sides)),
        **{
            f"{side} {name}": rounded(_median(loads, name))
            for side, loads in sides.items()
            for name in ("rate", "p50", "p99")
        },
    }
