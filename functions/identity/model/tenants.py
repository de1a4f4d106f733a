"""Tenants: what can be set, and how one is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.identity.manifest import RETAINED
from steward.errors import BadInput
from steward.identity import DEFAULT_TENANT, SYSTEM
from steward.identity.directory import Standing, Tenant

KEPT = (DEFAULT_TENANT, SYSTEM)
"""Tenants that are neither suspended nor closed: who operates the installation, and the directory."""
MAX_GRACE_DAYS = 90


class TenantSettings(BaseModel):
    """What a tenant's admin may set.

    ``grace_days`` lie between the export of a closing tenant and its erasure. ``retention`` is for how
    many days items are kept, by ``table.collection``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grace_days: Annotated[int, Field(ge=0, le=MAX_GRACE_DAYS)] = 14
    retention: Annotated[Mapping[str, int], Field(default_factory=dict)]

    @property
    def grace(self) -> timedelta:
        """Between export and erasure."""
        return timedelta(days=self.grace_days)


def check_retention(wanted: Mapping[str, int]) -> None:
    """Refuse days for what has none to set, or beyond what it allows.

    Raises:
        BadInput: one is.
    """
    for name, days in wanted.items():
        bounds = RETAINED.get(name)
        if bounds is None:
            known = ", ".join(RETAINED)
            raise BadInput(f"retention of {name[:60]!r}: there is none to set; use {known}")
        if not bounds[0] <= days <= bounds[1]:
            raise BadInput(f"retention of {name}: {days} days; use {bounds[0]} to {bounds[1]}")


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
