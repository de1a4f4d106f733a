"""The demo's live table: events, changes, findings, messages, and the latest of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from steward.cli.client import Client
from steward.errors import StewardError

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

    from steward.demo.replay import Counts

_LINES = 14


class Screen:
    """Shows the counts as they grow; without ``live`` it shows nothing."""

    def __init__(self, door: Client, *, live: bool) -> None:
        self._door = door
        self._wanted = live
        self._live: Live | None = None
        self._latest: deque[tuple[str, str]] = deque(maxlen=_LINES)
        self._counts: Counts | None = None

    def __enter__(self) -> Self:
        if self._wanted:
            from rich.live import Live

            self._live = Live(self._picture(), refresh_per_second=8)
            self._live.start()
            Thread(target=self._follow, name="screen", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.update(self._picture())
            self._live.stop()

    def counts(self, counts: Counts) -> None:
        """Show these counts."""
        self._counts = counts
        if self._live is not None:
            self._live.update(self._picture())

    def _follow(self) -> None:
        try:
            for row in self._door.stream("/_steward/events/tail"):
                self._latest.append(told(row))
        except (StewardError, OSError, ValueError):
            # The server has gone: what is on the screen stays as it is.
            return

    def _picture(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title="A day at Harbour Parcel")
        names = ("events", "changes", "findings", "messages")
        for name in names:
            table.add_column(name, justify="right")
        found = self._counts
        table.add_row(*(str(getattr(found, name)) if found else "0" for name in names))
        lines = [Text(f"{kind:<34.34} {what}", overflow="ellipsis") for kind, what in self._latest]
        return Group(table, *lines)


def told(row: Mapping[str, Any]) -> tuple[str, str]:
    """An archived event in two words: its kind and what it is about."""
    kind, envelope = str(row["type"]), row["event"]
    detail = envelope.get("detail") or {}
    data = detail.get("data") or {}
    if "resource" in data:
        about = data["resource"]
        return kind, f"{about['type']} {about['name'] or about['native_id']}"
    if "finding" in data:
        about = data["finding"]
        return kind, f"{about['severity']}: {about['rule_title']} ({about['resource_name']})"
    if row["bus"] == "steward":
        return kind, str(detail.get("subject", ""))
    return kind, str(detail.get("eventName") or envelope.get("source", ""))
