"""Crossed budgets and anomalies of costs as notices: what moved, how much money it is, where to look."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from functions.notify.model.notice import Notice, Severity
from steward.contracts.cost import AnomalyFound, AnomalyOpened, BudgetCrossed

Bell: TypeAlias = AnomalyOpened | BudgetCrossed
_WHOLE = 100
_DIMENSIONS = {"usage": "usage type"}
_LOUD = 0.5
"""The share of what was expected from which a movement is more than notable."""


def cost_notice(bell: Bell, *, event_id: str, now: datetime) -> Notice:
    """The event as something to tell; each is news of its own."""
    if isinstance(bell, BudgetCrossed):
        return _budget(bell, event_id=event_id, now=now)
    return _anomaly(bell.anomaly, event_type=bell.type, event_id=event_id, now=now)


def _budget(bell: BudgetCrossed, *, event_id: str, now: datetime) -> Notice:
    foretold = "" if bell.forecast is None else f", {bell.forecast:f} foretold by its end"
    over = bell.percent >= _WHOLE and bell.basis == "actual"
    return Notice(
        event_id=event_id,
        event_type=bell.type,
        finding_id=event_id,
        version=1,
        severity=Severity.HIGH if over else Severity.MEDIUM,
        status="notice",
        title=f"Budget {bell.name}: {bell.percent.normalize():f} % ({bell.basis})",
        message=(
            f"{bell.spent:f} of {bell.amount:f} {bell.currency} spent from {bell.start} on{foretold}"
        ),
        remediation=f"See 'steward cost budgets show {bell.budget_id}', and 'steward cost moves'.",
        rule_id="budget",
        resource_id=bell.budget_id,
        resource_type="budget",
        resource_name=bell.name,
        account="",
        region="",
        tags={},
        reason=f"{bell.basis} spending reached its threshold",
        opened_at=now,
        updated_at=now,
    )


def _anomaly(found: AnomalyFound, *, event_type: str, event_id: str, now: datetime) -> Notice:
    where = ", ".join(map(_named, found.names.items())) or "the whole bill"
    way = "more" if found.at_stake > 0 else "less"
    loud = abs(found.actual - found.expected) >= _LOUD * abs(found.expected)
    return Notice(
        event_id=event_id,
        event_type=event_type,
        finding_id=found.id,
        version=1,
        severity=Severity.HIGH if loud else Severity.MEDIUM,
        status="notice",
        title=f"Cost anomaly: {where}",
        message=(
            f"{abs(found.at_stake):.2f} {found.currency} {way} than expected up to {found.day}: "
            f"{found.actual:.2f} that day, expected {found.low:.2f} to {found.high:.2f}{_mover(found)}"
        ),
        remediation=f"See 'steward cost anomalies show {found.id}'; say if it was expected.",
        rule_id="cost-anomaly",
        resource_id=found.resource or found.id,
        resource_type="cost",
        resource_name=found.resource or where,
        account=found.names.get("account", ""),
        region=found.names.get("region", ""),
        tags={},
        reason=_cause(found),
        opened_at=now,
        updated_at=now,
    )


def _named(fixed: tuple[str, str]) -> str:
    dimension, name = fixed
    return f"{_DIMENSIONS.get(dimension, dimension)} {name}"


def _mover(found: AnomalyFound) -> str:
    known = found.names.get("usage")
    parts = (found.resource, found.usage_type if found.usage_type != known else "")
    moved = " ".join(one for one in parts if one)
    return f"; most of it: {moved}" if moved else ""


def _cause(found: AnomalyFound) -> str:
    if found.change_id is None:
        return "no change of a resource is known that came before"
    return f"change {found.change_id} came before, by {found.changed_by or 'somebody unknown'}"
