"""Recorded HTTP answers for the vendors' clients of Azure and Google Cloud, which all stand on requests."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests


class Tape(requests.adapters.BaseAdapter):
    """Gives the one answer that was put on it, as if it had come over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.body: Any = None

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer."""
        response = requests.Response()
        response.status_code = self.status
        response.headers["Content-Type"] = "application/json"
        response.raw = io.BytesIO(b"" if self.body is None else json.dumps(self.body).encode())
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        """Nothing is open."""


def records(path: Path) -> Iterator[Mapping[str, Any]]:
    """The recordings of a file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
