"""Whose cost a row is: rules in an order, of which the first that fits decides."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from functions.cost.model.explore.conditions import Condition, conditions
from functions.cost.model.explore.fields import Field as Dimension
from steward.errors import BadInput

HUNDRED: Final = Decimal(100)
RULES: Final = 200
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"[^\x00-\x1f]+")]


class Frozen(BaseModel):
    """A value that never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SplitWay(StrEnum):
    """How a shared cost is split among teams."""

    EVEN = "even"
    FIXED = "fixed"
    PROPORTIONAL = "proportional"
    USAGE = "usage"


class Split(Frozen):
    """A shared cost's split.

    ``even`` is among the named ``teams``; ``fixed`` by their ``percent``, which add up to 100;
    ``proportional`` to what the same bill gives the teams (all that it gives anything, when none are
    named) directly in the same month; ``usage`` by the month's quantities of a usage ``dataset``, whose
    keys are teams.
    """

    way: SplitWay
    teams: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    percent: Annotated[dict[Name, Decimal], Field(max_length=200)] = {}
    dataset: Name | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.percent) != (self.way is SplitWay.FIXED):
            raise ValueError("percent: is what a fixed split, and no other, is made of")
        if bool(self.dataset) != (self.way is SplitWay.USAGE):
            raise ValueError("dataset: is what a split by usage, and no other, is made of")
        if self.way is SplitWay.EVEN and not self.teams:
            raise ValueError("teams: name those that share evenly")
        if self.teams and self.way is SplitWay.FIXED:
            raise ValueError("teams: a fixed split names them with their percent")
        if len(set(self.teams)) < len(self.teams):
            raise ValueError("teams: one is named twice")
        self._check_percent()
        return self

    def _check_percent(self) -> None:
        if not self.percent:
            return
        total = sum(self.percent.values())
        if total != HUNDRED or min(self.percent.values()) < 0:
            raise ValueError(f"percent: adds up to {total}; none below 0, and 100 together")


class Rule(Frozen):
    """Whose the rows are that meet all conditions of ``when``.

    They are one team's (``to``), the team's that a field names (``by``, if it has a value), or several
    teams' (``split``).
    """

    name: Name
    when: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    to: Name | None = None
    by: Name | None = None
    split: Split | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(one is not None for one in (self.to, self.by, self.split)) != 1:
            raise ValueError(f"rule {self.name!r}: give one of to, by and split")
        try:
            fields = [one.field for one in self.conditions()]
            fields += [Dimension.parse(self.by)] if self.by else []
        except BadInput as error:
            raise ValueError(f"rule {self.name!r}: {error}") from error
        for field in fields:
            # So a rollup depends on nothing but its rows and its rules.
            if field.column is None and field.tag is None:
                raise ValueError(
                    f"rule {self.name!r}: rests on {field.name!r}; name columns and tags"
                )
        return self

    def conditions(self) -> tuple[Condition, ...]:
        """What a row must meet."""
        return conditions(self.when)


class RuleSetDraft(Frozen):
    """Rules to be published; what none of them fits is nobody's."""

    rules: Annotated[tuple[Rule, ...], Field(max_length=RULES)]
    reason: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"rule {twice!r}: there are two of that name")
        return self


class RuleSet(RuleSetDraft):
    """A published version of the rules."""

    version: int
    published_by: str
    published_at: AwareDatetime

    @property
    def id(self) -> str:
        """The version, so that ids sort as versions do."""
        return version_id(self.version)


def version_id(version: int) -> str:
    """The id of a version of the rules."""
    return f"{version:08d}"


NO_RULES: Final = RuleSetDraft(rules=())
"""Before any are published: every cost is nobody's."""
