"""Azure Resource Graph over its REST API: one resource as it is now, and what has changed since.

Source: Azure Resource Graph REST API, "Resources", api-version 2022-10-01; changes are kept for 14 days.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from steward.courier.web import Request, Send, Unreachable, send

_PATH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
PAGE = 1000
KEPT = timedelta(days=14)
OVERLAP = timedelta(minutes=10)
"""Changes appear some minutes after their time; what is asked for twice is told once."""
FIRST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Graph:
    """What the function's managed identity may read; ``token`` gives one for the resource manager."""

    manager: str
    token: Callable[[str], str]
    send: Send = send

    def resource(self, id_: str) -> dict[str, Any] | None:
        """The resource as it is now; None when it is not there, or nobody answers.

        An event counts without it: a sweep completes what is not known.
        """
        try:
            rows = list(self._rows(f"resources | where id =~ {quoted(id_)} | limit 1"))
        except Unreachable:
            return None
        return rows[0] if rows else None

    def changes(self, since: datetime) -> Iterator[dict[str, Any]]:
        """The changes from an instant on, oldest first.

        Raises:
            Unreachable: nobody answers.
        """
        when = "todatetime(properties.changeAttributes.timestamp)"
        return self._rows(
            f"resourcechanges | extend at = {when} | where at >= datetime({since.isoformat()}) "
            "| order by at asc, id asc | project id, properties"
        )

    def _rows(self, query: str) -> Iterator[dict[str, Any]]:
        options: dict[str, Any] = {"$top": PAGE, "resultFormat": "objectArray"}
        while True:
            page = self._page({"query": query, "options": options})
            yield from page.get("data") or ()
            if not page.get("$skipToken"):
                return
            options = {**options, "$skipToken": page["$skipToken"]}

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.token(self.manager)}",
            "Content-Type": "application/json",
        }
        url = f"{self.manager}{_PATH}"
        answer = self.send(Request("POST", url, json.dumps(asked).encode(), headers))
        page = answer.json()
        if not answer.ok or not isinstance(page, dict):
            raise Unreachable(f"resource graph: answered {answer.status}: {answer.body[:200]!r}")
        return page


class Bookmark:
    """How far the change feed was read, on disk; without it the last hour is read again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def since(self, now: datetime) -> datetime:
        """From when on to ask."""
        try:
            read = datetime.fromisoformat(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return now - FIRST
        return max(read - OVERLAP, now - KEPT)

    def set(self, now: datetime) -> None:
        """Remember that all before this instant was read."""
        part = self._path.with_suffix(".part")
        part.write_text(now.isoformat(), encoding="ascii")
        part.rename(self._path)


def quoted(text: str) -> str:
    """The text as a string literal of the query language."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
