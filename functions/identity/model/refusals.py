"""Sign-ins that were refused, counted by person and day, so that the audit trail can tell of them.

Whoever guesses decides how often: only the first few of a day, and then every doubling, leave an entry.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.store.collection import Collection

NOBODY: Final = "nobody"
"""Whom a sign-in is counted for that names no user; all such of a day count as one."""
KEPT: Final = timedelta(days=90)
_EACH: Final = 3

Step: TypeAlias = Literal["password", "second factor"]


class Refusals(BaseModel):
    """How often a step of signing in was refused on one day; ``place`` is the last one's address block."""

    model_config = ConfigDict(frozen=True)

    id: str
    person: str
    step: Step
    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    place: str

    @property
    def telling(self) -> bool:
        """Whether the trail is to tell of this one: the first few, and every doubling."""
        return self.count <= _EACH or self.count.bit_count() == 1

    def again(self, place: str, *, now: datetime) -> Refusals:
        """With one more."""
        return self.model_copy(update={"count": self.count + 1, "last_at": now, "place": place})


REFUSALS = Collection(
    "refusals",
    Refusals,
    id=lambda refusals: refusals.id,
    expires=lambda refusals: refusals.last_at + KEPT,
    personal=("place",),
    person=lambda refusals: refusals.person,
)


def refusals_id(person: str, step: Step, day: datetime) -> str:
    """The id of a person's refusals of that day."""
    return f"{day.date().isoformat()}/{step.replace(' ', '-')}/{person}"


def first(person: str, step: Step, place: str, *, now: datetime) -> Refusals:
    """The day's first."""
    return Refusals(
        id=refusals_id(person, step, now),
        person=person,
        step=step,
        count=1,
        first_at=now,
        last_at=now,
        place=place,
    )
