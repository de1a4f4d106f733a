"""A month of FOCUS rows from CSV, gzip, to the lake, exact and checked: rows per CPU second beside others."""

from __future__ import annotations

import io
import json
import logging
import resource
import statistics
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from benchmarks.cost_rows import NAMES, write_csv
from benchmarks.cost_world import cost_world
from benchmarks.harness import PEERS, BenchmarkError, environment, folder, rounded, versions_of
from functions.cost.model.delivery import BillDeliveryStatus
from functions.cost.model.focus.columns import BY_NAME

REQUIREMENTS: Final = {
    "duckdb": ("duckdb==2.0.0",),
    "polars": ("polars==2.1.0",),
    "pandas": ("pandas==3.1.1", "pyarrow==26.0.1"),
}
FLOORS: Final = {"duckdb": 0.8, "pandas": 2.0}
MEMORY_MB: Final = 1024
GROWTH: Final = 1.1
"""How much larger the peak may be when the rows double."""


def run(*, rows: int = 5_000_000, runs: int = 3) -> dict[str, Any]:
    """Measure all of them in turn, each in a process of its own, over the same file."""
    with folder("cost-ingest") as place:
        bill, half = place / "bill.csv.gz", place / "half.csv.gz"
        write_csv(bill, rows)
        write_csv(half, rows // 2)
        measured: dict[str, list[dict[str, float]]] = {"steward": []}
        small: list[float] = []
        for _ in range(runs):
            measured["steward"].append(_ours(bill, rows))
            # As often as the whole: the largest of several is not held against one.
            small.append(_ours(half, rows // 2)["peak_mb"])
            for library in REQUIREMENTS:
                measured.setdefault(library, []).append(_peer(library, bill, place))
    rates = {
        name: rows / statistics.median(one["cpu"] for one in found)
        for name, found in measured.items()
    }
    peaks = {name: max(one["peak_mb"] for one in found) for name, found in measured.items()}
    ratios = {name: rounded(rates["steward"] / rate) for name, rate in rates.items()}
    growth = rounded(peaks["steward"] / max(small))
    held = all(ratios[name] >= floor for name, floor in FLOORS.items())
    return {
        "name": "cost-ingest",
        "unit": "rows per CPU second",
        "ours": rounded(rates["steward"]),
        "peer": rounded(rates["duckdb"]),
        "ratio": ratios["duckdb"],
        "rows": rows,
        "ratios": ratios,
        "rates": {name: rounded(rate) for name, rate in rates.items()},
        "peak_mb": peaks,
        "peak_mb_of_half": max(small),
        "growth": growth,
        "holds": held and growth <= GROWTH and peaks["steward"] <= MEMORY_MB,
        "runs": measured,
        "versions": versions_of("duckdb"),
    }


def _ours(bill: Path, rows: int) -> dict[str, float]:
    program = f"from benchmarks.cost_ingest import take; take({str(bill)!r}, {rows})"
    return _answer([sys.executable, "-c", program])


def take(bill: str, rows: int) -> None:
    """Take a bill in, in this process; prints what it took."""
    logging.disable(logging.INFO)
    with folder("cost-ingest-lake") as place, cost_world(place) as world:
        with redirect_stdout(io.StringIO()):
            world.put("acme/bill.csv.gz", Path(bill))
            begun, cpu = time.perf_counter(), time.process_time()
            world.run()
        took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - begun}
        (delivery,) = world.deliveries().values()
    if delivery.status is not BillDeliveryStatus.INGESTED or delivery.rows != rows:
        raise BenchmarkError(f"the bill was not taken in: {delivery.status}, {delivery.reason}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps({**took, "peak_mb": peak}))


def _peer(library: str, bill: Path, place: Path) -> dict[str, float]:
    python = environment(f"bills-{library}", REQUIREMENTS[library])
    # FOCUS 1.2 has the two names that 1.4 gave up; they are texts.
    kinds = {name: BY_NAME[name].kind.value if name in BY_NAME else "text" for name in NAMES}
    target = place / f"{library}.parquet"
    script = str(PEERS / "bill_rows.py")
    found = _answer([str(python), script, library, str(bill), str(target), json.dumps(kinds)])
    target.unlink()
    return found


def _answer(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{command[1]} failed: {done.stderr.strip()[-500:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
