"""What a replay found, by service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

COUNTED = (
    "answers",
    "listings",
    "listed",
    "resources",
    "missed",
    "invented",
    "fields",
    "dropped",
    "errors",
    "surfaced",
    "unparsed",
    "crashes",
)
"""In words: answers replayed; those that list a known type, the items in them, the resources made of
them, items without a resource, resources without an item; fields of all answers and those lost on the
way; error answers, and those that came out as typed problems; answers that could not be read; exceptions
that nobody expected."""
FAULTS = ("missed", "invented", "dropped", "unparsed", "crashes")


@dataclass
class Report:
    """Counts by service, and what is wrong with each count that should be nothing."""

    services: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """How many errors were of which kind."""
    types: int = 0
    """How many resource types the provider's discovery knows by name; 0 where it takes any."""

    def add(self, service: str, **counts: int) -> None:
        """Add to a service's counts."""
        self.services.setdefault(service, Counter()).update(counts)

    def fault(self, service: str, kind: str, what: str, *, times: int = 1) -> None:
        """Note something that should not be, and count it."""
        self.add(service, **{kind: times})
        self.faults.append(f"{service}: {kind}: {what}")

    def totals(self) -> dict[str, int]:
        """All services' counts together."""
        total = sum(self.services.values(), Counter[str]())
        return {name: total[name] for name in COUNTED}

    def as_dict(self) -> Mapping[str, Any]:
        """The report as JSON has it."""
        services = {
            name: {key: counts[key] for key in COUNTED if counts[key]}
            for name, counts in sorted(self.services.items())
        }
        return {
            "totals": self.totals(),
            "services": services,
            "kinds": dict(self.kinds),
            "types": self.types,
            "faults": self.faults,
        }


Replay: TypeAlias = Callable[[Path], Report | None]
