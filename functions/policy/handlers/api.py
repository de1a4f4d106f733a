"""Policy over HTTP: findings, waivers and rules."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.model.comment import Comment
from functions.policy.model.exemption import Exemption, ExemptionStatus
from functions.policy.service import bulk, facets, findings, rules, triage
from functions.policy.service.bulk import BulkRequest, BulkView
from functions.policy.service.exempting import ExemptionRemark, ExemptionRequest
from functions.policy.service.exporting import ExportFormat, ExportPage, export_page
from functions.policy.service.facets import FindingFacets
from functions.policy.service.findings import FindingDetail, FindingsWanted
from functions.policy.service.rules import RuleView
from functions.policy.service.triage import (
    AssignRequest,
    CommentRequest,
    DismissRequest,
    StatusRequest,
)
from functions.policy.service.waiving import WaiverRequest
from functions.policy.wiring.findings import Deps, wire
from steward.contracts.policy import SeverityName
from steward.edge.http import Api
from steward.store.collection import Page

FINDINGS = "/api/v1/policy/findings"
BULK = "/api/v1/policy/bulk"
RULES = "/api/v1/policy/rules"
EXPORTS = "/api/v1/policy/exports"
EXEMPTIONS = "/api/v1/policy/exemptions"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Deps] = Api(wire=wire)


@api.get(FINDINGS, permission="finding:view")
def list_findings(
    *,
    deps: Deps,
    wanted: Annotated[FindingsWanted, Query()],
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[FindingDetail]:
    """Findings that all given filters take."""
    return findings.find(wanted, findings=deps.findings, cursor=cursor, limit=limit)


@api.get(f"{FINDINGS}/facets", permission="finding:view", guarded=True)
def count_findings(  # one a query parameter
    *,
    deps: Deps,
    wanted: Annotated[FindingsWanted, Query()],
    fields: Text = None,
    cursor: Text = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> FindingFacets:
    """How many findings all given filters take, and the most frequent values of each of the fields.

    One answer reads 10,000 findings at most: with a ``cursor`` it counts a part, and the next begins there.
    """
    sight = api.sight()
    return facets.count(
        wanted,
        facets.facet_fields(fields),
        findings=deps.findings,
        visible=tuple if sight.sees_everything() else sight.visible,
        cursor=cursor,
        most=limit,
    )


@api.get(f"{FINDINGS}/<finding_id>", permission="finding:view")
def get_finding(finding_id: str, *, deps: Deps) -> FindingDetail:
    """One finding."""
    found = findings.detail(deps.findings.require(finding_id))
    api.etag(found.version)
    return triage.seen(found, evaluations=deps.evaluations)


@api.get(f"{FINDINGS}/<finding_id>/related", permission="finding:view", guarded=True)
def related_findings(finding_id: str, *, deps: Deps, limit: Limit = 20) -> Page[FindingDetail]:
    """Other findings on the same resource or of the same rule."""
    known = deps.findings.require(finding_id)
    api.guard(known.view)
    return Page(triage.related(known, findings=deps.findings, limit=limit))


@api.get(f"{FINDINGS}/<finding_id>/comments", permission="finding:view", guarded=True)
def list_comments(
    finding_id: str, *, deps: Deps, cursor: Text = None, limit: Limit = 50
) -> Page[Comment]:
    """What was said about a finding."""
    api.guard(deps.findings.require(finding_id).view)
    return triage.remarks(finding_id, comments=deps.comments, cursor=cursor, limit=limit)


@api.post(f"{FINDINGS}/<finding_id>/comments", permission="finding:comment", guarded=True)
def add_comment(finding_id: str, body: CommentRequest, *, deps: Deps) -> Comment:
    """Say something about a finding."""
    api.guard(deps.findings.require(finding_id).view)
    return deps.triage.comment(finding_id, body)


@api.post(f"{FINDINGS}/<finding_id>/status", permission="finding:triage", guarded=True)
def move_finding(finding_id: str, body: StatusRequest, *, deps: Deps) -> FindingDetail:
    """Say that a finding is open, in review or being mended."""
    known = deps.findings.require(finding_id).view
    api.guard(known)
    api.check_match(known.version)
    return deps.triage.move(finding_id, body)


@api.post(f"{FINDINGS}/<finding_id>/assign", permission="finding:triage", guarded=True)
def assign_finding(finding_id: str, body: AssignRequest, *, deps: Deps) -> FindingDetail:
    """Give a finding to somebody."""
    known = deps.findings.require(finding_id).view
    api.guard(known)
    api.check_match(known.version)
    return deps.triage.assign(finding_id, body)


@api.post(f"{FINDINGS}/<finding_id>/dismiss", permission="finding:waive", guarded=True)
def dismiss_finding(finding_id: str, body: DismissRequest, *, deps: Deps) -> FindingDetail:
    """Say that a finding is no violation, and why."""
    known = deps.findings.require(finding_id).view
    api.guard(known)
    api.check_match(known.version)
    return deps.triage.dismiss(finding_id, body)


@api.post(f"{FINDINGS}/<finding_id>/waive", permission="finding:waive", guarded=True)
def waive_finding(finding_id: str, body: WaiverRequest, *, deps: Deps) -> FindingDetail:
    """Accept a finding until a date, for a reason."""
    known = deps.findings.require(finding_id).view
    api.guard(known)
    api.check_match(known.version)
    return deps.waivers.waive(finding_id, body)


@api.post(BULK, permission="finding:triage", guarded=True)
def begin_bulk(body: BulkRequest, *, deps: Deps) -> BulkView:
    """Do one thing to up to 500 findings that a filter takes; the answer says where to go on."""
    api.sight()
    return deps.bulks.begin(body, api.visible)


@api.get(f"{BULK}/<bulk_id>", permission="finding:view", guarded=True)
def get_bulk(bulk_id: str, *, deps: Deps) -> BulkView:
    """A job, and what came of each finding; others' jobs for those who see every finding."""
    job = deps.bulks.bulks.require(bulk_id)
    if job.by == deps.actor:
        api.sight()
    return bulk.shown(job)


