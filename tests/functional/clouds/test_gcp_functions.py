"""Each Google function served by functions-framework over HTTP, in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.functional.clouds.plane import Plane, plane

ROOT = Path(__file__).parents[3]
INSTANCE = "projects/shop-prod/zones/europe-west3-a/instances/web"
ENTRY = {
    "timestamp": "2026-03-01T11:59:58.123456789Z",
    "insertId": "abc",
    "resource": {"type": "gce_instance", "labels": {"project_id": "shop-prod"}},
    "protoPayload": {
        "serviceName": "compute.googleapis.com",
        "methodName": "v1.compute.instances.insert",
        "resourceName": INSTANCE,
        "authenticationInfo": {"principalEmail": "ada@example.com"},
    },
}
ASSET = {
    "asset": {
        "name": f"//compute.googleapis.com/{INSTANCE}",
        "assetType": "compute.googleapis.com/Instance",
        "ancestors": ["projects/518122731295"],
        "resource": {"version": "v1", "data": {"name": "web", "status": "RUNNING"}},
    },
    "window": {"startTime": "2026-03-01T11:59:59Z"},
}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Plane]:
    with plane(tmp_path / "world") as here:
        yield here


class Served:
    """One function behind its own address."""

    def __init__(self, port: int) -> None:
        self.port = port

    def post(self, kind: str, data: Any, *, id_: str = "e1") -> int:
        headers = {
            "ce-id": id_,
            "ce-specversion": "1.0",
            "ce-type": kind,
            "ce-source": "//cloudaudit.googleapis.com/projects/shop-prod",
            "content-type": "application/json",
        }
        return self.ask("POST", json.dumps(data), headers)[0]

    def ask(self, method: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, "/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    @property
    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.2):
                return True
        except OSError:
            return False


@contextmanager
def serve(target: str, cloud: Plane, folder: Path) -> Iterator[Served]:
    """The function, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    signature = "http" if target == "drain" else "cloudevent"
    command = [sys.executable, "-m", "functions_framework", "--source", "functions/gcp/main.py"]
    options = ["--target", target, "--signature-type", signature, "--port", str(port)]
    environ = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **cloud.environ(folder, cloud="gcp"),
        "PYTHONPATH": f"{ROOT}:{ROOT}/layers/steward/python",
    }
    log = folder.with_suffix(".log").open("ab")
    process = subprocess.Popen(
        [*command, *options, "--host", "127.0.0.1"], cwd=ROOT, env=environ, stdout=log, stderr=log
    )
    served = Served(port)
    try:
        for _ in range(300):
            if served.answers or process.poll() is not None:
                break
            time.sleep(0.05)
        assert served.answers, folder.with_suffix(".log").read_text()
        yield served
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def feed(message: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"message": {"data": base64.b64encode(text.encode()).decode(), "messageId": "1"}}


PUBSUB = "google.cloud.pubsub.topic.v1.messagePublished"
AUDIT = "google.cloud.audit.log.v1.written"


def test_an_audit_entry_is_told_of_once_however_often_it_comes(
    cloud: Plane, tmp_path: Path
) -> None:
    with serve("audit", cloud, tmp_path / "spool") as function:
        assert [function.post(AUDIT, ENTRY) for _ in range(3)] == [200] * 3
        assert function.post(AUDIT, {"protoPayload": {}}, id_="odd") == 200
    (told,) = cloud.at.told()
    assert told["kind"] == "v1.compute.instances.insert"
    assert told["detail"] == ENTRY
    assert told["at"].startswith("2026-03-01T11:59:58.123456")


def test_an_asset_feed_is_told_of_and_its_greeting_is_not(cloud: Plane, tmp_path: Path) -> None:
    with serve("asset", cloud, tmp_path / "spool") as function:
        assert function.post(PUBSUB, feed("You have successfully configured a feed")) == 200
        assert function.post(PUBSUB, feed(ASSET)) == 200
        assert function.post(PUBSUB, feed({**ASSET, "deleted": True}), id_="e2") == 200
    assert sorted(one["kind"] for one in cloud.at.told()) == ["changed", "deleted"]
    assert all(one["account"] == "shop-prod" for one in cloud.at.told())


def test_a_cost_export_goes_as_a_stream_with_its_checksum(cloud: Plane, tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    cloud.files["/storage/v1/b/costs/o/focus%2Fa.parquet"] = content
    finished = {
        "bucket": "costs",
        "name": "focus/a.parquet",
        "size": str(len(content)),
        "generation": "7",
    }
    with serve("export", cloud, tmp_path / "spool") as function:
        assert function.post("google.cloud.storage.object.v1.finalized", finished) == 200
    (told,) = cloud.at.told()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["name"] == "gs://costs/focus/a.parquet"


def test_what_waits_survives_a_restart_and_the_scheduler_brings_it(
    cloud: Plane, tmp_path: Path
) -> None:
    cloud.away = True
    with serve("audit", cloud, tmp_path / "spool") as function:
        assert function.post(AUDIT, ENTRY) == 200
    assert cloud.at.told() == []
    cloud.away = False
    with serve("drain", cloud, tmp_path / "spool") as function:
        assert json.loads(function.ask("GET", None, {})[1])["waiting"] == 1
        assert json.loads(function.ask("POST", "", {})[1])["waiting"] == 0
    assert len(cloud.at.told()) == 1
