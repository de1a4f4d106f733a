"""The composition root: what the handlers of policy work with, from one Work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.policy.adapters.rule_files import shipped
from functions.policy.model.evaluation import EVALUATIONS, Evaluation
from functions.policy.model.finding import FINDINGS, Finding
from functions.policy.ports import Publish, Rules
from steward.edge.walk import Ground
from steward.privacy import Holding
from steward.store.work import Entities, Work

TABLE = "policy"


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of the use cases; ``rules`` reads the pack when it is first asked for."""

    evaluations: Entities[Evaluation]
    findings: Entities[Finding]
    rules: Rules
    publish: Publish
    now: datetime
    actor: str


def wire(work: Work) -> Deps:
    """The dependencies of one message or request."""
    table = work.table(TABLE)
    return Deps(
        evaluations=table.of(EVALUATIONS),
        findings=table.of(FINDINGS),
        rules=shipped,
        publish=work.publish,
        now=work.now,
        actor=work.actor,
    )


def ground() -> Ground:
    """What policy holds."""
    return Ground(
        TABLE,
        (
            Holding(TABLE, EVALUATIONS),
            Holding(TABLE, FINDINGS, named={"waiver.by": "waiver.by"}),
        ),
    )
