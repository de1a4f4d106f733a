"""Policy over HTTP: findings, waivers and rules."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.service import findings, rules
from functions.policy.service.findings import FindingDetail, WaiverRequest, Wanted
from functions.policy.service.rules import RuleView
from functions.policy.wiring import Deps, wire
from steward.contracts.policy import FindingStatus, SeverityName
from steward.edge.http import Api
from steward.store.collection import Page

FINDINGS = "/api/v1/policy/findings"
RULES = "/api/v1/policy/rules"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Deps] = Api(wire=wire)


@api.get(FINDINGS, permission="finding:view")
def list_findings(
    *,
    deps: Deps,
    status: Annotated[FindingStatus | None, Query()] = None,
    severity: Annotated[SeverityName | None, Query()] = None,
    rule: Text = None,
    resource: Text = None,
    account: Text = None,
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[FindingDetail]:
    """Findings that all given filters take."""
    wanted = Wanted(status=status, severity=severity, rule=rule, resource=resource, account=account)
    return findings.find(wanted, findings=deps.findings, cursor=cursor, limit=limit)


@api.get(f"{FINDINGS}/<finding_id>", permission="finding:view")
def get_finding(finding_id: str, *, deps: Deps) -> FindingDetail:
    """One finding."""
    found = findings.detail(deps.findings.require(finding_id))
    api.etag(found.version)
    return found


@api.post(f"{FINDINGS}/<finding_id>/waive", permission="finding:waive", guarded=True)
def waive_finding(finding_id: str, body: WaiverRequest, *, deps: Deps) -> FindingDetail:
    """Accept a finding until a date, for a reason."""
    known = deps.findings.require(finding_id).view
    api.guard(known)
    api.check_match(known.version)
    return findings.waive(
        finding_id,
        body,
        findings=deps.findings,
        evaluations=deps.evaluations,
        publish=deps.publish,
        now=deps.now,
        by=deps.actor,
    )


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
