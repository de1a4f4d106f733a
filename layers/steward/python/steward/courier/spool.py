"""What could not be delivered yet, on disk: bounded, in the order it came, there again after a restart."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_REFUSED_KEPT = 1000


class SpoolFull(Exception):  # as the rest of Steward names its errors
    """There is no room: whoever brought it has to bring it again."""


class Spool:
    """A folder with one file for each batch, named by its place in the line."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._waiting = folder / "waiting"
        self._refused = folder / "refused"
        self._lock = folder / "lock"
        self._most = most_bytes
        for one in (self._waiting, self._refused):
            one.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        """How many batches wait."""
        return len(self._files())

    @property
    def bytes(self) -> int:
        """How many bytes wait."""
        return sum(_size(path) for path in self._files())

    def put(self, batch: Sequence[Any]) -> Path:
        """Keep a batch behind all others, safely on disk; answers where it lies.

        Raises:
            SpoolFull: it does not fit.
        """
        body = json.dumps(list(batch), separators=(",", ":")).encode()
        with self.alone():
            held = self.bytes
            if held + len(body) > self._most:
                raise SpoolFull(
                    f"spool {self._waiting}: holds {held} bytes of {self._most}; the control plane has "
                    "been away too long, or the spool is too small"
                )
            files = self._files()
            place = int(files[-1].stem) + 1 if files else 1
            path = self._waiting / f"{place:016d}.json"
            _write(path, body)
            return path

    def first(self) -> tuple[Path, list[Any]] | None:
        """The batch that has waited longest, and where it lies; None when none does."""
        for path in self._files():
            try:
                batch = json.loads(path.read_bytes())
            except FileNotFoundError:
                continue
            except ValueError:
                # Half a file can only be what a full disk left of one.
                path.rename(self._refused / path.name)
                continue
            return path, list(batch)
        return None

    def drop(self, path: Path) -> None:
        """Forget a batch that has been delivered."""
        path.unlink(missing_ok=True)

    def refuse(self, entry: Any) -> None:
        """Keep what the control plane will never take, the newest thousand, to be looked into."""
        with self.alone():
            files = sorted(self._refused.iterdir())
            for path in files[: max(0, len(files) - _REFUSED_KEPT + 1)]:
                path.unlink(missing_ok=True)
            last = files[-1].stem if files else "0"
            place = int(last) + 1 if last.isdecimal() else len(files) + 1
            _write(self._refused / f"{place:016d}.json", json.dumps(entry).encode())

    def refused(self) -> list[Any]:
        """What was never taken, oldest first."""
        return [json.loads(path.read_bytes()) for path in sorted(self._refused.glob("*.json"))]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes of this folder out."""
        with self._lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _files(self) -> list[Path]:
        return sorted(self._waiting.glob("*.json"))


def _write(path: Path, body: bytes) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
