"""What rules would do to the teams' costs, before they are published."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.allocation.rules import RuleSetDraft
from functions.cost.model.explore.answers import Money
from steward.errors import BadInput

_MONTH: Final = re.compile(r"(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])")
MonthName = Annotated[str, Field(pattern=rf"^{_MONTH.pattern}$")]


Shares: TypeAlias = dict[tuple[str, str], Decimal]
"""Costs by team and currency."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrialDraft(_Shown):
    """Rules to be tried on a month, as 2026-02."""

    month: MonthName
    rules: RuleSetDraft


class TeamChange(_Shown):
    """What one team bears in one currency by the rules that hold, and by those tried; "" is nobody."""

    team: str
    currency: str
    before: Money
    after: Money
    change: Money


class RuleUse(_Shown):
    """How many sums of a day, service, account and region one of the tried rules decides on."""

    rule: str
    sums: int


class Trial(_Shown):
    """What would move; ``conserved`` when both give out the very same sums, ``idle`` rules fit nothing."""

    month: str
    teams: tuple[TeamChange, ...]
    rules: tuple[RuleUse, ...]
    idle: tuple[str, ...]
    conserved: bool


def changes(before: Shares, after: Shares) -> tuple[TeamChange, ...]:
    """The teams whose costs differ, the greatest difference first."""
    found = [
        TeamChange(
            team=team,
            currency=currency,
            before=(was := before.get((team, currency), Decimal(0))),
            after=(now := after.get((team, currency), Decimal(0))),
            change=now - was,
        )
        for team, currency in {*before, *after}
    ]
    moved = [one for one in found if one.change]
    return tuple(sorted(moved, key=lambda one: (-abs(one.change), one.team, one.currency)))


def month_of(text: str) -> date:
    """The first day of a month that is named as 2026-02.

    Raises:
        BadInput: it names none.
    """
    if _MONTH.fullmatch(text) is None:
        raise BadInput(f"month {text[:20]!r}: write a year and a month, as 2026-02")
    return date.fromisoformat(f"{text}-01")
