"""A tenant's own policies over HTTP, and why somebody may or may not do something."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.access.model.policies import PolicyText, PolicyView, RevisionView
from functions.access.model.questions import Explanation, Outcome, Question, Rehearsal
from functions.access.model.templates import TEMPLATES, Template
from functions.access.service import explain, policies
from functions.access.service.policies import Desk
from functions.access.wiring import Deps, wire
from steward.edge.http import Api
from steward.store.collection import Page

ROOT = "/api/v1/access"
POLICIES = f"{ROOT}/policies"
VERSIONS = f"{ROOT}/versions"
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=512)]
Version = Annotated[int, Path(ge=0, le=9_999_999_999)]

api: Api[Deps] = Api(wire=wire)
handler = api.handler


@api.get(POLICIES, permission="access:view")
def list_policies(*, deps: Deps) -> Page[PolicyView]:
    """The tenant's own policies; the ETag is the version that If-Match takes."""
    api.etag(policies.current(deps.register).version)
    return policies.listed(deps.register)


@api.get(f"{POLICIES}/<policy_id>", permission="access:view")
def get_policy(policy_id: str, *, deps: Deps) -> PolicyView:
    """One policy."""
    api.etag(policies.current(deps.register).version)
    return policies.show(policy_id, deps.register)


@api.put(f"{POLICIES}/<policy_id>", permission="access:manage")
def put_policy(policy_id: str, body: PolicyText, *, deps: Deps) -> PolicyView:
    """Add a policy or replace it; every function decides by it within a minute."""
    shown = policies.put(
        policy_id, body, register=deps.register, expect=api.if_match(), desk=desk(deps)
    )
    api.etag(policies.current(deps.register).version)
    return shown


@api.delete(f"{POLICIES}/<policy_id>", permission="access:manage")
def delete_policy(policy_id: str, *, deps: Deps) -> None:
    """Remove a policy."""
    policies.remove(policy_id, register=deps.register, expect=api.if_match(), desk=desk(deps))


@api.post(f"{POLICIES}/test", permission="access:explain")
def rehearse_policies(body: Rehearsal, *, deps: Deps) -> Outcome:
    """Decisions as they are and as they would be with a change, which is not made."""
    return explain.rehearse(body, register=deps.register, caller=deps.caller, now=deps.now)


@api.get(VERSIONS, permission="access:view")
def list_versions(*, deps: Deps, cursor: Cursor = None, limit: Limit = 50) -> Page[RevisionView]:
    """The policies over time, newest first."""
    return policies.history(deps.register, cursor=cursor, limit=limit)


@api.post(f"{VERSIONS}/<version>/restore", permission="access:manage")
def restore_version(version: Version, *, deps: Deps) -> RevisionView:
    """Go back to the policies of an earlier version."""
    return policies.restore(version, register=deps.register, expect=api.if_match(), desk=desk(deps))


@api.get(f"{ROOT}/templates", permission="access:view")
def list_templates(*, deps: Deps) -> Page[Template]:
    """Policies to start from."""
    del deps
    return Page(TEMPLATES)


@api.post(f"{ROOT}/explain", permission="access:explain")
def explain_decision(body: Question, *, deps: Deps) -> Explanation:
    """Whether a principal may do something, by which policies, and what would allow it."""
    return explain.explain(body, register=deps.register, caller=deps.caller, now=deps.now)


def desk(deps: Deps) -> Desk:
    """Who changes the policies."""
    return Desk(deps.caller, deps.now, deps.publish)
