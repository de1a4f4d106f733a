"""Events published, matched, delivered, handled in a transaction and acknowledged, against Celery 5."""

from __future__ import annotations

from typing import Any

from benchmarks.celery_peer import VERSIONS, celery_peer
from benchmarks.embedded import embedded
from benchmarks.harness import folder, interleaved, result

COUNT = 2000


def run() -> dict[str, Any]:
    """Messages a second, sent as fast as they go, until the last row is on disk."""
    with (
        folder("ours") as ours,
        folder("peer") as theirs,
        embedded(ours) as steward,
        celery_peer(theirs) as celery,
    ):
        runs = interleaved(lambda: steward.load(COUNT).rate, lambda: celery.load(COUNT).rate)
    return result(
        "events",
        "events/s",
        runs,
        more_is_better=True,
        versions=VERSIONS,
        detail={
            "messages a run": COUNT,
            "ours": "raw events, ten a call, to the default bus; two workers; inbox mark and row, "
            "synchronous=FULL",
            "peer": "Celery, Redis without persistence, two prefork workers, acks_late, prefetch "
            "4; one row a task, WAL, synchronous=FULL",
        },
    ).as_dict()
