"""What a standing says of the controls of a framework, and the score that this comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from functions.policy.model.compliance.standing import NONE, Checks
from functions.policy.model.controls import NOT_EVALUATED, Control, Coverage, Framework, coverage
from functions.policy.model.rule import Rule

Bearing: TypeAlias = Mapping[str, tuple[Coverage, ...]]
"""The controls of each framework, with the rules that bear on them."""


class ControlOutcome(StrEnum):
    """What can be said of a control.

    ``unclear`` is where a resource could not be told and none fails: never a pass. ``accepted`` is where
    all violations are waived or dismissed: neither a pass nor a failure.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"
    ACCEPTED = "accepted"
    NOT_EVALUATED = NOT_EVALUATED


@dataclass(frozen=True, slots=True)
class Result:
    """One control: what came of the rules that bear on it."""

    section: str
    control: Control
    rules: tuple[str, ...]
    checks: Checks

    @property
    def outcome(self) -> ControlOutcome:
        """Without a resource that was judged there is no evidence, and so no outcome."""
        if not self.checks.judged:
            return ControlOutcome.NOT_EVALUATED
        if self.checks.failed:
            return ControlOutcome.FAILED
        if self.checks.unknown:
            return ControlOutcome.UNCLEAR
        return ControlOutcome.ACCEPTED if self.checks.accepted else ControlOutcome.PASSED


class Score(BaseModel):
    """How many controls came out how, and the checks of resources behind them.

    ``score`` is the share of passed among passed, failed and unclear controls, in per cent, rounded down
    to a tenth; None where nothing was evaluated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    passed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    unclear: int = Field(default=0, ge=0)
    accepted: int = Field(default=0, ge=0)
    not_evaluated: int = Field(default=0, ge=0)
    score: float | None = None
    checks_passed: int = Field(default=0, ge=0)
    checks_failed: int = Field(default=0, ge=0)
    checks_accepted: int = Field(default=0, ge=0)
    checks_unknown: int = Field(default=0, ge=0)


def bearing(rules: Iterable[Rule], frameworks: Iterable[Framework]) -> Bearing:
    """The controls of each framework with the rules that bear on them."""
    found: dict[str, list[Coverage]] = {}
    for one in coverage(rules, frameworks):
        found.setdefault(one.framework, []).append(one)
    return {name: tuple(controls) for name, controls in found.items()}


def results(controls: Iterable[Coverage], checks: Mapping[str, Checks]) -> tuple[Result, ...]:
    """What the checks by rule say of each control, in the framework's order."""
    return tuple(
        Result(one.section, one.control, one.rules, _together(one.rules, checks))
        for one in controls
    )


def score_of(found: Iterable[Result]) -> Score:
    """The score of some controls; a rule that bears on two of them counts in the checks of both."""
    counts = dict.fromkeys(ControlOutcome, 0)
    total = NONE
    for result in found:
        counts[result.outcome] += 1
        total = total.plus(result.checks)
    return Score(
        passed=counts[ControlOutcome.PASSED],
        failed=counts[ControlOutcome.FAILED],
        unclear=counts[ControlOutcome.UNCLEAR],
        accepted=counts[ControlOutcome.ACCEPTED],
        not_evaluated=counts[ControlOutcome.NOT_EVALUATED],
        score=_percent(
            counts[ControlOutcome.PASSED],
            counts[ControlOutcome.FAILED] + counts[ControlOutcome.UNCLEAR],
        ),
        checks_passed=total.passed,
        checks_failed=total.failed,
        checks_accepted=total.accepted,
        checks_unknown=total.unknown,
    )


def by_section(found: Iterable[Result]) -> dict[str, Score]:
    """The score of each section, in the framework's order."""
    sections: dict[str, list[Result]] = {}
    for result in found:
        sections.setdefault(result.section, []).append(result)
    return {section: score_of(part) for section, part in sections.items()}


def _together(rules: Iterable[str], checks: Mapping[str, Checks]) -> Checks:
    total = NONE
    for rule in rules:
        total = total.plus(checks.get(rule, NONE))
    return total


def _percent(good: int, bad: int) -> float | None:
    # Rounded down: 99.96 per cent is not all there is.
    return (1000 * good // (good + bad)) / 10 if good + bad else None
