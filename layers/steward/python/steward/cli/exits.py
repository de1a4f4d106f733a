"""Exit codes, the same for every command."""

from __future__ import annotations

from steward.errors import (
    BadInput,
    Conflict,
    Denied,
    NotFound,
    PreconditionFailed,
    StewardError,
    Unauthenticated,
)

OK = 0
FAILED = 1
USAGE = 2
FINDINGS = 3
DRIFT = 4
NOT_FOUND = 5
CONFLICT = 6
AUTH = 7
PARTIAL = 8
TIMEOUT = 9
INTERRUPTED = 130

_CODES: tuple[tuple[type[StewardError], int], ...] = (
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (PreconditionFailed, CONFLICT),
    (Unauthenticated, AUTH),
    (Denied, AUTH),
    (BadInput, USAGE),
)


def of(error: StewardError) -> int:
    """The exit code that tells a script what went wrong; an error may bring its own."""
    own = getattr(error, "exit_code", None)
    if own is not None:
        return int(own)
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def of_status(status: int) -> int:
    """The exit code for a refusal of the server."""
    codes = {
        401: AUTH,
        403: AUTH,
        404: NOT_FOUND,
        409: CONFLICT,
        412: CONFLICT,
        422: USAGE,
        504: TIMEOUT,
    }
    return codes.get(status, FAILED)
