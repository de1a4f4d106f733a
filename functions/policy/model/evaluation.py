"""What was last judged of a resource, and the changes that a new judgement makes to its findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.finding import telling
from functions.policy.model.rule import Doubt, Pack, Rule, Verdict, Violation
from steward.store.collection import Collection

TOMBSTONE_LIFE = timedelta(days=90)
"""Longer than any event can still be on its way (archive and dead letters keep less)."""


class Evaluation(BaseModel):
    """One document per resource, however many findings: rule ids and fingerprints only.

    ``open`` holds, for each unresolved finding's rule, the fingerprint of what the finding says;
    ``waived`` until when it is accepted; ``unknown`` the path that was missing. ``settled`` is
    false while a continuation is still to make the rest of the changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource_id: str
    provider: str = ""
    account: str = ""
    version: int
    pack: str
    judged_at: AwareDatetime | None = None
    partial: bool = False
    settled: bool = True
    open: dict[str, str] = Field(default_factory=dict)
    passed: tuple[str, ...] = ()
    unknown: dict[str, str] = Field(default_factory=dict)
    waived: dict[str, AwareDatetime] = Field(default_factory=dict)
    deleted_at: AwareDatetime | None = None


EVALUATIONS = Collection(
    "evaluations",
    Evaluation,
    id=lambda evaluation: evaluation.resource_id,
    expires=lambda evaluation: (
        None if evaluation.deleted_at is None else evaluation.deleted_at + TOMBSTONE_LIFE
    ),
    audit="digest",
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdicts by rule id; ``kept`` are rules whose verdict of last time still stands."""

    verdicts: Mapping[str, Verdict]
    kept: frozenset[str] = frozenset()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A violation without an unresolved finding."""

    rule: Rule
    violation: Violation


@dataclass(frozen=True, slots=True)
class Update:
    """An unresolved finding that says something else now."""

    rule: Rule
    violation: Violation


@dataclass(frozen=True, slots=True)
class Expire:
    """A finding whose waiver has run out while the violation lasts."""

    rule: Rule
    violation: Violation


@dataclass(frozen=True, slots=True)
class Resolve:
    """An unresolved finding without a violation."""

    rule_id: str
    reason: str


Change: TypeAlias = Open | Update | Expire | Resolve


def changes(
    before: Evaluation, judgement: Judgement, pack: Pack, *, now: datetime
) -> Iterator[Change]:
    """What a judgement changes, in the order of rule ids; a doubt changes nothing."""
    for rule_id in sorted({*before.open, *judgement.verdicts} - judgement.kept):
        change = _change(before, rule_id, judgement, pack, now=now)
        if change is not None:
            yield change


def _change(
    before: Evaluation, rule_id: str, judgement: Judgement, pack: Pack, *, now: datetime
) -> Change | None:
    rule = pack.get(rule_id)
    if rule is None or rule_id not in judgement.verdicts:
        reason = "the resource was deleted" if judgement.deleted else "the rule no longer applies"
        return Resolve(rule_id, reason)
    match judgement.verdicts[rule_id]:
        case Violation() as violation:
            return _violated(before, rule, violation, now)
        case None if rule_id in before.open:
            return Resolve(rule_id, "the resource keeps to the rule")
        case _:
            return None


def _violated(before: Evaluation, rule: Rule, violation: Violation, now: datetime) -> Change | None:
    if rule.id not in before.open:
        return Open(rule, violation)
    if rule.id in before.waived and before.waived[rule.id] <= now:
        return Expire(rule, violation)
    if before.open[rule.id] != telling(rule, violation):
        return Update(rule, violation)
    return None


def after(before: Evaluation, change: Change, accepted: datetime | None = None) -> Evaluation:
    """The evaluation once a change is made; ``accepted`` is until when an exemption takes a violation."""
    match change:
        case Resolve(rule_id=rule_id):
            left = {rule: said for rule, said in before.open.items() if rule != rule_id}
            return before.model_copy(update={"open": left, "waived": _without(before, rule_id)})
        case Update(rule=rule, violation=violation):
            waived = before.waived
        case Open(rule=rule, violation=violation) | Expire(rule=rule, violation=violation):
            waived = _without(before, rule.id)
            waived |= {} if accepted is None else {rule.id: accepted}
    said = {**before.open, rule.id: telling(rule, violation)}
    return before.model_copy(update={"open": said, "waived": waived})


def _without(before: Evaluation, rule_id: str) -> dict[str, datetime]:
    return {rule: until for rule, until in before.waived.items() if rule != rule_id}


def recorded(before: Evaluation, judgement: Judgement) -> Evaluation:
    """The evaluation with what passed and what could not be told."""
    passed = {rule for rule, verdict in judgement.verdicts.items() if verdict is None}
    passed |= judgement.kept & set(before.passed)
    unknown = {
        rule: verdict.missing
        for rule, verdict in judgement.verdicts.items()
        if isinstance(verdict, Doubt)
    }
    unknown |= {rule: path for rule, path in before.unknown.items() if rule in judgement.kept}
    return before.model_copy(
        update={"passed": tuple(sorted(passed)), "unknown": dict(sorted(unknown.items()))}
    )
