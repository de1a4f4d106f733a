"""Whose costs they are: rules in versions, tried before they are published, and months given out anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from functions.cost.model.allocation.rules import (
    NO_RULES,
    RuleSet,
    RuleSetDraft,
    version_id,
)
from functions.cost.model.allocation.shares import units
from functions.cost.model.allocation.trial import RuleUse, Shares, Trial, TrialDraft, changes
from steward.contracts.cost import AllocationDue, RulesPublished
from steward.contracts.event import Event
from steward.errors import NotFound
from steward.store.collection import Collection, Index
from steward.store.work import Entities

RULE_SETS: Collection[RuleSet] = Collection(
    "rules",
    RuleSet,
    id=lambda one: one.id,
    indexes=(Index("by_version", lambda _: "all", lambda one: one.id),),
)
AT_ONCE: Final = 80
"""Months that one commit asks to be given out anew."""


class Allotting(Protocol):
    """What gives costs to teams."""

    def months(self) -> tuple[str, ...]:
        """The partitions there are."""
        ...

    def stale(self, version: int) -> tuple[str, ...]:
        """The partitions that were given out by other rules."""
        ...

    def shares(self, month: str, rules: RuleSetDraft) -> tuple[Shares, dict[int, int]]:
        """What each team would bear of a month, and the pieces of cost that each rule decides."""
        ...

    def allot(self, name: str, rules: RuleSetDraft, version: int) -> bool:
        """Give a partition's costs out anew; False when they were given out by these rules already."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """The published rules, who asks, and when."""

    sets: Entities[RuleSet]
    publish: Callable[[Event], None]
    actor: str
    now: datetime

    def latest(self) -> RuleSet | None:
        """The version that holds; None before the first."""
        page = self.sets.query(index="by_version", key="all", limit=1, descending=True)
        return page.items[0] if page.items else None

    def holding(self) -> tuple[RuleSetDraft, int]:
        """The rules that hold, and their version: 0 before the first."""
        latest = self.latest()
        return (NO_RULES, 0) if latest is None else (latest, latest.version)


def publish(draft: RuleSetDraft, *, to: Rules) -> RuleSet:
    """Let these rules hold from now on; every month there is will be given out anew."""
    version = to.holding()[1] + 1
    found = RuleSet(**dict(draft), version=version, published_by=to.actor, published_at=to.now)
    # Whoever publishes at the same moment takes the same id, and the store refuses one of the two.
    to.sets.add(found)
    to.publish(RulesPublished(version=version))
    return found


def shown(version: int | None, *, of: Rules) -> RuleSet:
    """A version of the rules; None means the one that holds.

    Raises:
        NotFound: there is none.
    """
    found = of.latest() if version is None else of.sets.get(version_id(version))
    if found is None:
        raise NotFound("rules: there is no such version; list them to see which there are")
    return found


def attempt(draft: TrialDraft, *, rules: Rules, allotting: Allotting) -> Trial:
    """What would move between teams if the draft's rules held; nothing is written."""
    before, _ = allotting.shares(draft.month, rules.holding()[0])
    after, used = allotting.shares(draft.month, draft.rules)
    uses = tuple(
        RuleUse(rule=rule.name, sums=used.get(place, 0))
        for place, rule in enumerate(draft.rules.rules)
    )
    return Trial(
        month=draft.month,
        teams=changes(before, after),
        rules=uses,
        idle=tuple(one.rule for one in uses if not one.sums),
        conserved=_totals(before) == _totals(after),
    )


def spread(*, rules: Rules, allotting: Allotting) -> int:
    """Ask for every month to be given out anew that was by other rules; how many were asked for."""
    stale = allotting.stale(rules.holding()[1])[:AT_ONCE]
    for name in stale:
        rules.publish(AllocationDue(partition=name))
    return len(stale)


def allot(name: str, *, rules: Rules, allotting: Allotting) -> bool:
    """Give a month out by the rules that hold; False when it is already."""
    held, version = rules.holding()
    return allotting.allot(name, held, version)


def _totals(shares: Shares) -> dict[str, int]:
    totals: dict[str, int] = {}
    for (_, currency), amount in shares.items():
        totals[currency] = totals.get(currency, 0) + units(amount)
    return totals
