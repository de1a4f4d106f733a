"""How a claim is measured: interleaved runs, medians, peers in environments of their own."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".bench"
PEERS = ROOT / "benchmarks" / "peers"
RUNS = 5
DIGITS = 3


class BenchmarkError(Exception):
    """A benchmark that cannot run here: says what is missing and how to get it."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One claim; ``ratio`` above 1 means ahead of the peer, whether more or less is better."""

    name: str
    unit: str
    ours: float
    peer: float
    ratio: float
    runs: dict[str, list[float]]
    versions: dict[str, str]
    detail: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The result as one JSON object."""
        return asdict(self)


def interleaved(
    ours: Callable[[], float], peer: Callable[[], float], *, runs: int = RUNS
) -> dict[str, list[float]]:
    """Run both in turn, so that whatever slows the machine down slows both."""
    measured: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(runs):
        measured["ours"].append(ours())
        measured["peer"].append(peer())
    return measured


def result(
    name: str,
    unit: str,
    runs: dict[str, list[float]],
    *,
    more_is_better: bool,
    versions: Mapping[str, str],
    detail: Mapping[str, Any] | None = None,
) -> Result:
    """The medians of both sides and how far ahead ours is."""
    ours, peer = statistics.median(runs["ours"]), statistics.median(runs["peer"])
    return Result(
        name=name,
        unit=unit,
        ours=rounded(ours),
        peer=rounded(peer),
        ratio=rounded(ours / peer if more_is_better else peer / ours),
        runs={side: [rounded(value) for value in values] for side, values in runs.items()},
        versions={"python": sys.version.split()[0], **versions},
        detail=dict(detail or {}),
    )


def rounded(value: float) -> float:
    """Three significant digits below a thousand, whole numbers above: no run is truer than that."""
    return float(round(value)) if abs(value) >= 10**DIGITS else float(f"{value:.{DIGITS}g}")


def versions_of(*distributions: str) -> dict[str, str]:
    """The versions installed here of the named distributions."""
    return {name: version(name) for name in distributions}


def environment(name: str, requirements: Sequence[str]) -> Path:
    """The Python of a peer's own environment, made on first use from pinned requirements."""
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:10]
    folder = BENCH / f"{name}-{digest}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        shutil.rmtree(folder, ignore_errors=True)
        _quietly([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        _quietly([uv, "pip", "install", "--quiet", "--python", str(python), *requirements])
        (folder / ".ready").touch()
    return python


def surroundings() -> dict[str, str]:
    """Our own environment as servers have theirs: what is compiled once is kept, ours and a peer's."""
    return {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def debian_tool(command: str, package: str) -> str:
    """The path of a command of Debian's, installed on first use when that is allowed.

    Raises:
        BenchmarkError: it is not there and cannot be installed.
    """
    found = shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
    if found:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise BenchmarkError(f"{command} is not installed; on Debian: apt-get install {package}")
    _quietly([apt, "update", "-qq"])
    _quietly([apt, "install", "-y", "-qq", "--no-install-recommends", package])
    return debian_tool(command, package)


def _quietly(command: Sequence[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-500:]}")


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    environ: Mapping[str, str] | None = None,
    patience: float = 30.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that listens on ``port`` while the block runs.

    Raises:
        BenchmarkError: it ended, or did not listen in time; the end of its log is quoted.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **(environ or {})}
        ) as process,
    ):
        try:
            _await_port(process, port, log, patience)
            yield process
        finally:
            stop(process)


@contextmanager
def folder(name: str) -> Iterator[Path]:
    """A fresh folder on the repository's own disk, gone afterwards: a RAM disk would hide flushes."""
    BENCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=BENCH) as path:
        yield Path(path)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and end it after ten seconds."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchmarkError(f"the server ended at once: {log.read_text()[-800:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchmarkError(f"nothing listens on port {port}: {log.read_text()[-800:]}")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that ``share`` of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 1000) // 1000) - 1)]
