"""All the rules of a type over many resources at once, in compiled loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from functions.policy.model.language import generate
from functions.policy.model.rule import Facts, Pack, Rule

Found: TypeAlias = tuple[Facts, Rule, bool | None]

AT_ONCE = 40
"""Rules in one loop: enough to share what they read, few enough to compile soon."""


@dataclass(slots=True)
class Sweep:
    """A pack compiled for lists of resources; a type's loops are made when it first comes up."""

    pack: Pack
    _loops: dict[str, list[tuple[tuple[Rule, ...], generate.Sweep]]] = field(default_factory=dict)

    def over(
        self, resource_type: str, resources: Sequence[Facts], now: datetime
    ) -> Iterator[Found]:
        """Each resource with each rule that it violates (True) or that cannot be told of it (None).

        The resources are of the type and known in full.
        """
        for rules, loop in self._compiled(resource_type):
            try:
                told = loop(resources, now)
            except RecursionError:
                yield from _one_by_one(rules, resources, now)
                continue
            for resource, position, verdict in told:
                yield resource, rules[position], verdict

    def _compiled(self, resource_type: str) -> list[tuple[tuple[Rule, ...], generate.Sweep]]:
        if resource_type not in self._loops:
            rules = self.pack.of(resource_type)
            parts = [rules[at : at + AT_ONCE] for at in range(0, len(rules), AT_ONCE)]
            self._loops[resource_type] = [
                (part, generate.sweep([rule.tree for rule in part])) for part in parts
            ]
        return self._loops[resource_type]


def _one_by_one(
    rules: Sequence[Rule], resources: Sequence[Facts], now: datetime
) -> Iterator[Found]:
    """Where one resource is nested too deep to be judged, the others are."""
    for resource in resources:
        for rule in rules:
            try:
                verdict = rule.violated(resource, now)
            except RecursionError:
                verdict = None
            if verdict is not False:
                yield resource, rule, verdict
