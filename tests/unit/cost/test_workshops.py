"""Folders for work are removed, also those of processes that were killed in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from functions.cost.service.workshops import PREFIX, open_workshop

WORKER = """
import os, signal
from functions.cost.service.workshops import open_workshop
with open_workshop() as folder:
    (folder / "rows.parquet").write_bytes(b"half")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_there_while_it_is_worked_in_and_not_after(place: Path) -> None:
    with open_workshop() as folder:
        assert folder.parent == place
        assert folder.name.startswith(PREFIX)
    assert list(place.iterdir()) == []


def test_the_next_work_removes_what_a_killed_process_left(place: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(place)}
    killed = subprocess.run([sys.executable, "-c", WORKER], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = place.iterdir()
    assert (left / "rows.parquet").exists()
    with open_workshop() as folder:
        assert list(place.iterdir()) == [folder]


def test_the_work_of_another_is_let_be(place: Path) -> None:
    with open_workshop() as first, open_workshop() as second:
        assert set(place.iterdir()) == {first, second}
