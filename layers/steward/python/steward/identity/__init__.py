"""Who may do what: tenants, roles and callers."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from steward.errors import Denied

SYSTEM = "system"
"""The tenant of what belongs to no tenant: the directory and events nobody has claimed."""
DEFAULT_TENANT = "default"


class Role(StrEnum):
    """What a caller may do: a viewer sees, an admin does everything."""

    VIEWER = "viewer"
    ADMIN = "admin"


class Caller(NamedTuple):
    """Who asks: an id for the audit trail, the tenant and the role."""

    id: str
    tenant: str
    role: Role

    def require(self, permission: str) -> None:
        """Let the permission ``<noun>:<verb>`` pass or refuse it.

        Raises:
            Denied: the role does not carry it.
        """
        if self.role is Role.ADMIN or permission.endswith(":view"):
            return
        raise Denied(
            f"role {self.role.value!r}: lacks {permission!r}; ask for a key of role 'admin'"
        )
