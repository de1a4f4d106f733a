"""The whole API against its own description: whatever is sent, the answer is one that OpenAPI declares."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("schemathesis")]

STEWARD = (sys.executable, "-c", "from steward.cli.main import main; main()")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")
PHASES = ("Coverage", "Fuzzing", "Stateful")


class Served(NamedTuple):
    """The demo, which has resources, findings and deliveries to ask for."""

    url: str
    data: Path

    def environment(self) -> dict[str, str]:
        """What the hooks need to find it."""
        hooks = {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "STEWARD_DATA": str(self.data)}
        return {**os.environ, **hooks, "PYTHONPATH": str(Path(__file__).parent)}


class Run(NamedTuple):
    """What Schemathesis says of a run."""

    code: int
    cases: int
    said: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("schemathesis") / "data"
    said = data.parent / "said"
    command = [*STEWARD, "demo", "--port", "0", "--data", str(data)]
    environment = {**os.environ, "STEWARD_LIMITS": "every=1000000/second"}
    with (
        said.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process,
    ):
        try:
            _await(process, said, "signed messages verified")
            url = json.loads((data / "running.json").read_text("utf-8"))["url"]
            yield Served(url, data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _await(process: subprocess.Popen[bytes], said: Path, sign: str) -> None:
    until = time.monotonic() + 120
    while sign not in said.read_text("utf-8"):
        assert process.poll() is None, said.read_text("utf-8")
        assert time.monotonic() < until, said.read_text("utf-8")
        time.sleep(0.2)


def run(served: Served, folder: Path, *, examples: int, timeout: int) -> Run:
    """All phases and checks over every operation; ``examples`` is for each operation and phase."""
    command = [
        *(str(SCHEMATHESIS), "--config-file", str(CONFIG), "run"),
        f"{served.url}/api/v1/openapi.json",
        *("--phases", "examples,coverage,fuzzing,stateful", "--checks", "all"),
        *("--max-examples", str(examples), "--seed", "1", "--no-color"),
    ]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=timeout,
        env=served.environment(),
    )
    found = re.search(r"Test cases:\s+(\d+) generated", done.stdout)
    return Run(done.returncode, int(found[1]) if found else 0, done.stdout + done.stderr)


def judge(result: Run, *, least: int) -> None:
    assert result.code == 0, result.said
    assert all(f"✅ {phase}" in result.said for phase in PHASES), result.said
    assert result.cases >= least, result.said
    # What is only ever refused at the door was not tried.
    assert "401 Unauthorized (" not in result.said, result.said


def test_two_thousand_requests_find_no_answer_that_is_not_declared(
    served: Served, tmp_path: Path
) -> None:
    judge(run(served, tmp_path, examples=2, timeout=300), least=2000)


@pytest.mark.nightly
def test_twenty_thousand_requests_find_no_answer_that_is_not_declared(
    served: Served, tmp_path: Path
) -> None:
    judge(run(served, tmp_path, examples=200, timeout=3600), least=20_000)


def test_an_answer_that_is_not_declared_is_found(served: Served, tmp_path: Path) -> None:
    """The negative control: the same run over a description that hides the refusals."""
    from functions.reference.service import document

    described = json.loads(document())
    path = "/api/v1/inventory/resources/{resource_id}"
    operation = described["paths"][path]["get"]
    del operation["responses"]["404"]
    described["paths"] = {path: {"get": operation}}
    for answer in operation["responses"].values():
        answer.pop("links", None)
    described["servers"] = [{"url": served.url}]
    (tmp_path / "openapi.json").write_text(json.dumps(described), "utf-8")
    command = [
        *(str(SCHEMATHESIS), "--config-file", str(CONFIG), "run", "openapi.json"),
        *("--url", served.url, "--phases", "coverage", "--max-examples", "1", "--no-color"),
    ]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        env=served.environment(),
    )
    assert done.returncode == 1
    assert "Undocumented status code" in done.stdout
