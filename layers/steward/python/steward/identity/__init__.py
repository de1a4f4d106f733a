"""Who may do what: tenants, roles, grants and callers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

SYSTEM = "system"
"""The tenant of what belongs to no tenant: the directory and events nobody has claimed."""
DEFAULT_TENANT = "default"


class Role(StrEnum):
    """A named set of permissions; `steward.identity.permissions` says which."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"
    BILLING = "billing"


class Grant(BaseModel):
    """A role held in the whole tenant, or in one of its projects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, with what they hold and how they proved it.

    ``id`` is ``user:<id>``, ``service:<id>``, ``key:<start of hash>`` or ``operator``; ``scopes``
    limits the credential to some permissions (None: all that the grants carry); ``on_behalf_of``
    is the real person behind an impersonated caller; ``elevated`` tells of an open break-glass.
    """

    id: str
    tenant: str
    grants: tuple[Grant, ...] = ()
    groups: tuple[str, ...] = ()
    scopes: frozenset[str] | None = None
    mfa: bool = False
    ip: str = ""
    session: str = ""
    on_behalf_of: str = ""
    elevated: bool = False

    @property
    def kind(self) -> str:
        """``user``, ``service``, ``key`` or ``operator``."""
        return self.id.partition(":")[0]
