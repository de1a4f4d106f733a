"""``steward demo``: a recorded day of a small company, played through the front door."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated
from urllib.request import urlopen

import typer

from steward.cli import exits
from steward.cli.client import DEFAULT_DATA, Client, Data, NotRunning
from steward.cli.output import Format, note, show_one
from steward.errors import BadInput, StewardError

if TYPE_CHECKING:
    from steward.cli.screen import Screen
    from steward.demo.receiver import Receiver
    from steward.local.ground import Started

_TIMEOUT = 300.0
_PACE = 0.35
_STARTING = 60.0
_LOOK = 0.05
_KEY_LIFE = timedelta(days=1)


def demo(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="The HTTP port; 0 for any free one.")] = 8787,
    once: Annotated[
        bool, typer.Option("--once", help="End when the queues are empty, with the counts.")
    ] = False,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="table or json, for the counts.")
    ] = Format.TABLE,
) -> None:
    """Serve Steward with a day's events of a small company, and watch what comes of them.

    Example: steward demo --once -o json
    """
    if output not in (Format.TABLE, Format.JSON):
        raise BadInput(f"output {output.value!r}: the demo prints table or json")
    code = Show(Path(data), port=port, once=once, output=output).run()
    if code:
        raise typer.Exit(code)


class Show:
    """One showing: the server in the main thread, the play in another."""

    def __init__(self, data: Path, *, port: int, once: bool, output: Format) -> None:
        self._data = data
        self._port = port
        self._once = once
        self._output = output
        self._code = exits.OK

    def run(self) -> int:
        """Serve and play; the exit code.

        Raises:
            InUse: something else has the port.
        """
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = _served(self._data)
        if url is not None:
            note(f"Steward runs at {url} already: the day is played there, without signed messages")
            self._act(url, _fresh_key(self._data), None)
            return exits.OK
        return self._serve()

    def _serve(self) -> int:
        from steward.demo.replay import Memory, receiver_of
        from steward.local.ground import Options, run

        receiver = receiver_of(Memory(self._data), clock=lambda: datetime.now(UTC))
        # Outbound calls never go to this machine, except to this one receiver.
        os.environ["OUTBOUND_ALLOW"] = receiver.authority
        # A day in a minute, and whoever tries it out, ask more often than a caller's usual share.
        os.environ.setdefault("STEWARD_LIMITS", "every=100000/minute")

        def play(started: Started) -> None:
            work = Thread(target=self._play, args=(started, receiver), name="demo", daemon=True)
            work.start()

        run(Options(data=self._data, port=self._port), started=play, say=note)
        receiver.close()
        return self._code

    def _play(self, started: Started, receiver: Receiver) -> None:
        try:
            key = started.key or _fresh_key(self._data)
            _await(started.url)
            note(f"admin API key of tenant 'default', shown this once: {key}")
            self._act(started.url, key, receiver)
            if self._once:
                self._end()
            else:
                _invite(started.url)
        except StewardError as error:
            note(f"steward: {' '.join(str(error).split())}")
            self._code = exits.of(error) or exits.FAILED
            self._end()
        except Exception:
            self._code = exits.FAILED
            self._end()
            raise

    def _act(self, url: str, key: str, receiver: Receiver | None) -> None:
        from steward.cli.screen import Screen
        from steward.demo import recording, replay

        door = _door(url, key)
        real = recording.beside()
        replay.claim(door, recording.accounts(real))
        if receiver is not None:
            replay.subscribe(door, receiver, replay.Memory(self._data))
        start = time.monotonic()
        watched = not self._once and self._output is Format.TABLE and sys.stdout.isatty()
        pace = _PACE if watched else 0.0
        with Screen(door, live=watched) as screen:
            told = _telling(screen, door)
            sent = replay.send(door, [*recording.day(), *real], pace=pace, told=told)
            found = replay.until_quiet(door, timeout=_TIMEOUT, told=screen.counts)
        seconds = round(time.monotonic() - start, 2)
        show_one({**found._asdict(), "seconds": seconds}, output=self._output)
        sys.stdout.flush()
        note(f"{sent.accepted} events accepted, {len(sent.refused)} refused at the door")
        if receiver is not None:
            note(f"{receiver.verified} signed messages verified, {receiver.refused} refused")

    def _end(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def _telling(screen: Screen, door: Client) -> Callable[[object], None]:
    from steward.demo.replay import counts

    def told(sent: object) -> None:
        del sent
        screen.counts(counts(door)[0])

    return told


def _served(data: Path) -> str | None:
    try:
        url = str(json.loads((data / "running.json").read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return None
    return url if _answers(url) else None


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/health", timeout=5).close()  # noqa: S310  # our own server's address
    except OSError:
        return False
    return True


def _await(url: str) -> None:
    # The server tells where it will be a moment before it and its first worker answer.
    deadline = time.monotonic() + _STARTING
    while not _answers(url):
        if time.monotonic() > deadline:
            raise NotRunning(f"{url} does not answer {_STARTING:.0f} s after its start")
        time.sleep(_LOOK)


def _door(url: str, key: str) -> Client:
    os.environ["STEWARD_URL"], os.environ["STEWARD_API_KEY"] = url, key
    return Client()


def _fresh_key(data: Path) -> str:
    from steward.identity import DEFAULT_TENANT, Role
    from steward.identity.keys import KeyRing
    from steward.local.tables import database_path
    from steward.store.sql import SqliteDatabase, SqlStore

    now = datetime.now(UTC)
    ring = KeyRing(SqlStore(SqliteDatabase(database_path(data))), lambda: now)
    key, _ = ring.issue(
        tenant=DEFAULT_TENANT, role=Role.ADMIN, name="demo", expires_at=now + _KEY_LIFE
    )
    return key


def _invite(url: str) -> None:
    note(
        f"""
Steward is at {url} (the status page); stop it with Ctrl-C. In another terminal:

  export STEWARD_API_KEY=...     # the key above
  steward inventory ls --type AWS::EC2::SecurityGroup
  steward inventory history ID   # who changed it, when, and what was there before
  steward accounts ls
  steward queues ls && steward queues peek inventory.record-change --dead
"""
    )
