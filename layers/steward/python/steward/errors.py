"""The errors a concern may raise; the edge alone maps them to retry, dead letter or status."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import ClassVar


class StewardError(Exception):
    """Anything Steward refuses; the message carries the value, the rule and what to do."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def code(self) -> str:
        """The stable, kebab-case name of the error, for problem documents, logs and metrics."""
        return _kebab(type(self).__name__)


class Transient(StewardError):
    """Worth trying again unchanged: the message goes back to its queue."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class Permanent(StewardError):
    """Fails however often it is tried: the message goes to the dead letters with the reason."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Conflict(Transient):
    """Someone else wrote first; read again and decide again."""

    status = HTTPStatus.CONFLICT


class Throttled(Transient):
    """The far side asks for a slower pace."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class BadInput(Permanent):
    """The input breaks a rule that the message names."""


class NotFound(Permanent):
    """Nothing of that name exists for this tenant."""

    status = HTTPStatus.NOT_FOUND


class Unauthenticated(Permanent):
    """No credential, or one that does not hold."""

    status = HTTPStatus.UNAUTHORIZED


class Denied(Permanent):
    """A known caller without the permission."""

    status = HTTPStatus.FORBIDDEN


class NotGranted(Permanent):
    """A function touched what its manifest does not declare: a defect in one of the two."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Damaged(Permanent):
    """What is stored was changed behind Steward's back: it is not what was written."""

    status = HTTPStatus.CONFLICT


class TooLarge(Permanent):
    """Beyond a limit that holds on every store."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class PreconditionFailed(Permanent):
    """The version in If-Match is not the current one."""

    status = HTTPStatus.PRECONDITION_FAILED


class AlreadyExists(Permanent):
    """The id is taken."""

    status = HTTPStatus.CONFLICT


@cache
def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
