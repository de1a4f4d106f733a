"""What findings, waivers, exemptions and jobs over many are worked with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.policy.adapters.rule_files import shipped
from functions.policy.model.bulk import BULKS
from functions.policy.model.comment import COMMENTS, Comment
from functions.policy.model.evaluation import EVALUATIONS, Evaluation
from functions.policy.model.exemption import EXEMPTIONS, GRANTS
from functions.policy.model.finding import FINDINGS, Finding
from functions.policy.ports import Publish, Rules
from functions.policy.service.bulk import Bulks
from functions.policy.service.exempting import Exempting
from functions.policy.service.triage import Triage
from functions.policy.service.waiving import Waivers
from functions.policy.wiring.tables import TABLE
from steward.store.work import Entities, Work


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of the use cases; ``rules`` reads the pack when it is first asked for."""

    evaluations: Entities[Evaluation]
    findings: Entities[Finding]
    rules: Rules
    publish: Publish
    now: datetime
    actor: str
    comments: Entities[Comment]
    triage: Triage
    waivers: Waivers
    bulks: Bulks
    exempting: Exempting


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
        comments=table.of(COMMENTS),
        triage=triage(work),
        waivers=waivers(work),
        bulks=bulks(work),
        exempting=exempting(work),
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked at when its time comes."""

    waivers: Waivers
    exempting: Exempting


def watch(work: Work) -> Watch:
    """The waivers and exemptions of a Work's tenant."""
    return Watch(waivers(work), exempting(work))


def exempting(work: Work) -> Exempting:
    """The exemptions of a Work's tenant."""
    table = work.table(TABLE)
    return Exempting(
        exemptions=table.of(EXEMPTIONS),
        grants=table.of(GRANTS),
        findings=table.of(FINDINGS),
        evaluations=table.of(EVALUATIONS),
        publish=work.publish,
        later=work.at,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )


def waivers(work: Work) -> Waivers:
    """The waivers of a Work's tenant."""
    table = work.table(TABLE)
    return Waivers(
        findings=table.of(FINDINGS),
        evaluations=table.of(EVALUATIONS),
        publish=work.publish,
        later=work.at,
        now=work.now,
        by=work.actor,
    )


def bulks(work: Work) -> Bulks:
    """The jobs of a Work's tenant."""
    table = work.table(TABLE)
    return Bulks(
        bulks=table.of(BULKS),
        findings=table.of(FINDINGS),
        triage=triage(work),
        publish=work.publish,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )


def triage(work: Work) -> Triage:
    """What the caller of a Work does to findings."""
    table = work.table(TABLE)
    return Triage(
        findings=table.of(FINDINGS),
        evaluations=table.of(EVALUATIONS),
        comments=table.of(COMMENTS),
        publish=work.publish,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )
