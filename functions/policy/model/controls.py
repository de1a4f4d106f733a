"""Frameworks of controls, and which controls the rules of a pack bear on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Rule
from functions.policy.model.rule_file import FRAMEWORKS, compose
from steward.planned.plain import Loader

Check = Literal["automated", "manual"]
NOT_EVALUATED = "not evaluated"


class Control(BaseModel):
    """One control: what it asks in plain words, and if a machine can look at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9.()-]{1,30}$")
    check: Check
    asks: str = Field(min_length=1, max_length=200)


class Section(BaseModel):
    """A part of a framework."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str
    controls: tuple[Control, ...] = Field(min_length=1)


class Framework(BaseModel):
    """A framework as its file says; control texts are Steward's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    source: str = Field(pattern="^https://")
    sections: tuple[Section, ...] = Field(min_length=1)

    def controls(self) -> Iterator[tuple[str, Control]]:
        """Each control with its section, in the framework's order."""
        for part in self.sections:
            for control in part.controls:
                yield part.section, control


@dataclass(frozen=True, slots=True)
class Coverage:
    """One control and the rules that bear on it; without any it is never passed."""

    framework: str
    section: str
    control: Control
    rules: tuple[str, ...]

    @property
    def status(self) -> str:
        """``rules`` where some bear on it, else ``not evaluated``."""
        return "rules" if self.rules else NOT_EVALUATED


def read_framework(text: str, file: str) -> Framework:
    """The framework in a file's text.

    Raises:
        RuleError: it is no YAML, a field is missing or unknown, or two controls share an id.
    """
    compose(text, file)
    try:
        framework = Framework.model_validate(yaml.load(text, Loader=Loader))  # noqa: S506 - safe
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _error(file, field, first["msg"], "see the other frameworks beside it") from error
    seen: set[str] = set()
    for _, control in framework.controls():
        if control.id in seen:
            raise _error(file, "controls", f"{control.id!r} twice", "give each control once")
        seen.add(control.id)
    return framework


def unknown_controls(rule: Rule, frameworks: Mapping[str, Framework]) -> Iterator[str]:
    """A sentence for each control of a rule that its framework does not have."""
    for name, ids in rule.controls.items():
        known = [control.id for _, control in frameworks[name].controls()]
        for control_id in ids:
            if control_id not in known:
                near = difflib.get_close_matches(control_id, known, n=3)
                hint = f"did you mean {' or '.join(near)}?" if near else "see its file for the ids"
                yield f"controls: {name} has no control {control_id!r}; {hint}"


def coverage(rules: Iterable[Rule], frameworks: Iterable[Framework]) -> Iterator[Coverage]:
    """Every control of every framework with the rules that bear on it."""
    bearing: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        for name, ids in rule.controls.items():
            for control_id in ids:
                bearing.setdefault((name, control_id), []).append(rule.id)
    for framework in frameworks:
        for section, control in framework.controls():
            found = tuple(sorted(bearing.get((framework.id, control.id), ())))
            yield Coverage(framework.id, section, control, found)


def order(framework_id: str) -> int:
    """Where a framework stands among those that rules may name."""
    return FRAMEWORKS.index(framework_id)


def _error(file: str, field: str, problem: str, allowed: str) -> RuleError:
    return RuleError(problem, allowed=allowed, field=field, file=file, line=1, column=1)
