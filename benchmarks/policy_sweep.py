"""Two hundred rules over mixed resources: how many a second, and what a million changes cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks import policy_pack as made
from benchmarks.harness import rounded
from benchmarks.prices import LAMBDA_REQUEST, LAMBDA_SECOND
from functions.policy.model.facts import facts
from functions.policy.model.sweep import Sweep
from steward.contracts.inventory import ResourceChanged, ResourceView

RUNS = 5
MEMORY = 0.5
"""GB of the function; a full virtual CPU comes with 1.769 GB, so that it has this share of one."""
FULL_CPU = 1.769
BATCH = 10
CHANGES = 1_000
MILLION = 1_000_000


def sweep(count: int) -> dict[str, Any]:
    """Resources a second, all rules of their type tried on each; dollars for a million changes."""
    pack = made.pack()
    resources = made.resources(count)
    swept = Sweep(pack)
    now = datetime.now(UTC)
    for kind in made.TYPES:
        list(swept.over(kind, resources[kind][:1], now))
    seconds = _median(lambda: [list(swept.over(kind, resources[kind], now)) for kind in made.TYPES])
    each = _change(pack, now)
    paid = each / (MEMORY / FULL_CPU) * MEMORY * LAMBDA_SECOND.dollars
    return {
        f"{made.RULES} rules over {count} resources": {
            "resources a second": rounded(count / seconds),
            "rules tried a second": rounded(count * len(made.CONDITIONS) / seconds),
            "s of CPU": rounded(seconds),
        },
        "USD for a million changes": {
            "dollars": rounded(MILLION * (paid + LAMBDA_REQUEST.dollars / BATCH)),
            "CPU ms a change": rounded(each * 1000),
            "of": "reading the event and judging it by ten rules; the store's requests are not in it",
            "at": f"{MEMORY} GB, {BATCH} changes an invocation, {LAMBDA_SECOND.page}",
        },
    }


def _change(pack: Any, now: datetime) -> float:
    """CPU seconds from an event's text to its verdicts."""
    texts = [_event(resource, now) for resource in _some()]

    def judge() -> None:
        for text in texts:
            resource = ResourceChanged.model_validate_json(text).resource
            read = facts(resource)
            for rule in pack.of(resource.type):
                rule.judge(read, now)

    judge()
    return _median(judge) / len(texts)


def _some() -> list[dict[str, Any]]:
    return [one for each in made.resources(CHANGES).values() for one in each]


def _event(resource: dict[str, Any], now: datetime) -> str:
    plain = {**resource, "captured_at": now, "arn": None}
    view = ResourceView.model_validate(plain)
    return ResourceChanged(
        resource=view, change_id="c1", changed_paths=("/name",)
    ).model_dump_json()


def _median(work: Callable[[], Any]) -> float:
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)
