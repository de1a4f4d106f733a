"""A real ``steward up`` that sweeps the cloud: started, killed, started again over the same folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cloud.process import Cloud
from benchmarks.cloud.seed import ACCOUNTS, Entry, bare
from benchmarks.harness import ROOT, BenchmarkError, stop, surroundings

API = "/api/v1/inventory"
PATIENCE = 300.0
STEP = 0.5
"""Asking costs the server time that is measured."""
PAGE = 200


class Steward:
    """One data folder, and the process that serves it."""

    def __init__(self, data: Path, cloud: Cloud) -> None:
        self.data = data
        self._cloud = cloud
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._key = ""

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        log = self.data.with_suffix(".log")
        (self.data / "running.json").unlink(missing_ok=True)
        steward = str(Path(sys.executable).with_name("steward"))
        environ = {
            **surroundings(),
            **self._cloud.environ,
            "STEWARD_LIMITS": "every=1000000/second",
        }
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [steward, "up", "--data", str(self.data), "--port", "0"],
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env=environ,
            )
        self._await(log)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            stop(self._process)

    def processor(self) -> float:
        """Seconds of processors that it and its workers have taken so far."""
        parents, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
                parents[int(stat.parent.name)] = int(fields[1])
                # Of those it has waited for as well: a worker that ended is not forgotten.
                used[int(stat.parent.name)] = sum(map(int, fields[11:15]))
        own = {self._process.pid} if self._process is not None else set()
        while more := {pid for pid, parent in parents.items() if parent in own} - own:
            own |= more
        return sum(used.get(pid, 0) for pid in own) / os.sysconf("SC_CLK_TCK")

    def request(self, method: str, path: str, body: object = None) -> Any:
        """A JSON answer.

        Raises:
            BenchmarkError: the status is 400 or above.
        """
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)) as line:
            line.request(method, path, body=sent, headers=headers)
            answer = line.getresponse()
            text = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise BenchmarkError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the command line says over the same folder."""
        steward = str(Path(sys.executable).with_name("steward"))
        told = [steward, *words, "--data", str(self.data)]
        environ = {**os.environ, "STEWARD_API_KEY": self._key}
        return subprocess.run(
            told, capture_output=True, text=True, cwd=ROOT, env=environ, check=False
        )

    def enter(self) -> None:
        """Claim every account of the cloud, and have its role ask for the external id of the claim."""
        for account in ACCOUNTS[: self._cloud.size.accounts]:
            claim = self.request("POST", f"{API}/accounts", {"account": account})
            self._cloud.admit(account, claim["external_id"])
            self.request("POST", f"{API}/accounts/aws/{account}/check", {})
            self._until(partial(self._proven, account), account)
        self.await_quiet()

    def begin(self, types: list[str]) -> str:
        """The id of a sweep that has begun."""
        return str(self.request("POST", f"{API}/sweeps", {"types": types})["id"])

    def sweep(self, id_: str) -> dict[str, Any]:
        """How far it is."""
        found: dict[str, Any] = self.request("GET", f"{API}/sweeps/{id_}")
        return found

    def listed(self, id_: str, *, patience: float = 3600.0) -> dict[str, Any]:
        """The sweep once it is over and everything it found is in the inventory."""
        self._until(lambda: self.sweep(id_)["state"] != "running", id_, patience)
        self._until(lambda: not self._waiting("inventory."), "the inventory's queues", patience)
        return self.sweep(id_)

    def swept(self, id_: str, *, patience: float = 3600.0) -> dict[str, Any]:
        """The same once every other concern has looked at what was found as well."""
        self.listed(id_, patience=patience)
        self.await_quiet()
        return self.sweep(id_)

    def await_quiet(self) -> None:
        """Wait until no queue holds a message."""
        self._until(lambda: not self._waiting(), "the queues", 3600.0)

    def everything(self) -> Iterator[dict[str, Any]]:
        """Every resource in the store."""
        cursor = ""
        while True:
            page = self.request("GET", f"{API}/resources?limit={PAGE}{cursor}")
            yield from page["items"]
            if page["cursor"] is None:
                return
            cursor = f"&cursor={page['cursor']}"

    def entries(self, types: Collection[str]) -> set[Entry]:
        """What it knows of some types, with bare ids."""
        rows = (Entry(one["account"], one["type"], one["native_id"]) for one in self.everything())
        return bare(rows, types)

    def _proven(self, account: str) -> bool:
        shown = self.request("GET", f"{API}/accounts/aws/{account}")
        return bool(shown["state"] == "verified")

    def _waiting(self, start: str = "") -> int:
        queues = self.request("GET", "/health")["queues"]
        chosen = [one for one in queues if one["queue"].startswith(start)]
        return sum(one["ready"] + one["in_flight"] for one in chosen)

    def _until(self, done: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while not done():
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{what}: not done after {patience:g} s")
            time.sleep(STEP)

    def _await(self, log: Path) -> None:
        running = self.data / "running.json"
        self._until(running.exists, "steward up")
        self._port = int(json.loads(running.read_text("utf-8"))["url"].rpartition(":")[2])
        self._until(self._healthy, "steward up")
        # The key is told at the first start only.
        self._key = self._key or re.findall(r"stw_[\w-]+\.[\w-]+", log.read_text("utf-8"))[0]

    def _healthy(self) -> bool:
        with suppress(OSError, BenchmarkError):
            return bool(self.request("GET", "/health")["workers"]["ready"])
        return False
