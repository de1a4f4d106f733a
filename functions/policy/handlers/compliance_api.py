"""How a tenant stands against frameworks of controls, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.adapters.printing import PRINTED, Print, printed
from functions.policy.service.compliance import Compliance
from functions.policy.service.compliance_views import (
    ComplianceAccountView,
    ComplianceCountAsked,
    ComplianceDayView,
    FrameworkDetail,
    FrameworkView,
)
from functions.policy.service.reporting import reported
from functions.policy.wiring.compliance import compliance
from steward.edge.http import Api
from steward.identity.items import Facts
from steward.store.collection import Page

COMPLIANCE = "/api/v1/policy/compliance"
FRAMEWORK = f"{COMPLIANCE}/<framework>"
Limit = Annotated[int, Query(ge=1, le=400)]
Text = Annotated[str | None, Query(max_length=512)]
Day = Annotated[date | None, Query()]

api: Api[Compliance] = Api(wire=compliance)


class _Account:
    """An account, as access is decided about it."""

    def __init__(self, provider: str, account: str) -> None:
        self._facts = Facts(account, provider, account)

    def facts(self) -> Facts:
        return self._facts


@api.get(COMPLIANCE, permission="compliance:view", guarded=True)
def list_frameworks(*, deps: Compliance, account: Text = None) -> Page[FrameworkView]:
    """How each framework stands, in all accounts or in one; a control without evidence is no pass."""
    _guard(deps, account)
    return deps.listed(account)


@api.post(COMPLIANCE, permission="compliance:count")
def count_now(*, deps: Compliance) -> ComplianceCountAsked:
    """Have everything counted now; the answers that follow say when they were counted."""
    return deps.ask()


@api.get(FRAMEWORK, permission="compliance:view", guarded=True)
def get_framework(framework: str, *, deps: Compliance, account: Text = None) -> FrameworkDetail:
    """One framework with its sections and controls, in all accounts or in one."""
    _guard(deps, account)
    return deps.show(framework, account)


@api.get(f"{FRAMEWORK}/accounts", permission="compliance:view")
def list_accounts(framework: str, *, deps: Compliance) -> Page[ComplianceAccountView]:
    """How a framework stands in each account."""
    return deps.accounts(framework)


@api.get(f"{FRAMEWORK}/report", permission="compliance:view", guarded=True)
def get_report(
    framework: str,
    *,
    deps: Compliance,
    account: Text = None,
    format_: Annotated[Print, Query(alias="format")] = "html",
) -> Annotated[Response[Any], PRINTED]:
    """One framework with its controls and the open findings that bear on them, to print; HTML or PDF.

    It takes ``finding:view`` as well, and shows the findings that this lets the caller see.
    """
    _guard(deps, account)
    visible = api.under("finding:view").visible
    return printed(reported(framework, account, compliance=deps, visible=visible), format_)


@api.get(f"{FRAMEWORK}/over-time", permission="compliance:view", guarded=True)
def list_days(  # one a query parameter
    framework: str,
    *,
    deps: Compliance,
    account: Text = None,
    since: Day = None,
    until: Day = None,
    cursor: Text = None,
    limit: Limit = 100,
) -> Page[ComplianceDayView]:
    """How a framework stood day by day, in all accounts or in one."""
    _guard(deps, account)
    return deps.over_time(
        framework, account=account, since=since, until=until, cursor=cursor, limit=limit
    )


def _guard(deps: Compliance, account: str | None) -> None:
    """Ask about the account; without one only who may see the whole tenant goes on."""
    if account is not None:
        api.guard(_Account(*deps.place_of(account)))


handler = api.handler
