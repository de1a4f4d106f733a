"""How commitments do, as far as the caller may see the costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from functions.cost.model.commitments.views import (
    EACH,
    PLACES,
    CommitmentBreakEvens,
    CommitmentCoverages,
    CommitmentPart,
    CommitmentSums,
    CommitmentUtilisations,
    break_evens,
    coverages,
    parts_of,
    utilisations,
)
from functions.cost.model.explore.conditions import Condition, conditions
from functions.cost.model.explore.sight import Seen
from functions.cost.model.explore.span import Span
from functions.cost.service.explore import Costs, Sight, seen_by
from steward.errors import BadInput


class Commitments(Protocol):
    """The commitments of a tenant."""

    def sums(
        self,
        within: Span,
        by: Sequence[CommitmentPart],
        *,
        where: Sequence[Condition],
        seen: Seen | None,
    ) -> list[CommitmentSums]:
        """What each combination sums up to, of the rows that meet all conditions and may be seen."""
        ...


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the use cases take."""

    commitments: Commitments
    costs: Costs
    now: datetime


class Wanted(NamedTuple):
    """Of which days and rows, told apart by what; None tells them apart as is usual for the view."""

    within: Span
    by: str | None
    where: tuple[str, ...]


def coverage(wanted: Wanted, *, at: Holdings, sight: Sight | None) -> CommitmentCoverages:
    """How much of what could be covered is covered: by service, account, region and month, if not said.

    Raises:
        BadInput: something is named that there is not.
    """
    return coverages(_sums(wanted, PLACES, at=at, sight=sight))


def utilisation(wanted: Wanted, *, at: Holdings, sight: Sight | None) -> CommitmentUtilisations:
    """How much of each commitment was used, month by month, if not said otherwise.

    Raises:
        BadInput: something is named that there is not.
    """
    return utilisations(_sums(wanted, EACH, at=at, sight=sight))


def break_even(wanted: Wanted, *, at: Holdings, sight: Sight | None) -> CommitmentBreakEvens:
    """Whether each commitment paid, month by month, if not said otherwise.

    Raises:
        BadInput: something is named that there is not.
    """
    return break_evens(_sums(wanted, EACH, at=at, sight=sight))


def _sums(
    wanted: Wanted, usual: tuple[CommitmentPart, ...], *, at: Holdings, sight: Sight | None
) -> list[CommitmentSums]:
    by, where = parts_of(wanted.by, usual), conditions(wanted.where)
    team = next((one for one in where if one.field.name == "team"), None)
    if team is not None:
        raise BadInput(
            "team: rows have none, shared costs are split later; name a tag or an account"
        )
    seen = seen_by(sight, at.costs)
    return at.commitments.sums(wanted.within, by, where=where, seen=seen)
