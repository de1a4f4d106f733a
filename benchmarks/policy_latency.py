"""From one change of a resource on the bus to its finding committed, with all the rules that ship."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import folder, percentile, rounded
from functions.policy.adapters.rule_files import shipped
from steward.contracts.event import Event
from steward.contracts.inventory import ResourceChanged, ResourceDiscovered, ResourceView
from steward.local.pump import Pump
from steward.manifest import load_functions

BUDGET = 25.0
CHANGES = 1_000
WARM = 30
RESOURCES = 200
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHUT = {
    "blockPublicAcls": True,
    "ignorePublicAcls": True,
    "blockPublicPolicy": True,
    "restrictPublicBuckets": True,
}
OPEN = {**SHUT, "blockPublicPolicy": False}
CHANGED = "/configuration/supplementary/PublicAccessBlockConfiguration/blockPublicPolicy"
FILLING = {f"field{at}": f"some value {at}" for at in range(40)}


def run(*, changes: int = CHANGES) -> dict[str, Any]:
    """Milliseconds at the 99th percentile, beside the budget."""
    with folder("policy-latency") as place:
        world = _World(place)
        with _quiet(place / "log.jsonl"):
            for number in range(WARM):
                world.change(number)
            taken = [world.change(number) for number in range(WARM, WARM + changes)]
        findings = world.findings()
        world.pump.close()
    p99 = percentile([passed for passed, _ in taken], 0.99)
    return {
        "name": "policy-latency",
        "unit": "ms, 99th percentile, beside the budget",
        "ours": rounded(p99),
        "peer": BUDGET,
        "ratio": rounded(BUDGET / p99),
        "runs": {},
        "versions": {},
        "detail": {
            "changes": changes,
            "rules": len(shipped().all()),
            "median ms": rounded(statistics.median(passed for passed, _ in taken)),
            "CPU ms, 99th percentile": rounded(percentile([cpu for _, cpu in taken], 0.99)),
            "CPU ms, median": rounded(statistics.median(cpu for _, cpu in taken)),
            "findings committed": findings,
            "from and to": "an event on the bus; its findings committed and told, all queues empty",
        },
    }


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """What functions log goes to a file, as it would in production."""
    sys.stdout.flush()
    kept = os.dup(1)
    with log.open("wb") as out:
        os.dup2(out.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)


class _World:
    """Policy's functions on the embedded runtime, and buckets that open and shut."""

    def __init__(self, data: Path) -> None:
        functions = load_functions(["policy"])
        self.pump = Pump(data, functions=functions, clock=lambda: NOW)

    def change(self, number: int) -> tuple[float, float]:
        """The milliseconds that one change takes, and those of CPU."""
        event = _event(number)
        started, worked = time.perf_counter(), time.process_time()
        self.pump.put_events(event)
        self.pump.drain()
        return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000

    def findings(self) -> int:
        """How many events about findings were committed."""
        told = self.pump.connection.execute(
            "SELECT count(*) FROM events WHERE bus = 'steward' AND body LIKE '%policy.finding.%'"
        )
        return int(told.fetchone()[0])


def _event(number: int) -> dict[str, Any]:
    version, bucket = number // RESOURCES + 1, number % RESOURCES
    block = OPEN if version % 2 else SHUT
    view = ResourceView(
        id=f"r{bucket}",
        provider="aws",
        account="111122223333",
        region="eu-west-1",
        type="AWS::S3::Bucket",
        native_id=f"bucket-{bucket}",
        name=f"bucket-{bucket}",
        state="active",
        captured_at=NOW,
        version=version,
        configuration={**FILLING, "supplementary": {"PublicAccessBlockConfiguration": block}},
    )
    if version == 1:
        return _told(ResourceDiscovered(resource=view, change_id=f"c{number}"), number)
    changed = ResourceChanged(resource=view, change_id=f"c{number}", changed_paths=(CHANGED,))
    return _told(changed, number)


def _told(event: Event, number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": f"steward.{event.concern()}",
        "type": event.type,
        "subject": event.subject,
        "time": NOW.isoformat(),
        "tenantid": "acme",
        "correlationid": "benchmark",
        "causationid": "",
        "sequence": "000000",
        "data": event.model_dump(mode="json"),
    }
