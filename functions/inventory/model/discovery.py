"""What discovery finds: resources page by page, and what kept it from finding more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from functions.inventory.model.resource import Facts, Frozen, Subject
from steward.errors import Permanent, Transient


class Kind(StrEnum):
    """Why something could not be found, or was found odd."""

    DENIED = "denied"
    THROTTLED = "throttled"
    EXPIRED = "expired"
    NOT_ENABLED = "not-enabled"
    UNSUPPORTED = "unsupported"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BROKEN = "broken"
    NO_ID = "no-id"
    DUPLICATE = "duplicate"
    REPEATED = "repeated"
    CUT = "cut"


PASSING = frozenset({Kind.THROTTLED, Kind.EXPIRED, Kind.UNREACHABLE, Kind.BROKEN})
"""What another attempt may cure."""


class Problem(Frozen):
    """One thing that went wrong, named so that somebody can act on it.

    ``type`` is the resource type that was being listed, ``operation`` the call that failed, ``code`` the
    provider's own word, ``native_id`` the one resource concerned, where it is one. A problem with
    ``hides`` may keep resources from being seen, so nothing may be taken for deleted.
    """

    kind: Kind
    service: str
    region: str
    type: str = ""
    operation: str = ""
    code: str = ""
    message: str = ""
    native_id: str = ""
    hides: bool = True

    def __str__(self) -> str:
        """The problem in one line."""
        where = f"{self.service}:{self.operation} in {self.region}"
        return f"{where}: {self.kind.value} ({self.code}): {self.message}"


class Refused(Permanent):
    """A call that will fail however often it is tried, such as for want of a permission."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Interrupted(Transient):
    """A call that may work later.

    ``cursor`` is where to take the part up again, ``skip`` where to go on when this type is given up.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.cursor: str | None = None
        self.skip: str | None = None


EVERY = ""
"""The type of the last `Found` of a part that lists all types mixed: it ends them all."""


class Part(Frozen):
    """What one message of a sweep lists: the types of one group in one region of one account.

    For AWS the group is the name of boto3's client, and ``region`` is ``global`` where a service has
    none; resources of a global part may lie in regions, as buckets do.
    """

    provider: str = "aws"
    account: str
    region: str
    group: str

    @property
    def id(self) -> str:
        """All four in one."""
        return f"{self.provider}/{self.account}/{self.region}/{self.group}"


class Listed(NamedTuple):
    """A resource as its provider describes it now."""

    subject: Subject
    facts: Facts


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a part.

    All resources of a page are of ``type``. ``cursor`` is where the part goes on, None after the last
    page. ``ended`` marks the last page of the type; ``whole`` says on it that no problem hid anything of
    the type, so that what was not seen is gone.
    """

    type: str
    resources: tuple[Listed, ...] = ()
    problems: tuple[Problem, ...] = ()
    cursor: str | None = None
    ended: bool = False
    whole: bool = False


class Call(NamedTuple):
    """One request to a provider's API, in its own words."""

    service: str
    region: str
    operation: str
    parameters: Mapping[str, Any]
