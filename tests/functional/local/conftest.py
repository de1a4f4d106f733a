"""A real ``steward up`` over the sample estate, in processes of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from steward.identity import SYSTEM, Role
from steward.identity.directory import ACCOUNTS, KEYS, Account, new_key
from steward.local.tables import database_path, open_writer
from steward.store.collection import Collection
from steward.store.records import Key, Put, Transaction
from steward.store.sql import SqliteDatabase, SqlStore

ESTATE = Path(__file__).with_name("estate")
_PATIENCE = 60.0

ACCOUNT_OF = {"default": "111122223333", "acme": "444455556666"}


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One data folder and the process that serves it, if any."""

    def __init__(
        self,
        data: Path,
        *,
        workers: int = 2,
        environment: dict[str, str] | None = None,
        estate: Path | None = ESTATE,
    ) -> None:
        self._estate = [] if estate is None else [str(estate)]
        self.data = data
        self.workers = workers
        self.key = ""
        self.keys: dict[str, str] = {}
        self._environment = {"STEWARD_LIMITS": "every=100000/second", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def start(self) -> None:
        """Start, and wait until it answers with its workers ready."""
        if not self.data.exists():
            self.keys = seed(self.data)
        running = self.data / "running.json"
        before = running.stat().st_mtime_ns if running.exists() else 0
        path = os.pathsep.join([*self._estate, *filter(None, [os.environ.get("PYTHONPATH")])])
        program = "from steward.cli.main import main; main()"
        arguments = ["up", "--data", str(self.data), "--port", "0", "--workers", str(self.workers)]
        with (self.data / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", program, *arguments],
                env={**os.environ, **self._environment, "PYTHONPATH": path},
                stdout=stderr,
                stderr=stderr,
            )
        wait_for(lambda: self._check_alive() and running.stat().st_mtime_ns > before)
        url = json.loads(running.read_text("utf-8"))["url"]
        self._port = int(url.rpartition(":")[2])
        wait_for(lambda: self.get("/health").status == 200)
        found = re.findall(r"stw_\S+", self.said)
        self.key = found[0] if found else self.keys["default"]

    def _check_alive(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"the server ended: {self.said}")
        return True

    @property
    def said(self) -> str:
        """What it wrote to standard error."""
        return (self.data / "stderr").read_text("utf-8")

    @property
    def logged(self) -> str:
        """What the functions logged."""
        return (self.data / "log" / "functions.jsonl").read_text("utf-8")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=_PATIENCE)
        self._process = None
        return code

    def close(self) -> None:
        if self._process is not None:
            self.kill()

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Reply(
                answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            )
        finally:
            connection.close()

    def get(self, path: str, *, key: str | None = None) -> Reply:
        return self.request("GET", path, headers=_bearer(key))

    def post(self, path: str, *, key: str | None = None, value: Any = None) -> Reply:
        body = None if value is None else json.dumps(value).encode()
        headers = {**_bearer(key), "Content-Type": "application/json"}
        return self.request("POST", path, body=body, headers=headers)

    def operate(self, method: str, path: str, value: Any = None) -> Any:
        """An operator's request, as the command line sends it."""
        token = (self.data / "operator.token").read_text("ascii")
        body = None if value is None else json.dumps(value).encode()
        reply = self.request(method, f"/_steward{path}", body=body, headers=_bearer(token))
        assert reply.status < 300, reply
        return reply.json()

    def put_raw(self, *envelopes: dict[str, Any]) -> Any:
        return self.operate("POST", "/events", list(envelopes))

    def wait_until_quiet(self) -> None:
        wait_for(lambda: self.operate("GET", "/counts")["idle"])

    def things(self, tenant: str = "default") -> dict[str, int]:
        """Every thing of the sample and how often it was counted."""
        connection = SqliteDatabase(database_path(self.data), read_only=True).connect()
        try:
            rows = connection.execute(
                "SELECT id, body FROM items WHERE collection = 'things' AND tenant = ?", (tenant,)
            ).fetchall()
        finally:
            connection.close()
        return {id_: json.loads(body)["times"] for id_, body in rows}


def seed(data: Path) -> dict[str, str]:
    """Two tenants with an account and an admin key each; the keys by tenant."""
    open_writer(data).close()
    store = SqlStore(SqliteDatabase(database_path(data)))
    now = datetime.now(UTC)
    keys = {}
    for tenant, number in ACCOUNT_OF.items():
        account = Account(provider="aws", account=number, tenant=tenant, added_at=now)
        keys[tenant], kept = new_key(tenant=tenant, role=Role.ADMIN, name="test", now=now)
        _seed(store, SYSTEM, ACCOUNTS, account, now)
        _seed(store, tenant, KEYS, kept, now)
    return keys


def _seed(
    store: SqlStore, tenant: str, collection: Collection[Any], entity: BaseModel, now: datetime
) -> None:
    key = Key("directory", tenant, collection.name, collection.id(entity))
    put = Put(key, None, 1, entity.model_dump_json(), collection.slots(entity))
    assert store.commit([Transaction(f"seed-{key.id}", tenant, int(now.timestamp()), (put,))]) == [
        None
    ]


def raw(
    source: str, detail: dict[str, Any], *, tenant: str = "default", id_: str = ""
) -> dict[str, Any]:
    """A raw event of a tenant's account."""
    envelope = {
        "source": source,
        "detail-type": "Sample",
        "account": ACCOUNT_OF[tenant],
        "detail": detail,
    }
    return {**envelope, "id": id_} if id_ else envelope


def wait_for(ready: Callable[[], Any], *, seconds: float = _PATIENCE) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it never was.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except OSError:
            pass
        if time.monotonic() > until:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.02)


def _bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers over folders of their own, and ends them."""
    servers: list[Server] = []

    def make(**options: Any) -> Server:
        server = Server(tmp_path / f"data{len(servers)}", **options)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A running server."""
    made = make_server()
    made.start()
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server for all tests of a module, which tell their own events from the others'."""
    made = Server(tmp_path_factory.mktemp("shared") / "data")
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with Steward's own functions instead of the sample's."""
    made = Server(tmp_path_factory.mktemp("whole") / "data", estate=None)
    made.start()
    yield made
    made.close()


@pytest.fixture
def twin() -> Iterator[Callable[[Server], Server]]:
    """Makes a second server over another's folder."""
    twins: list[Server] = []

    def make(server: Server) -> Server:
        twins.append(Server(server.data))
        return twins[-1]

    yield make
    for made in twins:
        made.close()


@pytest.fixture(name="raw")
def raw_event() -> Callable[..., dict[str, Any]]:
    """Makes raw events."""
    return raw


@pytest.fixture(name="wait_for")
def waiting() -> Callable[..., None]:
    """Waits for something to be so."""
    return wait_for
