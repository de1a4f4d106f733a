"""Test cases of a rule: a resource, small changes to it, and the verdict each must get."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.policy.model.facts import facts_of
from functions.policy.model.language.check import condition
from functions.policy.model.language.errors import RuleError, Source
from functions.policy.model.language.parser import parse
from functions.policy.model.rule import Doubt, Rule, Violation
from functions.policy.model.rule_file import compose
from steward.planned.plain import Loader

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Case(BaseModel):
    """What a rule must say of the resource after ``set`` and ``remove`` (by JSON pointer).

    ``parameters`` are those that a user has tuned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    expect: Literal["violation", "pass", "unknown"]
    set: dict[str, Any] = Field(default_factory=dict)
    remove: tuple[str, ...] = ()
    message: str | None = None
    missing: str | None = None
    partial: bool = False
    now: datetime = NOON
    parameters: dict[str, Any] = Field(default_factory=dict)


class Cases(BaseModel):
    """The content of a ``<rule-id>.cases.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: dict[str, Any]
    cases: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case tried: ``problem`` is None where the rule said what it must."""

    rule_id: str
    case: str
    problem: str | None


def read_cases(text: str, file: str) -> Cases:
    """The cases in a file's text.

    Raises:
        RuleError: it is no YAML, or a field is missing or unknown.
    """
    compose(text, file)
    try:
        return Cases.model_validate(yaml.load(text, Loader=Loader))  # noqa: S506 - a safe loader
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        allowed = (
            "a case has name, expect (violation, pass, unknown), set, remove, message, missing,"
            " partial, now, parameters"
        )
        raise RuleError(
            first["msg"], allowed=allowed, field=field, file=file, line=1, column=1
        ) from error


def try_cases(rule: Rule, cases: Cases) -> Iterator[Outcome]:
    """Each case's outcome; a rule without a passing and a failing case fails as well."""
    for case in cases.cases:
        yield Outcome(rule.id, case.name, _problem(rule, case, cases))
    for wanted in ("violation", "pass"):
        if all(case.expect != wanted for case in cases.cases):
            yield Outcome(rule.id, f"has a {wanted}", f"no case expects a {wanted}; add one")


def facts_in(case: Case, cases: Cases, *, resource_type: str) -> dict[str, Any]:
    """The resource of a case as rules read it.

    Raises:
        LookupError, TypeError, ValueError: the resource has no place that the case changes.
    """
    changed = copy.deepcopy(dict(cases.resource))
    for pointer in case.remove:
        _remove(changed, pointer)
    for pointer, value in case.set.items():
        _set(changed, pointer, copy.deepcopy(value))
    return facts_of(changed, resource_type=resource_type)


def _problem(rule: Rule, case: Case, cases: Cases) -> str | None:
    try:
        facts = facts_in(case, cases, resource_type=rule.resources[0])
        tuned = _tuned(rule, case.parameters)
    except RuleError as error:
        return str(error)
    except (LookupError, TypeError, ValueError) as error:
        return f"no such place in the resource: {error}"
    verdict = tuned.judge(facts, case.now, partial=case.partial)
    match verdict:
        case Violation(message=message) if case.expect == "violation":
            return _differs("message", case.message, message)
        case Doubt(missing=missing) if case.expect == "unknown":
            return _differs("missing", case.missing, missing)
        case None if case.expect == "pass":
            return None
        case Violation(message=message):
            return f"expected {case.expect}, got a violation: {message}"
        case Doubt(missing=missing):
            return f"expected {case.expect}, got unknown: {missing} is missing"
        case None:
            return f"expected {case.expect}, got a pass"


def _tuned(rule: Rule, parameters: dict[str, Any]) -> Rule:
    """The rule with some parameters set by a user; its message keeps the defaults."""
    if not parameters:
        return rule
    source, all_of_them = Source(rule.when), {**rule.parameters, **parameters}
    for name in set(parameters) - set(rule.parameters):
        allowed = f"use {', '.join(rule.parameters) or 'none; the rule has none'}"
        raise source.error(0, f"unknown parameter {name!r} in a case", allowed)
    tree = condition(parse(source), source, parameters=all_of_them)
    return replace(rule, parameters=all_of_them, tree=tree)


def _differs(what: str, wanted: str | None, got: str) -> str | None:
    return None if wanted is None or wanted == got else f"{what} {got!r}, expected {wanted!r}"


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON pointer; begin it with '/'")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _parent(resource: dict[str, Any], pointer: str) -> tuple[Any, str | int]:
    *path, last = _steps(pointer)
    target: Any = resource
    for step in path:
        target = target[int(step)] if isinstance(target, list) else target[step]
    return target, int(last) if isinstance(target, list) else last


def _remove(resource: dict[str, Any], pointer: str) -> None:
    target, key = _parent(resource, pointer)
    del target[key]


def _set(resource: dict[str, Any], pointer: str, value: Any) -> None:
    target, key = _parent(resource, pointer)
    if isinstance(target, list) and key == len(target):
        target.append(value)
    else:
        target[key] = value
