"""A pack of made-up rules, resources, and evaluations over SQLite in a folder of the test."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from functions.policy.model.evaluation import EVALUATIONS, Evaluation
from functions.policy.model.exemption import GRANTS
from functions.policy.model.finding import FINDINGS, Finding, finding_id
from functions.policy.model.rule import Pack, Rule
from functions.policy.model.rule_file import read_rule
from functions.policy.service.evaluation import Notice, evaluate
from functions.policy.service.exempt import exempt
from functions.policy.service.waiving import WaiverRequest, Waivers
from steward.contracts.event import Event
from steward.contracts.inventory import ResourceView
from steward.contracts.policy import EvaluationContinued, WaiverDue
from steward.manifest import Function, load_function
from steward.store.migrate import migrate
from steward.store.records import Store
from steward.store.sql import SqliteDatabase, SqlStore
from steward.store.work import MemoryClaims, Scope, Work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVALUATE = load_function("policy.evaluate-change")
API = load_function("policy.policy-api")
BUCKET = "AWS::S3::Bucket"


def made_rule(rule_id: str = "open-bucket", **fields: Any) -> Rule:
    """A rule on buckets that ``configuration.open == true`` violates."""
    rule = {
        "id": rule_id,
        "title": "Bucket is open",
        "severity": "high",
        "resources": [BUCKET],
        "when": "configuration.open == true",
        "message": "Bucket {resource.name} is open to {configuration.to.orElse('all')}.",
        "remediation": "Close it.",
    }
    return read_rule(yaml.safe_dump(rule | fields, width=10_000), "<text>")


def resource(version: int = 1, **configuration: Any) -> ResourceView:
    return ResourceView(
        id="r1",
        provider="aws",
        account="111122223333",
        region="eu-west-1",
        type=BUCKET,
        native_id="orders",
        name="orders",
        state="active",
        captured_at=NOON,
        version=version,
        configuration=configuration,
    )


@dataclass(slots=True)
class PolicyWorld:
    """One tenant's policy table, a pack that can be changed, and what was published."""

    store: Store
    pack: Pack
    now: datetime = NOON
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    published: list[Event] = field(default_factory=list)
    staged: list[int] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=itertools.count)

    def work(self, function: Function = EVALUATE) -> Work:
        return Work(
            Scope(
                store=self.store,
                claims=self.claims,
                function=function,
                tenant="acme",
                now=self.now,
                commit_id=f"commit-{next(self.ids)}",
                actor="test",
                correlation_id="test",
            )
        )

    def evaluate(self, notice: Notice) -> list[Event]:
        """One message in one Work; what it published."""
        work, events = self.work(), []
        table = work.table("policy")

        def publish(event: Event) -> None:
            work.publish(event)
            events.append(event)

        evaluate(
            notice,
            pack=self.pack,
            evaluations=table.of(EVALUATIONS),
            findings=table.of(FINDINGS),
            publish=publish,
            now=self.now,
            exempt=partial(exempt, grants=table.of(GRANTS), now=self.now),
        )
        self.staged.append(work.staged)
        work.commit()
        self.published += events
        return events

    def judge(
        self,
        resource: ResourceView,
        *,
        changed_paths: tuple[str, ...] = (),
        deleted: bool = False,
    ) -> list[Event]:
        """A notice and all its continuations; what they published, without the continuations."""
        notice = Notice(resource=resource, changed_paths=changed_paths, deleted=deleted)
        events: list[Event] = []
        while True:
            step = self.evaluate(notice)
            events += [event for event in step if not isinstance(event, EvaluationContinued)]
            more = [event for event in step if isinstance(event, EvaluationContinued)]
            if not more:
                return events
            notice = Notice(
                resource=more[0].resource, deleted=more[0].deleted, settled=more[0].settled
            )

    def waive(self, rule_id: str, until: timedelta) -> list[tuple[datetime, WaiverDue]]:
        """Accept a finding of the resource; the timers that this sets."""
        timers: list[tuple[datetime, WaiverDue]] = []

        def later(when: datetime, event: Event, *, key: str) -> None:
            work.at(when, event, key=key)
            assert isinstance(event, WaiverDue)
            timers.append((when, event))

        work = self.work(API)
        table = work.table("policy")
        request = WaiverRequest(reason="known and accepted", until=self.now + until)
        Waivers(
            findings=table.of(FINDINGS),
            evaluations=table.of(EVALUATIONS),
            publish=work.publish,
            later=later,
            now=self.now,
            by="ana",
        ).waive(finding_id(rule_id, "r1"), request)
        work.commit()
        return timers

    def evaluation(self, resource_id: str = "r1") -> Evaluation | None:
        return self.work().table("policy").of(EVALUATIONS).get(resource_id)

    def finding(self, rule_id: str = "open-bucket", resource_id: str = "r1") -> Finding:
        return self.work().table("policy").of(FINDINGS).require(finding_id(rule_id, resource_id))

    def findings(self, status: str) -> int:
        entities = self.work().table("policy").of(FINDINGS)
        return len(entities.query(index="by_status", key=status, limit=500).items)


def policy_world(folder: Path, rules: Iterable[Rule]) -> PolicyWorld:
    migrate(f"sqlite:///{folder}/steward.db")
    return PolicyWorld(SqlStore(SqliteDatabase(folder / "steward.db")), Pack(rules))


def kinds(events: Iterable[Event]) -> list[str]:
    """The types of events, short."""
    return [event.type.split(".")[2] for event in events]
