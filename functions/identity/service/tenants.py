"""Tenants as the operator keeps them, in the system tenant's part of the directory."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.closings import SETTLED
from functions.identity.model.names import MAX_NAME, shown_name, slug
from functions.identity.model.tenants import KEPT, TenantSettings, check_retention
from functions.identity.ports import Post
from steward.contracts.identity import (
    RetentionDue,
    RetentionSwept,
    TenantCreated,
    TenantResumed,
    TenantSuspended,
)
from steward.errors import AlreadyExists, BadInput, NotFound
from steward.identity import DEFAULT_TENANT
from steward.identity.directory import RETENTION, Standing, Tenant
from steward.store.work import Entities


class TenantDraft(BaseModel):
    """What it takes to make a tenant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: Annotated[str, Field(max_length=MAX_NAME * 4)]


class TenantChange(BaseModel):
    """What a tenant's admin may change; both are replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=MAX_NAME * 4)]
    settings: TenantSettings


class Because(BaseModel):
    """Why a tenant is shut out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str


Tenants = Entities[Tenant]
AT_ONCE = 80
"""Tenants that one message of a sweep looks at."""


def create(draft: TenantDraft, *, tenants: Tenants, post: Post, now: datetime) -> Tenant:
    """A new tenant; its first admin is invited next.

    Raises:
        AlreadyExists: there is, or was, a tenant of that id.
    """
    id_ = slug(draft.id, what="tenant id")
    if id_ in KEPT or tenants.get(id_) is not None:
        raise AlreadyExists(f"tenant {id_!r}: exists, or did; the id of a closed one is not reused")
    tenant = Tenant(id=id_, name=shown_name(draft.name, what="tenant name"), created_at=now)
    tenants.add(tenant)
    post.publish(TenantCreated(tenant=id_), tenant=id_)
    return tenant


def require(id_: str, *, tenants: Tenants, now: datetime) -> Tenant:
    """The tenant.

    Raises:
        NotFound: there is none of that id.
    """
    found = tenants.get(id_)
    if found is None and id_ == DEFAULT_TENANT:
        # It is there before anything is written of it.
        return Tenant(id=id_, created_at=now)
    if found is None:
        raise NotFound(f"tenant {id_[:80]!r}: not found; list them to see the ids")
    return found


def change(
    id_: str, wanted: TenantChange, *, tenants: Tenants, post: Post, now: datetime
) -> Tenant:
    """The tenant with another name and other settings; those that others keep there stay.

    Raises:
        BadInput: a retention is not one that can be set.
    """
    check_retention(wanted.settings.retention)
    tenant = require(id_, tenants=tenants, now=now)
    settings = {**tenant.settings, **wanted.settings.model_dump(mode="json")}
    name = shown_name(wanted.name, what="tenant name")
    after = tenant.model_copy(update={"name": name, "settings": settings})
    tenants.put(after)
    if settings.get(RETENTION) != tenant.settings.get(RETENTION):
        # Later than any process remembers the setting of before.
        due = RetentionSwept(sweep=now.isoformat(), only=id_)
        post.at(now + SETTLED, due, key=f"identity/retention/{id_}")
    return after


def sweep(swept: RetentionSwept, *, tenants: Tenants, post: Post) -> None:
    """Have what is kept brought to the retention that its tenant has set, for some of the tenants."""
    if swept.only:
        post.publish(RetentionDue(tenant=swept.only, sweep=swept.sweep), tenant=swept.only)
        return
    page = tenants.list(after=swept.cursor or None, limit=AT_ONCE)
    for tenant in page.items:
        if RETENTION in tenant.settings and tenant.standing is not Standing.DELETED:
            post.publish(RetentionDue(tenant=tenant.id, sweep=swept.sweep), tenant=tenant.id)
    if page.cursor is not None:
        post.publish(swept.model_copy(update={"cursor": page.cursor}))


def suspend(id_: str, *, reason: str, tenants: Tenants, post: Post, now: datetime) -> Tenant:
    """The tenant, whose people and programs are let in no more until it is resumed.

    Raises:
        BadInput: it operates the installation, or is not active.
    """
    tenant = _standing(id_, Standing.ACTIVE, tenants=tenants, now=now)
    after = tenant.model_copy(update={"standing": Standing.SUSPENDED})
    tenants.put(after)
    post.publish(TenantSuspended(tenant=id_, reason=reason), tenant=id_)
    return after


def resume(id_: str, *, tenants: Tenants, post: Post, now: datetime) -> Tenant:
    """The tenant, let in again.

    Raises:
        BadInput: it is not suspended.
    """
    tenant = _standing(id_, Standing.SUSPENDED, tenants=tenants, now=now)
    after = tenant.model_copy(update={"standing": Standing.ACTIVE})
    tenants.put(after)
    post.publish(TenantResumed(tenant=id_), tenant=id_)
    return after


def _standing(id_: str, wanted: Standing, *, tenants: Tenants, now: datetime) -> Tenant:
    if id_ in KEPT:
        raise BadInput(f"tenant {id_!r}: operates this installation, and stays as it is")
    tenant = require(id_, tenants=tenants, now=now)
    if tenant.standing is not wanted:
        raise BadInput(f"tenant {id_!r}: is {tenant.standing.value}, not {wanted.value}")
    return tenant
