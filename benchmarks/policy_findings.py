"""Lists, filters and bulk actions over a hundred thousand findings, each beside a tenth of a second."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import folder, rounded
from functions.policy.model.bulk import Assign
from functions.policy.model.finding import FINDINGS, Finding, finding_id
from functions.policy.service.bulk import BulkRequest
from functions.policy.service.findings import FindingsWanted, find
from functions.policy.wiring.findings import bulks
from steward.contracts.policy import FindingView, Risk
from steward.manifest import load_function
from steward.store.migrate import migrate
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work

FINDINGS_IN_ALL = 100_000
AT_ONCE = 80
PAGE = 50
TRIES = 7
BUDGET = 100.0
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
API = load_function("policy.policy-api")
SEVERITIES = ("critical", "high", "medium", "low", "info")
STATUSES = ("open", "open", "open", "in_review", "resolved")
BASES = dict(zip(SEVERITIES, (100, 75, 50, 25, 5), strict=True))
RULES, ACCOUNTS = 200, 40


def run(*, findings: int = FINDINGS_IN_ALL) -> dict[str, Any]:
    """Milliseconds of CPU time that the slowest question takes, beside the budget."""
    with folder("policy-findings") as place:
        world = _World(place)
        filling = time.perf_counter()
        world.fill(findings)
        filled = time.perf_counter() - filling
        taken = {name: _median(partial(ask, world)) for name, ask in _QUESTIONS.items()}
    slowest = max(taken.values())
    return {
        "name": "policy-findings",
        "unit": "ms of CPU, the slowest question, beside the budget",
        "ours": rounded(slowest),
        "peer": BUDGET,
        "ratio": rounded(BUDGET / slowest),
        "runs": {},
        "versions": {},
        "detail": {
            "findings": findings,
            "filled, per second": rounded(findings / filled),
            **{f"{name}, ms": rounded(each) for name, each in taken.items()},
        },
    }


def _median(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(TRIES):
        started = time.process_time()
        ask()
        taken.append((time.process_time() - started) * 1000)
    return statistics.median(taken)


class _World:
    """A tenant's findings in SQLite."""

    def __init__(self, place: Path) -> None:
        path = place / "steward.db"
        migrate(f"sqlite:///{path}")
        self.store = SqlStore(SqliteDatabase(path))
        self.numbers = itertools.count()

    def work(self) -> Work:
        return Work(
            Scope(
                store=self.store,
                claims=MemoryClaims(),
                function=API,
                tenant="acme",
                now=NOW,
                commit_id=f"commit-{next(self.numbers)}",
                actor="benchmark",
                correlation_id="benchmark",
            )
        )

    def fill(self, findings: int) -> None:
        for first in range(0, findings, AT_ONCE):
            work = self.work()
            kept = work.table("policy").of(FINDINGS)
            for number in range(first, min(first + AT_ONCE, findings)):
                kept.add(_finding(number))
            work.commit()

    def page(self, cursor: str | None = None, **wanted: Any) -> str | None:
        """The cursor after a page of a list."""
        kept = self.work().table("policy").of(FINDINGS)
        asked = FindingsWanted.model_validate(wanted)
        return find(asked, findings=kept, cursor=cursor, limit=PAGE).cursor

    def deep(self, pages: int) -> str | None:
        """The cursor many pages into the list of what is open."""
        cursor = None
        for _ in range(pages):
            cursor = self.page(cursor, status="open")
        return cursor

    def bulk(self) -> None:
        """A job over the first five hundred of what is open, begun."""
        work = self.work()
        wanted = FindingsWanted.model_validate({"status": "open"})
        request = BulkRequest(wanted=wanted, action=Assign(do="assign", assignee="ana"))
        bulks(work).begin(request, lambda each: each)
        work.commit()


_QUESTIONS: dict[str, Callable[[_World], object]] = {
    "what is open, the riskiest first": lambda world: world.page(status="open"),
    "what is critical and open": lambda world: world.page(status="open", severity="critical"),
    "what is active": lambda world: world.page(active=True),
    "of one rule": lambda world: world.page(rule="rule-7"),
    "of one resource": lambda world: world.page(resource="r77"),
    "of one account, open": lambda world: world.page(status="open", account="100000000007"),
    "all": lambda world: world.page(),
    "ten pages, one after the other": lambda world: world.deep(10),
    "a bulk action on five hundred, begun": lambda world: world.bulk(),
}


def _finding(number: int) -> Finding:
    severity, rule = SEVERITIES[number % 5], f"rule-{number % RULES}"
    resource, at = f"r{number // 7}", NOW - timedelta(seconds=number)
    score = BASES[severity] * (3 + number % 3) // 5
    view = FindingView(
        id=finding_id(rule, f"{resource}/{number}"),
        rule_id=rule,
        rule_title="A rule",
        severity=severity,  # type: ignore[arg-type]
        status=STATUSES[number // 5 % 5],  # type: ignore[arg-type]
        resource_id=resource,
        resource_type="AWS::S3::Bucket",
        account=f"{100_000_000_000 + number % ACCOUNTS}",
        region="eu-west-1",
        resource_name=f"bucket-{number}",
        tags={"Environment": "production", "Owner": "orders"},
        message=f"Bucket bucket-{number} does not block all public access." * 2,
        remediation="Turn on all four settings of the public access block.",
        evidence={"/configuration/supplementary/PublicAccessBlockConfiguration": {"a": False}},
        risk=Risk(
            score=score,
            severity=BASES[severity],
            exposure=1,
            exposed="public",
            value=1,
            worth="high",
        ),
        controls={"cis-aws-3.0": ("2.1.4",), "soc2": ("CC6.1", "CC6.6")},
        first_seen_at=at,
        last_seen_at=at,
        opened_at=at,
        updated_at=at,
        version=1,
    )
    return Finding(view=view)
