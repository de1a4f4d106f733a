"""Folders that a bill is converted in: what a killed process left of its own, the next one removes."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = "steward-bill-"
_LOCK: Final = "in-use"


@contextmanager
def open_workshop() -> Iterator[Path]:
    """An empty folder for as long as it is worked in."""
    _clear(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as folder,
        Path(folder, _LOCK).open("wb") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(folder)


def _clear(root: Path) -> None:
    # A lock goes with the process that holds it, however that ends: whose is free is nobody's.
    for lock in root.glob(f"{PREFIX}*/{_LOCK}"):
        try:
            with lock.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            continue
