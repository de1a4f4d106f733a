"""A rule over the past of resources: when it would have opened findings, and when resolved them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from functions.policy.model.backtest.history import Change, Past, Step, take_back
from functions.policy.model.facts import DELETED, facts_of
from functions.policy.model.language.paths import ALWAYS, NOW, overlap
from functions.policy.model.rule import Rule

ALIVE = frozenset({"/state", "/partial"})
"""Whether a resource is there, and known in full: it matters to every rule."""


class Window(NamedTuple):
    """The time that is looked at."""

    since: datetime
    until: datetime

    def days(self) -> Iterator[datetime]:
        """The first instants of the days in it, the latest first."""
        day = self.until.replace(hour=0, minute=0, second=0, microsecond=0)
        while day > self.since:
            yield day
            day -= timedelta(days=1)


class Spell(NamedTuple):
    """A finding for as long as it would have been open; ``resolved_at`` is None for one that still is.

    ``carried`` is one that was open when the window began.
    """

    resource: Mapping[str, Any]
    opened_at: datetime
    resolved_at: datetime | None
    message: str
    carried: bool = False


class Seen(NamedTuple):
    """What a rule said of a resource from an instant on: None where that could not be told.

    ``read`` is the resource as it was; what is said of a violation is worked out when it is wanted.
    """

    at: datetime
    violated: bool | None
    read: Mapping[str, Any]


@dataclass(slots=True)
class Replay:
    """One rule over one resource after another; ``judged`` and ``skipped`` count states and changes.

    What a change means to the rule follows from its paths alone, so it is worked out once for each
    set of them.
    """

    rule: Rule
    window: Window
    judged: int = 0
    skipped: int = 0
    doubtful: int = 0
    broken: int = 0
    _reads: tuple[str, ...] = ()
    _ticks: tuple[datetime, ...] = ()
    _always: bool = False
    _known: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reads = self.rule.reads
        self._reads = tuple((reads | ALIVE) - ALWAYS)
        self._always = bool(reads & ALWAYS)
        self._ticks = tuple(self.window.days()) if NOW in reads else ()

    def spells(self, past: Past) -> list[Spell]:
        """The findings of one resource, in the order of time."""
        seen = list(self._backwards(past))
        seen.reverse()
        if seen and seen[-1].violated is None:
            self.doubtful += 1
        return self._spells(past.resource, seen)

    def _backwards(self, past: Past) -> Iterator[Seen]:
        """What was seen, the latest first; each holds until the one before it."""
        since, until = self.window
        document, upper, ticks = dict(past.resource), until, iter(self._ticks)
        tick = next(ticks, None)
        version = int(document.get("version") or 1)
        for change in past.changes:
            steps = self._relevant(change)
            version -= 1
            if not steps and not (self._always and change.at > since):
                self.skipped += 1
                continue
            if change.at <= since:
                break
            if change.at <= until:
                while tick is not None and tick > change.at:
                    if tick < upper:
                        yield self._judged(document, tick, change.at, version + 1)
                    tick = next(ticks, None)
                yield self._judged(document, change.at, change.at, version + 1)
                upper = change.at
            try:
                document = take_back(document, steps)
            except (LookupError, TypeError, ValueError):
                # An export that lacks a change in between: what was before cannot be told.
                self.broken += 1
                return
        while tick is not None:
            if tick < upper:
                yield self._judged(document, tick, since, max(version, 1))
            tick = next(ticks, None)
        yield self._judged(document, since, since, max(version, 1))

    def _relevant(self, change: Change) -> tuple[Step, ...]:
        return tuple(step for step in change.steps if self._matters(step.path))

    def _matters(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None:
            known = any(overlap(read, path) for read in self._reads)
            self._known[path] = known
        return known

    def _judged(
        self, document: Mapping[str, Any], at: datetime, captured_at: datetime, version: int
    ) -> Seen:
        if document.get("state", DELETED) == DELETED:
            return Seen(at, violated=False, read=document)
        self.judged += 1
        read = facts_of(document, resource_type=str(document.get("type", "")))
        read |= {"captured_at": captured_at, "version": version}
        partial = bool(document.get("partial"))
        return Seen(at, self.rule.tells(read, at, partial=partial), read)

    def _spells(self, resource: Mapping[str, Any], seen: list[Seen]) -> list[Spell]:
        """What was seen, as findings: a doubt neither opens nor resolves one."""
        found: list[Spell] = []
        opened: Seen | None = None
        latest: Seen | None = None
        for one in seen:
            if one.violated:
                opened, latest = opened or one, one
            elif one.violated is False and opened is not None and latest is not None:
                if opened.at < one.at:
                    found.append(self._spell(resource, opened, latest, one.at))
                opened = None
        if opened is not None and latest is not None:
            found.append(self._spell(resource, opened, latest, None))
        return found

    def _spell(
        self, resource: Mapping[str, Any], opened: Seen, latest: Seen, until: datetime | None
    ) -> Spell:
        message = self.rule.message.render(latest.read, latest.at)
        return Spell(resource, opened.at, until, message, opened.at <= self.window.since)


def replay(rule: Rule, pasts: Iterable[Past], window: Window) -> tuple[Replay, list[Spell]]:
    """The findings of a rule over the pasts of the resources of its types."""
    played = Replay(rule, window)
    types = frozenset(rule.resources)
    spells = [
        spell
        for past in pasts
        if past.resource.get("type") in types
        for spell in played.spells(past)
    ]
    spells.sort(key=lambda spell: (spell.opened_at, str(spell.resource.get("id"))))
    return played, spells
