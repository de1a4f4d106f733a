"""Fakes of what the relay carries to, and outbox items to carry."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.relay.model import Entry, Outbox, Timer, newer, outbox_of
from functions.relay.ports import Carriers, Refused
from steward.errors import StewardError, Transient
from steward.store.trail import Part

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

Answer = Refused | StewardError | None
THROTTLED = Refused("ThrottlingException: slow down", again=True)
MALFORMED = Refused("MalformedDetail: no JSON", again=False)


@dataclass(slots=True)
class FakeBus:
    """A bus that takes everything unless ``answer`` says otherwise for an entry on its n-th offer."""

    answer: Callable[[Entry, int], Answer] = lambda _entry, _offer: None
    requests: list[list[Entry]] = field(default_factory=list)
    taken: list[Entry] = field(default_factory=list)
    offers: dict[str, int] = field(default_factory=dict)
    lose_replies: int = 0

    def put(self, entries: Sequence[Entry]) -> list[Refused | None]:
        self.requests.append(list(entries))
        answers = [self._answer(entry) for entry in entries]
        for answer in answers:
            if isinstance(answer, StewardError):
                raise answer
        self.taken += [e for e, answer in zip(entries, answers, strict=True) if answer is None]
        if self.lose_replies:
            self.lose_replies -= 1
            raise Transient("bus: reply lost")
        return [answer for answer in answers if not isinstance(answer, StewardError)]

    def _answer(self, entry: Entry) -> Answer:
        self.offers[entry.detail] = self.offers.get(entry.detail, 0) + 1
        return self.answer(entry, self.offers[entry.detail])

    @property
    def told(self) -> list[str]:
        """The event ids that the bus took, in order."""
        return [_id(entry) for entry in self.taken]


@dataclass(slots=True)
class FakeTrail:
    """A trail that takes everything unless ``answer`` says otherwise for a part."""

    answer: Callable[[Part], Answer] = lambda _part: None
    requests: list[list[Part]] = field(default_factory=list)
    taken: list[Part] = field(default_factory=list)

    def send(self, parts: Sequence[Part]) -> list[Refused | None]:
        self.requests.append(list(parts))
        answers: list[Refused | None] = []
        for part in parts:
            answer = self.answer(part)
            if isinstance(answer, StewardError):
                raise answer
            answers.append(answer)
        self.taken += [p for p, answer in zip(parts, answers, strict=True) if answer is None]
        return answers


@dataclass(slots=True)
class FakeSchedules:
    """Schedules by name; ``trouble`` is raised as often as it says."""

    standing: dict[str, Timer] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    trouble: int = 0

    def set(self, timer: Timer) -> None:
        self._call("set", timer.name)
        self.standing[timer.name] = timer

    def cancel(self, name: str) -> None:
        self._call("cancel", name)
        self.standing.pop(name, None)

    def _call(self, verb: str, name: str) -> None:
        self.calls.append((verb, name))
        if self.trouble:
            self.trouble -= 1
            raise Transient("scheduler: busy")


@dataclass(slots=True)
class FakeDecisions:
    """Decisions in memory; ``between`` runs once after the first note, as another relay would."""

    held: dict[tuple[str, str], Timer] = field(default_factory=dict)
    between: Callable[[FakeDecisions], None] | None = None

    def note(self, tenant: str, timer: Timer) -> Timer:
        standing = newer(timer, self.held.get((tenant, timer.name)))
        self.held[tenant, timer.name] = standing
        between, self.between = self.between, None
        if between is not None:
            between(self)
        return standing

    def standing(self, tenant: str, name: str) -> Timer | None:
        return self.held.get((tenant, name))


@dataclass(slots=True)
class Turns:
    """Patience for so many further attempts."""

    left: int = 3
    waits: list[int] = field(default_factory=list)

    def wait(self, attempt: int) -> bool:
        self.waits.append(attempt)
        self.left -= 1
        return self.left >= 0


@dataclass(slots=True)
class Van:
    """All the fakes together."""

    bus: FakeBus = field(default_factory=FakeBus)
    trail: FakeTrail = field(default_factory=FakeTrail)
    schedules: FakeSchedules = field(default_factory=FakeSchedules)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    patience: Turns = field(default_factory=Turns)
    now: datetime = NOON

    def carriers(self) -> Carriers:
        return Carriers(
            bus=self.bus,
            trail=self.trail,
            schedules=self.schedules,
            decisions=self.decisions,
            patience=self.patience,
            now=self.now,
        )


def event(commit: str, position: int, *, note: str = "") -> dict[str, Any]:
    """A CloudEvents object as a commit writes it."""
    return {
        "specversion": "1.0",
        "id": f"{commit}-{position}",
        "source": "steward.parts",
        "type": "parts.part.made.v1",
        "subject": f"p{position}",
        "time": NOON.isoformat(),
        "datacontenttype": "application/json",
        "tenantid": "acme",
        "correlationid": "corr",
        "causationid": "",
        "sequence": f"{position:06d}",
        "data": {"note": note},
    }


def timer(key: str, *, due: datetime | None, commit: str = "c1") -> dict[str, Any]:
    """A timer's change as a commit writes it; no due time cancels."""
    if due is None:
        return {"op": "cancel", "key": key}
    return {"op": "set", "key": key, "at": due.isoformat(), "event": event(commit, 900)}


def content(
    commit: str = "c1",
    *,
    events: int = 1,
    note: str = "",
    timers: Sequence[dict[str, Any]] = (),
    after: timedelta = timedelta(0),
    tenant: str = "acme",
    audit: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An outbox item's content, committed so long after noon."""
    return {
        "commit": commit,
        "tenant": tenant,
        "function": "parts.keep-parts",
        "actor": "tester",
        "at": (NOON + after).isoformat(),
        "correlation": "corr",
        "causation": "",
        "events": [event(commit, n, note=note) for n in range(events)],
        "timers": list(timers),
        "audit": list(audit),
    }


def outbox(commit: str = "c1", **more: Any) -> Outbox:
    """An outbox item, parsed."""
    return outbox_of(content(commit, **more))


def _id(entry: Entry) -> str:
    return str(json.loads(entry.detail)["id"])
