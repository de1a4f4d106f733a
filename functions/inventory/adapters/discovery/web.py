"""What an HTTP status of Azure or Google Cloud comes to, as a problem that somebody can act on."""

from __future__ import annotations

from typing import NamedTuple

from functions.inventory.model.discovery import PASSING, Interrupted, Kind, Problem, Refused
from functions.inventory.model.identity import GLOBAL

_KINDS = {
    401: Kind.EXPIRED,
    403: Kind.DENIED,
    404: Kind.UNSUPPORTED,
    408: Kind.BROKEN,
    429: Kind.THROTTLED,
}
_BROKEN = 500
_DISABLED = ("SERVICE_DISABLED", "has not been used in project", "NotRegistered", "API_DISABLED")


class Failed(NamedTuple):
    """An error answer: its status (0 when there was none), the provider's own word, and what it said."""

    status: int
    code: str
    message: str


def failure(failed: Failed, *, service: str, operation: str) -> Refused | Interrupted:
    """The error as discovery knows it: to be tried again, or for good."""
    problem = Problem(
        kind=kind_of(failed),
        service=service,
        region=GLOBAL,
        operation=operation,
        code=failed.code[:100],
        message=failed.message[:500],
    )
    return Interrupted(problem) if problem.kind in PASSING else Refused(problem)


def kind_of(failed: Failed) -> Kind:
    """What kind of problem it is."""
    if any(word in f"{failed.code} {failed.message}" for word in _DISABLED):
        return Kind.NOT_ENABLED
    if not failed.status:
        return Kind.UNREACHABLE
    if failed.status >= _BROKEN:
        return Kind.BROKEN
    return _KINDS.get(failed.status, Kind.REFUSED)
