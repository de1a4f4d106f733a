"""A rule's filters as one condition with three answers.

What Cloud Custodian would match is a violation. What it would not match only because a field is not
there is unknown, not passed; of a resource known in part, whatever hangs on a field that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.policy.model.custodian.filters import condition
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import Absence, inventory
from functions.policy.model.language.tree import Choice, Kind, Literal, Node


def verdict(filters: Sequence[Any], places: Places, *, partial: bool = False) -> Node:
    """The condition that a resource violates a rule of such filters.

    Raises:
        RuleError: a filter is unknown, or means nothing for one resource.
    """
    if partial:
        return condition(filters, inventory(Absence.OPEN), places)
    exact = condition(filters, inventory(Absence.NULL), places)
    strict = condition(filters, inventory(Absence.UNKNOWN), places)
    if strict.total:
        return exact
    unsure = _chosen(strict, _told(value=True), _told(value=False), total=False)
    return _chosen(exact, _told(value=True), unsure, total=False)


def _chosen(condition: Node, then: Node, otherwise: Node, *, total: bool) -> Node:
    return Choice(
        at=0, condition=condition, then=then, otherwise=otherwise, kind=Kind.BOOL, total=total
    )


def _told(*, value: bool) -> Node:
    return Literal(at=0, value=value, kind=Kind.BOOL, total=True)
