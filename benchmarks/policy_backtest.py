"""A rule over 30 days of changes: from a file of histories to the findings that would have been."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from benchmarks.harness import ROOT, rounded
from functions.policy.adapters.trials import backtest, read_history

CHANGES = 100_000
EACH = 10
"""Changes of one resource."""
DAYS = 30
RUNS = 5
LIMIT = 10.0
RULES = {
    "opens and closes": ROOT / "functions/policy/rules/ec2/ec2-security-group-open-ssh.yaml",
    "never violated": ROOT / "functions/policy/rules/ec2/ec2-default-security-group-used.yaml",
}
UNTIL = datetime(2026, 3, 1, tzinfo=UTC)


def run(*, count: int | None = None) -> dict[str, Any]:
    """Seconds for a rule over the changes, reading the file included; the claim is ten at most."""
    changes = count or CHANGES
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "past.jsonl"
        file.write_bytes(b"\n".join(orjson.dumps(one) for one in histories(changes)))
        measured = {name: _measured(rule, file) for name, rule in RULES.items()}
        size = file.stat().st_size
    took = {name: [one["seconds"] for one in runs] for name, runs in measured.items()}
    slowest = max(statistics.median(values) for values in took.values())
    return {
        "name": "policy-backtest",
        "unit": f"s for {changes} changes over {DAYS} days and one rule, median",
        "ours": rounded(slowest),
        "peer": LIMIT,
        "ratio": rounded(LIMIT / slowest),
        "runs": {name: [rounded(value) for value in values] for name, values in took.items()},
        "versions": {},
        "detail": {
            "peer is": "the claim: ten seconds",
            "changes a second": rounded(changes / slowest),
            "CPU s, median": {
                name: rounded(statistics.median(one["cpu"] for one in runs))
                for name, runs in measured.items()
            },
            "bytes read": size,
            "outcomes": {name: runs[0]["outcome"] for name, runs in measured.items()},
        },
    }


def histories(changes: int) -> Iterator[dict[str, Any]]:
    """Security groups whose rules, tags and descriptions change at random instants of the window."""
    chance = random.Random(7)
    for number in range(changes // EACH):
        yield _history(number, chance)


def _history(number: int, chance: random.Random) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "id": f"res_{number}",
        "provider": "aws",
        "account": f"{number % 40:012d}",
        "region": "eu-west-1",
        "type": "AWS::EC2::SecurityGroup",
        "native_id": f"sg-{number:08x}",
        "name": f"group-{number}",
        "tags": {"Env": "production"},
        "state": "active",
        "partial": None,
        "version": EACH,
        "configuration": {
            "groupId": f"sg-{number:08x}",
            "groupName": f"group-{number}",
            "description": "0",
            "ipPermissions": [_permission(22, "10.0.0.0/8"), _permission(443, "0.0.0.0/0")],
        },
    }
    instants = sorted(
        (UNTIL - timedelta(seconds=chance.uniform(0, DAYS * 86_400)) for _ in range(EACH)),
        reverse=True,
    )
    return {"resource": resource, "changes": [_change(at, chance) for at in instants]}


def _change(at: datetime, chance: random.Random) -> dict[str, Any]:
    before = chance.choice(("10.0.0.0/8", "0.0.0.0/0"))
    place = "/configuration/ipPermissions/0/ipv4Ranges/0/cidrIp"
    step = chance.choice(
        (
            {"op": "replace", "path": place, "value": "10.0.0.0/8", "before": before},
            {"op": "replace", "path": "/tags/Env", "value": "production", "before": "test"},
            {"op": "replace", "path": "/configuration/description", "value": "0", "before": "1"},
        )
    )
    return {"at": at.isoformat(), "patch": [step]}


def _permission(port: int, cidr: str) -> dict[str, Any]:
    return {
        "ipProtocol": "tcp",
        "fromPort": port,
        "toPort": port,
        "ipv4Ranges": [{"cidrIp": cidr, "description": None}],
        "ipv6Ranges": [],
        "prefixListIds": [],
        "userIdGroupPairs": [],
    }


def _measured(rule: Path, file: Path) -> list[dict[str, Any]]:
    return [_timed(rule, file) for _ in range(RUNS)]


def _timed(rule: Path, file: Path) -> dict[str, Any]:
    started, spent = time.perf_counter(), time.process_time()
    found = backtest(rule, None, read_history(file), until=UNTIL, days=DAYS)
    took, spent = time.perf_counter() - started, time.process_time() - spent
    names = ("open", "opened", "resolved", "unknown", "judged", "not_read", "gaps")
    return {"seconds": took, "cpu": spent, "outcome": {name: found[name] for name in names}}
