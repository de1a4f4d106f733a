"""Tenants: what can be set, and how one is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.identity import DEFAULT_TENANT, SYSTEM
from steward.identity.directory import Standing, Tenant

KEPT = (DEFAULT_TENANT, SYSTEM)
"""Tenants that are neither suspended nor closed: who operates the installation, and the directory."""
MAX_GRACE_DAYS = 90


class TenantSettings(BaseModel):
    """What a tenant's admin may set.

    ``grace_days`` lie between the export of a closing tenant and its erasure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grace_days: Annotated[int, Field(ge=0, le=MAX_GRACE_DAYS)] = 14

    @property
    def grace(self) -> timedelta:
        """Between export and erasure."""
        return timedelta(days=self.grace_days)


class TenantView(BaseModel):
    """A tenant as it is shown."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    standing: Standing
    created_at: AwareDatetime | None
    settings: TenantSettings


def settings_of(tenant: Tenant) -> TenantSettings:
    """The tenant's settings; what is not set has its default, what is not known is left out."""
    known: Mapping[str, Any] = {
        name: value
        for name, value in tenant.settings.items()
        if name in TenantSettings.model_fields
    }
    return TenantSettings.model_validate(known)


def view(tenant: Tenant) -> TenantView:
    """The tenant as it is shown."""
    return TenantView(
        id=tenant.id,
        name=tenant.name,
        standing=tenant.standing,
        created_at=tenant.created_at,
        settings=settings_of(tenant),
    )
