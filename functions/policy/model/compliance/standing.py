"""Where a tenant stands: for each account and rule, how many resources keep to it and how many do not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Checks(NamedTuple):
    """Resources held against rules: what came of it.

    ``accepted`` are violations that somebody waived or called a false positive; ``unknown`` is where
    something is missing that a rule reads.
    """

    passed: int = 0
    failed: int = 0
    accepted: int = 0
    unknown: int = 0

    @property
    def judged(self) -> int:
        """Resources of which a rule could be told: the evidence that there is."""
        return self.passed + self.failed + self.accepted

    def plus(self, other: Checks) -> Checks:
        """Both together."""
        return Checks(*(one + two for one, two in zip(self, other, strict=True)))


NONE = Checks()


class Place(NamedTuple):
    """A cloud account."""

    provider: str
    account: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Checks by account and rule, and how many resources of each account were judged."""

    checks: Mapping[Place, Mapping[str, Checks]] = field(default_factory=dict)
    resources: Mapping[Place, int] = field(default_factory=dict)

    def only(self, place: Place) -> Standing:
        """One account's part."""
        return Standing({place: self.checks.get(place, {})}, {place: self.resources.get(place, 0)})

    def whole(self) -> dict[str, Checks]:
        """What came of each rule, in all accounts together."""
        found: dict[str, Checks] = {}
        for rules in self.checks.values():
            for rule, checks in rules.items():
                found[rule] = found.get(rule, NONE).plus(checks)
        return found

    @property
    def places(self) -> tuple[Place, ...]:
        """The accounts that have a resource, in order."""
        return tuple(sorted(self.resources))


def counted(
    evaluations: Iterable[Mapping[str, Any]], dismissed: Iterable[Mapping[str, Any]] = ()
) -> Standing:
    """The standing that stored evaluations come to; ``dismissed`` are findings that are false positives.

    A deleted resource counts nowhere. What is open stays so when it cannot be told any more.
    """
    tally: dict[Place, dict[str, list[int]]] = {}
    resources: dict[Place, int] = {}
    for document in evaluations:
        if document.get("deleted_at") is None:
            place = Place(document.get("provider") or "aws", document["account"])
            resources[place] = resources.get(place, 0) + 1
            _count(document, tally.setdefault(place, {}))
    for finding in dismissed:
        _accept(finding["view"], tally)
    checks = {
        place: {rule: Checks(*cell) for rule, cell in sorted(cells.items())}
        for place, cells in sorted(tally.items())
    }
    return Standing(checks, dict(sorted(resources.items())))


def written(standing: Standing) -> bytes:
    """A standing as bytes; the same one gives the same bytes."""
    rows = [
        {
            "provider": place.provider,
            "account": place.account,
            "resources": standing.resources[place],
            "rules": {rule: list(checks) for rule, checks in standing.checks[place].items()},
        }
        for place in standing.places
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def read(body: bytes) -> Standing:
    """The standing that `written` wrote."""
    rows = {Place(row["provider"], row["account"]): row for row in json.loads(body)}
    return Standing(
        {
            place: {rule: Checks(*cell) for rule, cell in row["rules"].items()}
            for place, row in rows.items()
        },
        {place: row["resources"] for place, row in rows.items()},
    )


def _count(document: Mapping[str, Any], cells: dict[str, list[int]]) -> None:
    violated, waived = document["open"], document["waived"]
    for rule in document["passed"]:
        cells.setdefault(rule, [0, 0, 0, 0])[0] += 1
    for rule in violated:
        cells.setdefault(rule, [0, 0, 0, 0])[2 if rule in waived else 1] += 1
    for rule in document["unknown"]:
        if rule not in violated:
            cells.setdefault(rule, [0, 0, 0, 0])[3] += 1


def _accept(view: Mapping[str, Any], tally: Mapping[Place, dict[str, list[int]]]) -> None:
    """Move one violation to those that are accepted, where it was counted as one."""
    place = Place(view.get("provider") or "aws", view["account"])
    cell = tally.get(place, {}).get(view["rule_id"])
    if cell is not None and cell[1]:
        cell[1] -= 1
        cell[2] += 1
