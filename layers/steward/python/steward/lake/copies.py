"""Files of the lake on this machine: the object itself when embedded, else a copy, fetched once."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Final

from steward.lake.pointer import Segment
from steward.objects import Objects

ROOM: Final = 384 * 1024 * 1024
"""Bytes of copies kept; a Lambda function's temporary storage has 512 MB."""


class Copies:
    """Copies of segments in a folder; the ones not used for longest make room."""

    def __init__(self, folder: Path | None = None, *, room: int = ROOM) -> None:
        self._folder = folder
        self._room = room

    def of(self, objects: Objects, segment: Segment) -> Path:
        """The segment's file.

        Raises:
            NotFound: it is gone.
        """
        place = objects.place(segment.key)
        if place is not None:
            return place
        path = self._root() / self._name(segment)
        if not path.exists():
            self._make_room(segment.size)
            objects.download(segment.key, path)
        path.touch()
        return path

    def _root(self) -> Path:
        root = self._folder or Path(tempfile.gettempdir()) / "steward-lake"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return root

    def _name(self, segment: Segment) -> str:
        # The key names the tenant, and the tag what was written: no copy stands for another's file.
        place = f"{segment.key}\n{segment.etag}"
        return f"{hashlib.sha256(place.encode()).hexdigest()}.parquet"

    def _make_room(self, wanted: int) -> None:
        found = sorted((path.stat().st_mtime, path) for path in self._root().glob("*.parquet"))
        held = sum(path.stat().st_size for _, path in found)
        for _, path in found:
            if held + wanted <= self._room:
                return
            held -= path.stat().st_size
            # Whoever still has it open reads on: the name goes, the file stays until it is closed.
            path.unlink(missing_ok=True)


COPIES = Copies()
"""Of this process."""