@api.post(EXEMPTIONS, permission="exemption:ask")
def ask_exemption(body: ExemptionRequest, *, deps: Deps) -> Exemption:
    """Ask that violations be accepted by rule, resource, account or tag; somebody else decides."""
    return deps.exempting.ask(body)


@api.get(EXEMPTIONS, permission="exemption:view")
def list_exemptions(
    *,
    deps: Deps,
    status: Annotated[ExemptionStatus | None, Query()] = None,
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[Exemption]:
    """What was asked for, granted, refused and ended."""
    return deps.exempting.listed(status, cursor=cursor, limit=limit)


@api.get(f"{EXEMPTIONS}/<exemption_id>", permission="exemption:view")
def get_exemption(exemption_id: str, *, deps: Deps) -> Exemption:
    """One exemption."""
    return deps.exempting.exemptions.require(exemption_id)


@api.post(f"{EXEMPTIONS}/<exemption_id>/grant", permission="exemption:decide")
def grant_exemption(exemption_id: str, *, deps: Deps) -> Exemption:
    """Grant what somebody else asked for."""
    return deps.exempting.grant(exemption_id)


@api.post(f"{EXEMPTIONS}/<exemption_id>/refuse", permission="exemption:decide")
def refuse_exemption(exemption_id: str, body: ExemptionRemark, *, deps: Deps) -> Exemption:
    """Say no to what somebody else asked for, and why."""
    return deps.exempting.refuse(exemption_id, body)


@api.post(f"{EXEMPTIONS}/<exemption_id>/end", permission="exemption:decide")
def end_exemption(exemption_id: str, body: ExemptionRemark, *, deps: Deps) -> Exemption:
    """End an exemption before its time; its findings are reopened."""
    return deps.exempting.end(exemption_id, body)


@api.get(EXPORTS, permission="finding:view", guarded=True)
def export_findings(
    *,
    deps: Deps,
    wanted: Annotated[FindingsWanted, Query()],
    format_: Annotated[ExportFormat, Query(alias="format")],
    cursor: Text = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> ExportPage:
    """The findings that all given filters take, in another tool's format, part by part."""
    page = findings.find(wanted, findings=deps.findings, cursor=cursor, limit=limit)
    seen = api.visible(page.items)
    return export_page(seen, format_, first=cursor is None, cursor=page.cursor)


@api.get(RULES, permission="rule:view")
def list_rules(
    *,
    deps: Deps,
    severity: Annotated[SeverityName | None, Query()] = None,
    resource_type: Text = None,
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[RuleView]:
    """The rules that hold."""
    return rules.listed(
        deps.rules(), severity=severity, resource_type=resource_type, cursor=cursor, limit=limit
    )


@api.get(f"{RULES}/<rule_id>", permission="rule:view")
def get_rule(rule_id: str, *, deps: Deps) -> RuleView:
    """One rule."""
    return rules.show(deps.rules(), rule_id)


handler = api.handler
