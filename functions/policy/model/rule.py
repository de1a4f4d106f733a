"""A rule: what it looks at, when a resource violates it, and what to say then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias

from functions.policy.model.action import Action
from functions.policy.model.custodian.place import Places
from functions.policy.model.evidence import evidence
from functions.policy.model.language import generate
from functions.policy.model.language.check import condition
from functions.policy.model.language.errors import Source
from functions.policy.model.language.interpret import Unknown, interpret
from functions.policy.model.language.parser import parse
from functions.policy.model.language.paths import reads
from functions.policy.model.language.template import Template
from functions.policy.model.language.tree import Node

Facts: TypeAlias = Mapping[str, Any]


class Severity(StrEnum):
    """How bad a violation is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Violation:
    """The resource breaks the rule; the evidence are the values at the paths that the rule reads."""

    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """It cannot be told whether the resource breaks the rule: these paths are missing."""

    missing: str


Verdict: TypeAlias = Violation | Doubt | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as its file says; compiled when it is first used."""

    id: str
    title: str
    severity: Severity
    resources: tuple[str, ...]
    when: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    message: Template
    remediation: str
    references: tuple[str, ...] = ()
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tree: Node
    digest: str
    filters: tuple[Any, ...] = ()
    action: Action | None = None

    @cached_property
    def violated(self) -> Callable[[Facts, datetime], bool | None]:
        """The compiled condition."""
        return generate.condition(self.tree)

    @cached_property
    def partial_tree(self) -> Node:
        """The condition as it reads on a resource that is known only in part."""
        if self.filters:
            # Few rules are filters, and functions start without what it takes to read them.
            from functions.policy.model.custodian.verdict import verdict

            return verdict(self.filters, Places(), partial=True)
        source = Source(self.when)
        return condition(parse(source), source, parameters=self.parameters, partial=True)

    @cached_property
    def partly_violated(self) -> Callable[[Facts, datetime], bool | None]:
        """The compiled condition for a resource that is known only in part."""
        return generate.condition(self.partial_tree, partial=True)

    @cached_property
    def reads(self) -> frozenset[str]:
        """JSON pointers into the resource that decide the verdict or what the finding says."""
        trees = [part for part in self.message.parts if not isinstance(part, str)]
        return frozenset({"/name"}).union(reads(self.tree), *(reads(tree) for tree in trees))

    def judge(self, facts: Facts, now: datetime, *, partial: bool = False) -> Verdict:
        """What the rule says of a resource; None where the resource keeps to it."""
        try:
            violated = (self.partly_violated if partial else self.violated)(facts, now)
            if violated is False:
                return None
            if violated:
                return Violation(self.message.render(facts, now), evidence(self.reads, facts))
            return Doubt(self._why(facts, now, partial=partial))
        except RecursionError:
            # Only a resource nested hundreds of levels deep does this; the other rules go on.
            return Doubt("the resource is nested too deep")

    def tells(self, facts: Facts, now: datetime, *, partial: bool = False) -> bool | None:
        """Whether a resource violates the rule, without saying how or why; None in doubt."""
        try:
            return (self.partly_violated if partial else self.violated)(facts, now)
        except RecursionError:
            return None

    def _why(self, facts: Facts, now: datetime, *, partial: bool) -> str:
        tree = self.partial_tree if partial else self.tree
        value = interpret(tree, facts, now, partial=partial)
        return ", ".join(value.reasons) if isinstance(value, Unknown) else "the expression"


class Pack:
    """Rules by resource type, and what identifies the set that judges a type."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, Rule] = {}
        self._by_type: dict[str, list[Rule]] = {}
        self._digests: dict[str, str] = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """One more rule; its id is not among the others."""
        self._rules[rule.id] = rule
        for resource_type in rule.resources:
            self._by_type.setdefault(resource_type, []).append(rule)
            self._digests.pop(resource_type, None)

    def all(self) -> tuple[Rule, ...]:
        """Every rule, by id."""
        return tuple(self._rules[rule_id] for rule_id in sorted(self._rules))

    def of(self, resource_type: str) -> tuple[Rule, ...]:
        """The rules that judge a resource type."""
        return tuple(self._by_type.get(resource_type, ()))

    def get(self, rule_id: str) -> Rule | None:
        """The rule with that id."""
        return self._rules.get(rule_id)

    def digest(self, resource_type: str) -> str:
        """Changes whenever a rule of the type is added, removed or edited."""
        if resource_type not in self._digests:
            digests = sorted(f"{rule.id}:{rule.digest}" for rule in self.of(resource_type))
            self._digests[resource_type] = digest(" ".join(digests))
        return self._digests[resource_type]


def digest(text: str) -> str:
    """A short fingerprint: 8 bytes, enough to tell versions of one thing apart."""
    return blake2b(text.encode(), digest_size=8).hexdigest()
