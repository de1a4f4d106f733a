"""What the last sweep of a part found, and why its last known state may be stale."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from functions.inventory.model.discovery import Kind, Part, Problem
from functions.inventory.model.resource import Frozen
from steward.identity.items import Facts

PROBLEMS: Final = 20
"""Problems kept of one sweep of a part; how many there were is counted."""
MESSAGE: Final = 300
"""Characters kept of what a provider says about one."""


class PartState(StrEnum):
    """How a part's last known state stands to what is there now."""

    SWEEPING = "sweeping"
    FRESH = "fresh"
    STALE = "stale"


class PartStatus(Frozen):
    """A part and the last sweep of it, which looked at these ``types`` only, at all when there are none.

    ``census`` names the body that holds what the last sweep saw, ``drawing`` that of the sweep under
    way, which goes on at ``cursor``; ``whole`` are the types whose listing came to its end, ``blinded``
    those of which something may have been hidden. ``fresh_at`` is the instant as of which everything in
    the part was known.
    """

    part: Part
    state: PartState
    sweep: str
    generation: int
    types: tuple[str, ...] = ()
    begun_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    fresh_at: AwareDatetime | None = None
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    census: str = ""
    drawing: str = ""
    whole: tuple[str, ...] = ()
    blinded: tuple[str, ...] = ()
    attempts: int = 0
    resources: int = 0
    seen: int = 0
    changed: int = 0
    gone: int = 0
    calls: int = 0

    @property
    def id(self) -> str:
        """The part's own id."""
        return self.part.id

    def noting(self, problems: tuple[Problem, ...]) -> PartStatus:
        """With more problems, of which the first ones are kept."""
        room = max(0, PROBLEMS - len(self.problems))
        kept = tuple(_shortened(problem) for problem in problems[:room])
        return self.model_copy(
            update={
                "problems": self.problems + kept,
                "problem_count": self.problem_count + len(problems),
            }
        )


class PartView(Frozen):
    """A part as the API shows it: how fresh it is, what is in it, and why it may be stale."""

    provider: str
    account: str
    region: str
    service: str
    state: PartState
    reason: str
    fresh_at: AwareDatetime | None
    begun_at: AwareDatetime
    ended_at: AwareDatetime | None
    sweep: str
    resources: int
    seen: int
    changed: int
    gone: int
    calls: int
    problem_count: int
    problems: tuple[Problem, ...]

    def facts(self) -> Facts:
        """What access is decided by."""
        id_ = f"{self.provider}/{self.account}/{self.region}/{self.service}"
        return Facts(id_, self.provider, self.account)


def hides(problem: Problem) -> bool:
    """Whether a problem may keep resources from being seen; what a region does not offer holds none."""
    return problem.hides and problem.kind is not Kind.UNSUPPORTED


def reason_of(problems: tuple[Problem, ...]) -> str:
    """Why a part is stale, in one line; empty when nothing was hidden."""
    hiding = [problem for problem in problems if hides(problem)]
    if not hiding:
        return ""
    more = f" (and {len(hiding) - 1} more)" if len(hiding) > 1 else ""
    return f"{hiding[0]}{more}"


def view_of(status: PartStatus) -> PartView:
    """A part as the API shows it."""
    plain = status.model_dump(include=set(PartView.model_fields))
    part = status.part
    return PartView(
        **plain,
        provider=part.provider,
        account=part.account,
        region=part.region,
        service=part.group,
        reason=reason_of(status.problems) or _unfinished(status),
    )


def _unfinished(status: PartStatus) -> str:
    """Why a part is stale of which nothing was hidden."""
    if status.state is not PartState.STALE:
        return ""
    if status.ended_at is None:
        return "called off before its end"
    return "only some of its types were looked at so far"


def _shortened(problem: Problem) -> Problem:
    return problem.model_copy(update={"message": problem.message[:MESSAGE]})
