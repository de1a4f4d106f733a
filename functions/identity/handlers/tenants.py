"""Tenants over HTTPS: all of them for the operator, one's own for its admin."""

from __future__ import annotations

from functions.identity.model import tenants as model
from functions.identity.model.closings import Closing
from functions.identity.model.names import shown_reason
from functions.identity.model.tenants import TenantView
from functions.identity.service import closings, invitations, tenants
from functions.identity.service.invitations import InvitationDraft, IssuedInvitation
from functions.identity.service.tenants import Because, TenantChange, TenantDraft
from functions.identity.wiring import (
    Deps,
    ExportedText,
    SystemDeps,
    exported_text,
    operator_desk,
    wire_system,
)
from steward.edge.http import Api
from steward.store.collection import Page

api = Api(wire=wire_system)
handler = api.handler

ROOT = "/api/v1/identity/tenants"
TENANT = f"{ROOT}/<tenant_id>"
OWN = "/api/v1/identity/tenant"


@api.get(ROOT, permission="installation:view", system=True)
def list_tenants(
    cursor: str | None = None, limit: int = 50, *, deps: SystemDeps
) -> Page[TenantView]:
    """The tenants of this installation."""
    page = deps.tenants.list(after=cursor, limit=limit)
    return Page(tuple(model.view(each) for each in page.items), page.cursor)


@api.post(ROOT, permission="installation:manage", system=True)
def create_tenant(draft: TenantDraft, *, deps: SystemDeps) -> TenantView:
    """A new tenant; invite its first admin next."""
    return model.view(tenants.create(draft, tenants=deps.tenants, post=deps.post, now=deps.now))


@api.get(TENANT, permission="installation:view", system=True)
def get_tenant(tenant_id: str, *, deps: SystemDeps) -> TenantView:
    """One tenant."""
    found = tenants.require(tenant_id, tenants=deps.tenants, now=deps.now)
    api.etag(deps.tenants.version(tenant_id))
    return model.view(found)


@api.post(f"{TENANT}/suspend", permission="installation:manage", system=True)
def suspend_tenant(tenant_id: str, why: Because, *, deps: SystemDeps) -> TenantView:
    """Let nobody of the tenant in, until it is resumed."""
    reason = shown_reason(why.reason)
    after = tenants.suspend(
        tenant_id, reason=reason, tenants=deps.tenants, post=deps.post, now=deps.now
    )
    return model.view(after)


@api.post(f"{TENANT}/resume", permission="installation:manage", system=True)
def resume_tenant(tenant_id: str, *, deps: SystemDeps) -> TenantView:
    """Let the tenant's people in again."""
    after = tenants.resume(tenant_id, tenants=deps.tenants, post=deps.post, now=deps.now)
    return model.view(after)


@api.post(f"{TENANT}/invitations", permission="installation:manage", system=True)
def invite_to_tenant(
    tenant_id: str, draft: InvitationDraft, *, deps: SystemDeps
) -> IssuedInvitation:
    """Invite somebody into a tenant, such as its first admin; the token is shown this once."""
    tenants.require(tenant_id, tenants=deps.tenants, now=deps.now)

    def use(inner: Deps) -> IssuedInvitation:
        return invitations.invite(
            draft,
            id_=inner.fresh_id,
            user=inner.fresh_id,
            tenant=tenant_id,
            desk=operator_desk(inner, deps.caller),
            post=inner.post,
        )

    return deps.within(tenant_id, use)


@api.post(f"{TENANT}/closing", permission="installation:manage", system=True)
def close_tenant(tenant_id: str, why: Because, *, deps: SystemDeps) -> Closing:
    """Close a tenant: it is exported now, and erased after its days of grace."""
    return closings.request(
        tenant_id, why.reason, id_=deps.work.new_id(), by=deps.caller.id, notary=deps.notary
    )


@api.get(f"{TENANT}/closing", permission="installation:view", system=True)
def get_closing(tenant_id: str, *, deps: SystemDeps) -> Closing:
    """How far a closing is; when it is closed, the record of what was erased."""
    return closings.newest(tenant_id, deps.notary)


@api.delete(f"{TENANT}/closing", permission="installation:manage", system=True)
def cancel_closing(tenant_id: str, *, deps: SystemDeps) -> Closing:
    """Take a closing back, as long as nothing is erased."""
    return closings.cancel(tenant_id, by=deps.caller.id, notary=deps.notary)


@api.get(f"{TENANT}/closing/files", permission="installation:manage", system=True)
def get_closing_file(tenant_id: str, file: str, *, deps: SystemDeps) -> ExportedText:
    """One file of the export; the manifest lists them all."""
    key = closings.file_of(closings.newest(tenant_id, deps.notary), file)
    return exported_text(key, tenant=tenant_id)


@api.post(f"{OWN}/closing", permission="tenant:manage", system=True)
def close_own_tenant(why: Because, *, deps: SystemDeps) -> Closing:
    """Close one's own tenant: from now on it is only read; the operator can take it back."""
    own = deps.caller.tenant
    return closings.request(
        own, why.reason, id_=deps.work.new_id(), by=deps.caller.id, notary=deps.notary
    )


@api.get(f"{OWN}/closing", permission="tenant:view", system=True)
def get_own_closing(*, deps: SystemDeps) -> Closing:
    """How far the closing of one's own tenant is."""
    return closings.newest(deps.caller.tenant, deps.notary)


@api.get(f"{OWN}/closing/files", permission="tenant:export", system=True)
def get_own_closing_file(file: str, *, deps: SystemDeps) -> ExportedText:
    """One file of the export of one's own tenant, until its erasure begins."""
    own = deps.caller.tenant
    return exported_text(closings.file_of(closings.newest(own, deps.notary), file), tenant=own)


@api.get(OWN, permission="tenant:view", system=True)
def get_own_tenant(*, deps: SystemDeps) -> TenantView:
    """The caller's own tenant."""
    own = deps.caller.tenant
    found = tenants.require(own, tenants=deps.tenants, now=deps.now)
    api.etag(deps.tenants.version(own))
    return model.view(found)


@api.put(OWN, permission="tenant:manage", system=True)
def change_own_tenant(change: TenantChange, *, deps: SystemDeps) -> TenantView:
    """Another name, and other settings in the place of all there are."""
    own = deps.caller.tenant
    api.check_match(deps.tenants.version(own))
    after = tenants.change(own, change, tenants=deps.tenants, post=deps.post, now=deps.now)
    return model.view(after)
