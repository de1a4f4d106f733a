"""What is listed of a part, held against what the last sweep of it saw."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from functions.inventory.model import census
from functions.inventory.model.census import Census
from functions.inventory.model.discovery import EVERY, Found, Listed, Part, Problem
from functions.inventory.model.fitting import fitting
from functions.inventory.model.parts import hides
from functions.inventory.model.volatile import steady
from functions.inventory.service.overlooked import Listing

RANK: Final = 11
"""Within one instant a sweep comes before an AWS Config item."""


@dataclass(slots=True)
class Pass:
    """One message's way through a part."""

    part: Part
    before: Census
    seen: Census
    whole: set[str]
    blinded: set[str]
    count: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, found: Found, *, at: datetime) -> None:
        """Hold a page against what was seen before."""
        self.problems.extend(found.problems)
        self.blinded.update(one.type for one in found.problems if hides(one))
        self.count += len(found.resources)
        before = self.before.get(found.type, {})
        seen = self.seen.setdefault(found.type, {})
        part = self.part
        for listed in found.resources:
            subject = listed.subject
            key = census.key_of(
                part.provider, part.account, subject.region, found.type, subject.native_id
            )
            # Of one id twice in a listing the first counts, so that two alike do not take turns.
            if key not in seen:
                digest = seen[key] = census.digest_of(steady(found.type, listed.facts))
                if before.get(key) != digest:
                    self.changed.append(capture_of(listed, digest, at=at))
        if found.ended and found.whole and not self.blinded & {found.type, ""}:
            self._end(found.type, before.keys() - seen.keys())
            if found.type == EVERY:
                self._end_all()

    def _end_all(self) -> None:
        """A part that lists all types mixed has come to its end: what was seen of none is gone."""
        for name in self.before.keys() - self.whole - self.blinded:
            self._end(name, self.before[name].keys() - self.seen.get(name, {}).keys())

    def _end(self, type_name: str, missing: set[bytes]) -> None:
        self.whole.add(type_name)
        self.gone.extend(sorted(census.id_of(key) for key in missing))

    def listings(self, *, whole_before: Collection[str]) -> Iterator[Listing]:
        """What each type whose listing came to its end in this message was known by, and seen as."""
        for name in sorted(self.whole.difference(whole_before)):
            yield Listing(self.part, name, self.before.get(name, {}), self.seen.get(name, {}))

    def carried(self) -> Census:
        """All that is known after the last page: what was seen, and what may have been overlooked."""
        kept = {
            name: {**known, **self.seen.get(name, {})}
            for name, known in self.before.items()
            if name not in self.whole
        }
        return {**self.seen, **kept}


def capture_of(listed: Listed, digest: bytes, *, at: datetime) -> dict[str, Any]:
    """The capture that a listed resource is, as its message carries it."""
    instant = at.isoformat()
    return {
        "subject": listed.subject.model_dump(),
        "at": instant,
        "source": "sweep",
        "effect": "captured",
        "key": f"{instant}|{digest.hex()}",
        "rank": RANK,
        "action": "listed",
        "facts": fitting(listed.facts).model_dump(mode="json"),
    }
