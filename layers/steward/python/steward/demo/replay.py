"""Playing the day through the front door of a running Steward, and watching what comes of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from steward.demo.receiver import Receiver
from steward.errors import StewardError, Transient

_CHUNK = 10
_QUIET_LOOKS = 4
_LOOK_SECONDS = 0.15
_NAME = "demo receiver"
_NOTIFY = "/api/v1/notify"
_ACCOUNTS = "/api/v1/inventory/accounts"
_ROUTED_SECONDS = 30.0
_OWN_TYPE = re.compile(r"[a-z]+\.[a-z-]+\.[a-z-]+\.v[0-9]+")


class Door(Protocol):
    """The API and the operator's endpoints of a running Steward."""

    def get(self, path: str, **query: Any) -> Any:
        """A JSON answer."""
        ...

    def post(self, path: str, body: object) -> Any:
        """Send JSON; the JSON answer."""
        ...


class Counts(NamedTuple):
    """What has come of the data folder's events so far."""

    events: int
    changes: int
    findings: int
    messages: int


class Sent(NamedTuple):
    """How the front door took the events."""

    accepted: int
    refused: tuple[str, ...]


class StillBusy(Transient):
    """The queues did not run empty in time."""


def claim(door: Door, accounts: Sequence[str]) -> None:
    """Make the accounts ours, and wait until their events are.

    Raises:
        StillBusy: they never came to be.
    """
    for account in accounts:
        door.post(_ACCOUNTS, {"provider": "aws", "account": account})
    deadline = time.monotonic() + _ROUTED_SECONDS
    while not all(door.get(f"{_ACCOUNTS}/aws/{account}")["routed"] for account in accounts):
        if time.monotonic() > deadline:
            raise StillBusy(f"accounts {', '.join(accounts)}: still not routed; look at the queues")
        time.sleep(_LOOK_SECONDS)


class Memory:
    """What the demo remembers in the data folder, so that a restart hears the same messages."""

    def __init__(self, data: Path) -> None:
        self._path = data / "demo.json"

    def read(self) -> dict[str, Any]:
        """What was kept; empty at the first start."""
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept

    def keep(self, **values: Any) -> None:
        """Keep these beside what is there, for the owner's eyes only."""
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({**self.read(), **values}), "utf-8")
        fresh.replace(self._path)


def receiver_of(memory: Memory, *, clock: Callable[[], datetime]) -> Receiver:
    """A receiver on the port of the last time, or on a free one when that is taken."""
    kept = memory.read()
    try:
        receiver = Receiver(int(kept.get("port", 0)), clock=clock)
    except OSError:
        receiver = Receiver(clock=clock)
    memory.keep(port=receiver.port)
    return receiver


def subscribe(door: Door, receiver: Receiver, memory: Memory) -> None:
    """Have every message about a finding sent to the receiver, signed."""
    url = f"http://{receiver.authority}/messages"
    known = _endpoint(door, url)
    if known is None:
        draft = {"name": _NAME, "destination": {"kind": "webhook", "url": url}}
        issued = door.post(f"{_NOTIFY}/endpoints", draft)
        known = issued["endpoint"]
        memory.keep(keys=[issued["secret"]])
    keys = memory.read().get("keys") or []
    if not keys:
        issued = door.post(f"{_NOTIFY}/endpoints/{known['id']}/rotate", {})
        memory.keep(keys=[issued["secret"]])
        keys = [issued["secret"]]
    receiver.keys = tuple(keys)
    routes = door.get(f"{_NOTIFY}/routes")["items"]
    if not any(route["endpoint_id"] == known["id"] for route in routes):
        door.post(f"{_NOTIFY}/routes", {"name": _NAME, "endpoint_id": known["id"]})


def send(
    door: Door, envelopes: Sequence[Any], *, pace: float, told: Callable[[Sent], None]
) -> Sent:
    """Put the events on the default bus, a few at a time; an event that is refused says why."""
    accepted, refused = 0, list[str]()
    for start in range(0, len(envelopes), _CHUNK):
        for result in _put(door, envelopes[start : start + _CHUNK]):
            if result["accepted"]:
                accepted += 1
            else:
                refused.append(str(result["error"]))
        told(Sent(accepted, tuple(refused)))
        time.sleep(pace)
    return Sent(accepted, tuple(refused))


def counts(door: Door) -> tuple[Counts, bool]:
    """The counts, and whether nothing is under way."""
    answer = door.get("/_steward/counts")
    raw = sum(n for kind, n in answer["types"].items() if not _OWN_TYPE.fullmatch(kind))
    found = Counts(raw, answer["changes"], answer["findings"], answer["messages"])
    return found, bool(answer["idle"])


def until_quiet(door: Door, *, timeout: float, told: Callable[[Counts], None]) -> Counts:
    """Wait until the queues are empty and stay so.

    Raises:
        StillBusy: they do not within ``timeout`` seconds.
    """
    deadline, quiet = time.monotonic() + timeout, 0
    while time.monotonic() < deadline:
        found, idle = counts(door)
        told(found)
        quiet = quiet + 1 if idle else 0
        if quiet >= _QUIET_LOOKS:
            return found
        time.sleep(_LOOK_SECONDS)
    raise StillBusy(f"the queues are not empty after {timeout:.0f} s; see 'steward queues ls'")


def _put(door: Door, chunk: Sequence[Any]) -> list[dict[str, Any]]:
    try:
        results: list[dict[str, Any]] = door.post("/_steward/events", list(chunk))["events"]
    except StewardError as error:
        if len(chunk) == 1:
            return [{"accepted": False, "error": str(error)}]
        # The door refuses a list of which it would take none: ask for each one's own reason.
        return [result for one in chunk for result in _put(door, [one])]
    return results


def _endpoint(door: Door, url: str) -> Any:
    items = door.get(f"{_NOTIFY}/endpoints")["items"]
    return next((one for one in items if one["destination"].get("url") == url), None)
