"""``steward doctor``: whether this machine and this data folder can run Steward."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Data, NotRunning
from steward.cli.output import Format, Output, show
from steward.errors import StewardError

_FREE_BYTES = 512 * 1024 * 1024
_SQLITE = (3, 35)
"""The first with RETURNING."""


class Check(NamedTuple):
    """One thing looked at: whether it holds, what was found, what to do if not."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def doctor(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="The port that Steward is to have.")] = 8787,
    output: Output = Format.TABLE,
) -> None:
    """Check Python, SQLite, disk, data folder, port and manifests; exit 1 if one does not hold.

    Example: steward doctor --data .steward
    """
    checks = list(_checks(data, port))
    columns = ("name", "ok", "found", "advice")
    rows = [check._asdict() | ({"advice": ""} if check.ok else {}) for check in checks]
    show(rows, columns=columns, output=output)
    if not all(check.ok for check in checks):
        raise typer.Exit(exits.FAILED)


def _checks(data: Path, port: int) -> Iterator[Check]:
    yield _python()
    yield _sqlite()
    yield _disk(data)
    yield _folder(data)
    yield _database(data)
    yield _port(data, port)
    yield _manifests()
    yield _limits()


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), found, "use Python 3.11 or later")


def _sqlite() -> Check:
    return Check(
        "sqlite",
        sqlite3.sqlite_version_info >= _SQLITE,
        sqlite3.sqlite_version,
        "use 3.35 or later",
    )


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(_existing(data)).free
    found = f"{free / 1024**3:.1f} GiB free"
    return Check("disk", free >= _FREE_BYTES, found, "free at least 0.5 GiB")


def _folder(data: Path) -> Check:
    place = _existing(data)
    writable = os.access(place, os.W_OK | os.X_OK)
    private = not data.exists() or not data.stat().st_mode & 0o077
    access = "writable" if writable else "not writable"
    found = f"{data}: {access}, {'private' if private else 'open to others'}"
    return Check("data folder", writable and private, found, f"chmod 700 {data}")


def _database(data: Path) -> Check:
    path = data / "steward.db"
    if not path.exists():
        return Check("database", ok=True, found="none yet; the first start makes it")

    def look() -> str:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()

    return _tried("database", look, wanted="ok", advice="restore it from a backup")


def _port(data: Path, port: int) -> Check:
    from steward.cli.client import Client

    try:
        health = Client(data).get("/health")
        return Check("server", ok=True, found=f"running, {health['status']}")
    except NotRunning:
        pass
    except StewardError as error:
        return Check("server", ok=False, found=str(error), advice="look at /health")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Check(
                "port", ok=False, found=f"{port}: {error.strerror}", advice="choose another: --port"
            )
    return Check("port", ok=True, found=f"{port} is free")


def _manifests() -> Check:
    def look() -> str:
        from steward.manifest import load_functions

        return f"{len(load_functions())} functions"

    return _tried("manifests", look, wanted="", advice="correct the manifest")


def _limits() -> Check:
    known = Path("/proc/self/statm").exists()
    found = "enforced" if known else "not enforced: this system has no /proc"
    return Check("memory limits", ok=True, found=found)


def _tried(name: str, look: Callable[[], str], *, wanted: str, advice: str) -> Check:
    try:
        found = look()
    except Exception as error:  # noqa: BLE001  # a doctor reports what it finds
        return Check(name, ok=False, found=f"{type(error).__name__}: {error}", advice=advice)
    return Check(name, wanted in ("", found), found, advice)


def _existing(path: Path) -> Path:
    absolute = path.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.exists())
