"""The composition root: what the handlers of policy work with, from one Work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import shipped
from functions.policy.adapters.security_hub import AwsSecurityHub, client
from functions.policy.adapters.standing_objects import StandingObjects
from functions.policy.adapters.stored_rules import StoredRules
from functions.policy.adapters.trackers import desk, sender
from functions.policy.adapters.trail_signer import TrailSigner
from functions.policy.model.bulk import BULKS
from functions.policy.model.comment import COMMENTS, Comment
from functions.policy.model.compliance.assessment import Bearing, bearing
from functions.policy.model.compliance.scores import SCORES, STANDINGS
from functions.policy.model.evaluation import EVALUATIONS, Evaluation
from functions.policy.model.exemption import EXEMPTIONS, GRANTS
from functions.policy.model.finding import FINDINGS, Finding
from functions.policy.model.hub import HUB_ENTRIES, HUBS
from functions.policy.model.rulebook.book import BOOK_ID, BOOKS, Rulebook
from functions.policy.model.rulebook.overlay import Overlay
from functions.policy.model.rulebook.shadow import SHADOWS
from functions.policy.model.rulebook.versions import VERSIONS
from functions.policy.model.ticket import TICKETS, TRACKERS, Tracker
from functions.policy.ports import Publish, Rules
from functions.policy.service.bulk import Bulks
from functions.policy.service.compliance import Compliance
from functions.policy.service.exempting import Exempting, exempt
from functions.policy.service.hubbing import Hubs
from functions.policy.service.judging import Judging
from functions.policy.service.rulebook import Rulebooks
from functions.policy.service.shadowing import Shadowing
from functions.policy.service.ticketing import Tickets
from functions.policy.service.triage import Triage
from functions.policy.service.waiving import Waivers
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.privacy import Holding
from steward.store.work import Entities, Work

TABLE = "policy"
COMPLIANCE = "compliance"
TRAIL = "audit"
"""The signing key of the audit trail."""
PERSONS = {
    "waiver.by": "waiver.by",
    "view.owner": "view.owner",
    "view.assignee": "view.assignee",
}


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


@dataclass(frozen=True, slots=True)
class Desk:
    """The tenant's rules, and what those in shadow say."""

    books: Rulebooks
    shadowing: Shadowing


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


def hubs(work: Work) -> Hubs:
    """The Security Hubs of a Work's tenant."""
    table = work.table(TABLE)
    return Hubs(
        hubs=table.of(HUBS),
        entries=table.of(HUB_ENTRIES),
        findings=table.of(FINDINGS),
        far=AwsSecurityHub(client),
        publish=work.publish,
        later=work.at,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )


def tickets(work: Work) -> Tickets:
    """The trackers and tickets of a Work's tenant."""
    table, resources = work.table(TABLE), current()
    return Tickets(
        tenant=work.tenant,
        trackers=table.of(TRACKERS),
        tickets=table.of(TICKETS),
        findings=table.of(FINDINGS),
        vault=resources.secrets,
        connect=partial(desk, over=sender(resources.environment)),
        publish=work.publish,
        later=work.at,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )


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


def compliance(work: Work) -> Compliance:
    """How a Work's tenant stands against the frameworks."""
    table = work.table(TABLE)
    objects = current().buckets(COMPLIANCE, work.tenant)
    return Compliance(
        frameworks=frameworks(),
        bearing=_bearing(),
        scores=table.of(SCORES),
        standings=table.of(STANDINGS),
        evaluations=table.of(EVALUATIONS),
        findings=table.of(FINDINGS),
        bodies=StandingObjects(objects, tenant=work.tenant, now=work.now),
        publish=work.publish,
        now=work.now,
    )


def judging(work: Work) -> Judging:
    """What judges the resources of a Work's tenant."""
    table = work.table(TABLE)
    book = table.of(BOOKS).get(BOOK_ID) or Rulebook()
    read = StoredRules(table.of(VERSIONS))
    return Judging(
        pack=lambda account: Overlay(shipped(), book, account, read),
        evaluations=table.of(EVALUATIONS),
        findings=table.of(FINDINGS),
        shadowing=shadowing(work),
        publish=work.publish,
        now=work.now,
        exempt=partial(exempt, grants=table.of(GRANTS), now=work.now),
    )


@cache
def _bearing() -> Bearing:
    """The controls of the frameworks that ship, with the rules that do; read once a process."""
    return bearing(shipped().all(), frameworks().values())


def shadowing(work: Work) -> Shadowing:
    """What a tenant's versions in shadow say."""
    return Shadowing(shadows=work.table(TABLE).of(SHADOWS), now=work.now)


def rulebook(work: Work) -> Desk:
    """What the routes of a tenant's rules work with."""
    table = work.table(TABLE)
    trail = TrailSigner(lambda: current().signers(TRAIL))
    books = Rulebooks(
        books=table.of(BOOKS),
        versions=table.of(VERSIONS),
        shipped=shipped(),
        frameworks=frameworks,
        sign=trail.sign,
        verify=trail.verify,
        publish=work.publish,
        tenant=work.tenant,
        now=work.now,
        by=work.actor,
    )
    return Desk(books, shadowing(work))


def ground() -> Ground:
    """What policy holds; a tracker's token goes with it."""

    def discard(tracker: Tracker) -> None:
        current().secrets.delete(tracker.secret)

    return Ground(
        TABLE,
        (
            Holding(TABLE, EVALUATIONS),
            Holding(TABLE, FINDINGS, named=PERSONS),
            Holding(TABLE, BULKS, named={"by": "by", "action.assignee": "action.assignee"}),
            Holding(TABLE, COMMENTS, named={"by": "by"}),
            Holding(TABLE, EXEMPTIONS, named={"asked_by": "asked_by", "decided_by": "decided_by"}),
            Holding(
                TABLE,
                GRANTS,
                named={
                    "exemptions.asked_by": "exemptions.asked_by",
                    "exemptions.decided_by": "exemptions.decided_by",
                },
            ),
            Holding(TABLE, SCORES),
            Holding(TABLE, STANDINGS),
            Holding(TABLE, BOOKS),
            Holding(TABLE, VERSIONS, named={"by": "by"}),
            Holding(TABLE, SHADOWS),
            Holding(TABLE, HUBS, named={"connected_by": "connected_by"}),
            Holding(TABLE, HUB_ENTRIES),
            Holding(
                TABLE,
                TRACKERS,
                named={"created_by": "created_by", "place.email": "place.email"},
                discard=discard,
            ),
            Holding(TABLE, TICKETS),
        ),
        buckets=(COMPLIANCE,),
    )
