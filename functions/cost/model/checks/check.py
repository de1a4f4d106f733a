"""A check as data: what it is about, and the function that looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from functions.cost.model.checks.case import Case, NotKnown, Saving

LEAST: Final = Decimal(1)
"""A month's saving, in any currency, that is worth anybody's attention."""


class AdviceLevel(StrEnum):
    """How much, in a word."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AdviceCategory(StrEnum):
    """What kind of saving it is."""

    IDLE = "idle"
    GENERATION = "generation"
    SIZE = "size"
    STORAGE = "storage"
    TRAFFIC = "traffic"
    SCHEDULE = "schedule"
    COMMITMENT = "commitment"
    SPOT = "spot"
    LICENCE = "licence"


Look: TypeAlias = Callable[[Case], Saving | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that could cost less.

    ``reads`` are the parts of the configuration that it reads, ``metrics`` what it must know of usage;
    ``action`` says what to do, with ``{name}`` and ``{id}`` of the resource. Of the checks of one resource
    that fire, a saving counts once: see `recommendation.together`.
    """

    id: str
    title: str
    types: tuple[str, ...]
    category: AdviceCategory
    effort: AdviceLevel
    risk: AdviceLevel
    look: Look
    action: str
    reads: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    source: str = ""


class Verdict(NamedTuple):
    """What came of a check: a saving, nothing to save, or ``missing``, what is not known."""

    saving: Saving | None
    missing: str | None = None


def judged(check: Check, case: Case) -> Verdict:
    """What a check says of a resource."""
    try:
        found = check.look(case)
    except NotKnown as unknown:
        return Verdict(None, unknown.missing)
    if found is None or found.monthly < LEAST:
        return Verdict(None)
    return Verdict(_dated(found, check, case))


def _dated(saving: Saving, check: Check, case: Case) -> Saving:
    """The saving, saying over how many days the metrics behind it were measured."""
    days = [case.metric(name).days for name in check.metrics]
    if not days:
        return saving
    return replace(saving, evidence={**saving.evidence, "measured_days": str(min(days))})
