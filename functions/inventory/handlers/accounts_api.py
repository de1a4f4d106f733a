"""Cloud accounts and sweeps of them over HTTP."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.inventory.adapters.templates import template
from functions.inventory.model.claims import AccountView, NewAccount
from functions.inventory.model.parts import PartState, PartView
from functions.inventory.model.sweeps import NewSweep, SweepView
from functions.inventory.model.template_asks import RoleTemplate, TemplateAsk
from functions.inventory.service import accounts, sweeps
from functions.inventory.wiring import Desk, wire_desk
from steward.edge.http import Api
from steward.store.collection import Page

ACCOUNTS = "/api/v1/inventory/accounts"
SWEEPS = "/api/v1/inventory/sweeps"
ACCOUNT = f"{ACCOUNTS}/<provider>/<account>"
Limit = Annotated[int, Query(ge=1, le=200)]
Word = Annotated[str, Query(max_length=300)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Desk] = Api(wire=wire_desk)


@api.post(ACCOUNTS, permission="account:manage")
def add_account(body: NewAccount, *, deps: Desk) -> AccountView:
    """Claim a cloud account; its events are yours once a check has shown that you are let in."""
    return accounts.add(body, by=deps.registrar)


@api.get(ACCOUNTS, permission="account:view")
def list_accounts(*, deps: Desk, cursor: Text = None, limit: Limit = 50) -> Page[AccountView]:
    """The cloud accounts you have claimed."""
    return accounts.listed(by=deps.registrar, cursor=cursor, limit=limit)


@api.get(ACCOUNT, permission="account:view", guarded=True)
def get_account(provider: str, account: str, *, deps: Desk) -> AccountView:
    """A claimed account: what is proven of it, and what is missing."""
    found = accounts.show(provider, account, by=deps.registrar)
    api.guard(found)
    return found


@api.post(f"{ACCOUNT}/check", permission="account:manage", guarded=True)
def check_account(provider: str, account: str, *, deps: Desk) -> AccountView:
    """Have an account entered and its permissions checked; the answer shows it as it was before."""
    api.guard(accounts.show(provider, account, by=deps.registrar))
    return accounts.ask_check(provider, account, by=deps.registrar)


@api.post(f"{ACCOUNT}/suspend", permission="account:manage", guarded=True)
def suspend_account(provider: str, account: str, *, deps: Desk) -> AccountView:
    """Enter an account no more, until it is checked again."""
    api.guard(accounts.show(provider, account, by=deps.registrar))
    return accounts.suspend(provider, account, by=deps.registrar)


@api.delete(ACCOUNT, permission="account:manage", guarded=True)
def remove_account(provider: str, account: str, *, deps: Desk) -> None:
    """Give a cloud account up."""
    api.guard(accounts.show(provider, account, by=deps.registrar))
    accounts.remove(provider, account, by=deps.registrar)


@api.get(f"{ACCOUNT}/parts", permission="account:view", guarded=True)
def list_parts(  # one a query parameter
    provider: str,
    account: str,
    *,
    deps: Desk,
    state: PartState | None = None,
    cursor: Text = None,
    limit: Limit = 200,
) -> Page[PartView]:
    """The parts of an account: how fresh each is, and why it may be stale."""
    api.guard(accounts.show(provider, account, by=deps.registrar))
    return sweeps.parts_of(
        provider, account, state=state, by=deps.planner, cursor=cursor, limit=limit
    )


@api.get(f"{ACCOUNT}/template", permission="account:view", guarded=True)
def get_template(
    provider: str,
    account: str,
    *,
    deps: Desk,
    organization: bool = False,
    actor: bool = False,
    principal: Word = "",
    issuer: Word = "",
    scope: Word = "",
) -> RoleTemplate:
    """The role by which a claimed account lets us in, to deploy there."""
    claim = accounts.show(provider, account, by=deps.registrar)
    api.guard(claim)
    ask = TemplateAsk(
        provider=claim.provider,
        organization=organization,
        actor=actor,
        principal=principal,
        issuer=issuer,
        scope=scope,
    )
    external_id = claim.actor_external_id if actor else claim.external_id
    return template(ask, tenant=deps.registrar.tenant, external_id=external_id)


@api.post(SWEEPS, permission="sweep:start")
def start_sweep(body: NewSweep, *, deps: Desk) -> SweepView:
    """Begin to look at everything in the scope."""
    return sweeps.begin(body, by=deps.planner)


@api.get(SWEEPS, permission="sweep:view")
def list_sweeps(*, deps: Desk, cursor: Text = None, limit: Limit = 50) -> Page[SweepView]:
    """The sweeps, newest first."""
    return sweeps.listed(by=deps.planner, cursor=cursor, limit=limit)


@api.get(f"{SWEEPS}/<sweep>", permission="sweep:view", guarded=True)
def get_sweep(sweep: str, *, deps: Desk) -> SweepView:
    """How far a sweep is."""
    found = sweeps.progress(sweep, by=deps.planner)
    api.guard(found)
    return found


@api.post(f"{SWEEPS}/<sweep>/cancel", permission="sweep:start", guarded=True)
def cancel_sweep(sweep: str, *, deps: Desk) -> SweepView:
    """End a sweep: nothing more of it is begun."""
    api.guard(sweeps.progress(sweep, by=deps.planner))
    return sweeps.cancel(sweep, by=deps.planner)


handler = api.handler
