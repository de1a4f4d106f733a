"""What a replay comes to: findings by day, and how those of two versions of a rule differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from functions.policy.model.backtest.history import Past
from functions.policy.model.backtest.replay import Replay, Spell, Window, replay
from functions.policy.model.rule import Rule


class Day(NamedTuple):
    """The findings of a day (UTC): how many opened and were resolved on it, and were open at its end."""

    day: date
    opened: int
    resolved: int
    open: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule would have found; ``judged`` are states of resources, ``doubtful`` resources now."""

    rule: Rule
    window: Window
    spells: Sequence[Spell]
    replayed: Replay

    @property
    def open(self) -> list[Spell]:
        """The findings that would be open now."""
        return [spell for spell in self.spells if spell.resolved_at is None]

    @property
    def opened(self) -> int:
        """How many would have opened in the window."""
        return sum(not spell.carried for spell in self.spells)

    @property
    def resolved(self) -> int:
        """How many would have been resolved in the window."""
        return sum(spell.resolved_at is not None for spell in self.spells)

    def days(self) -> Iterator[Day]:
        """Every day of the window, in order."""
        day, last = self.window.since.date(), self.window.until.date()
        opened = _by_day(spell.opened_at for spell in self.spells if not spell.carried)
        resolved = _by_day(s.resolved_at for s in self.spells if s.resolved_at is not None)
        standing = sum(spell.carried for spell in self.spells)
        while day <= last:
            came, went = opened.get(day, 0), resolved.get(day, 0)
            standing += came - went
            yield Day(day, came, went, standing)
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of a rule over the same past, by the findings that would be open now."""

    old: Outcome
    new: Outcome

    @property
    def appear(self) -> list[Spell]:
        """Findings that only the new version has."""
        return _without(self.new.open, self.old.open)

    @property
    def vanish(self) -> list[Spell]:
        """Findings that only the old version has."""
        return _without(self.old.open, self.new.open)

    @property
    def reworded(self) -> list[Spell]:
        """Findings that both have, and of which the new version says something else."""
        said = {_key(spell): spell.message for spell in self.old.open}
        return [s for s in self.new.open if said.get(_key(s), s.message) != s.message]


def outcome(rule: Rule, pasts: Iterable[Past], window: Window) -> Outcome:
    """What a rule would have found in a window of the past."""
    replayed, spells = replay(rule, pasts, window)
    return Outcome(rule, window, spells, replayed)


def difference(old: Rule, new: Rule, pasts: Sequence[Past], window: Window) -> Difference:
    """How the findings of two versions of a rule differ."""
    return Difference(outcome(old, pasts, window), outcome(new, pasts, window))


def _by_day(instants: Iterable[datetime]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for instant in instants:
        counts[instant.date()] = counts.get(instant.date(), 0) + 1
    return counts


def _without(some: Sequence[Spell], others: Sequence[Spell]) -> list[Spell]:
    known = {_key(spell) for spell in others}
    return [spell for spell in some if _key(spell) not in known]


def _key(spell: Spell) -> str:
    return str(spell.resource.get("id"))
