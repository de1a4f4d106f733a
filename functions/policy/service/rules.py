"""Showing rules."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.policy.model.rule import Pack, Rule
from steward.contracts.policy import SeverityName
from steward.errors import BadInput, NotFound
from steward.store.collection import Page


class RuleView(BaseModel):
    """A rule as its file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    severity: SeverityName
    resources: tuple[str, ...]
    when: str
    action: dict[str, Any] | None = None
    parameters: dict[str, Any]
    remediation: str
    references: tuple[str, ...]
    controls: dict[str, tuple[str, ...]]


def view(rule: Rule) -> RuleView:
    """What is shown of a rule."""
    return RuleView(
        id=rule.id,
        title=rule.title,
        severity=rule.severity.value,
        resources=rule.resources,
        when=rule.when,
        action=None if rule.action is None else {"type": rule.action.kind, **rule.action.fields},
        parameters=dict(rule.parameters),
        remediation=rule.remediation,
        references=rule.references,
        controls=dict(rule.controls),
    )


def listed(
    pack: Pack,
    *,
    severity: str | None = None,
    resource_type: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RuleView]:
    """Rules by id; the cursor is the last id seen.

    Raises:
        BadInput: the cursor is no rule's id.
    """
    if cursor is not None and pack.get(cursor) is None:
        raise BadInput(f"cursor {cursor[:40]!r}: not a cursor of this list; start without one")
    chosen = [
        rule
        for rule in pack.all()
        if (severity is None or rule.severity == severity)
        and (resource_type is None or resource_type in rule.resources)
        and (cursor is None or rule.id > cursor)
    ]
    shown = chosen[:limit]
    more = len(chosen) > limit
    return Page(tuple(view(rule) for rule in shown), shown[-1].id if more else None)


def show(pack: Pack, rule_id: str) -> RuleView:
    """One rule.

    Raises:
        NotFound: the pack has none of that id.
    """
    rule = pack.get(rule_id)
    if rule is None:
        raise NotFound(f"rule {rule_id[:80]!r}: not found; list them to see the ids")
    return view(rule)
