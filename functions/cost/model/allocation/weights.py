"""What each split of the rules weighs its teams by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from functions.cost.model.allocation.rules import HUNDRED, RuleSetDraft, Split, SplitWay
from functions.cost.model.allocation.shares import weighed

UNALLOCATED = ""
"""The team of what no rule fits."""
Amounts: TypeAlias = Mapping[str, Decimal]
Weights: TypeAlias = dict[int, dict[str, int]]
"""By the place of the rule in its set."""


def weights_of(rules: RuleSetDraft, *, direct: Amounts, usage: Callable[[str], Amounts]) -> Weights:
    """The weights of each rule that splits.

    ``direct`` is what the teams were given by rules that do not split, and ``usage`` a dataset's
    quantities by team.
    """
    given = {team: amount for team, amount in direct.items() if team != UNALLOCATED}
    return {
        place: _weights(rule.split, direct=given, usage=usage)
        for place, rule in enumerate(rules.rules)
        if rule.split is not None
    }


def _weights(split: Split, *, direct: Amounts, usage: Callable[[str], Amounts]) -> dict[str, int]:
    match split.way:
        case SplitWay.EVEN:
            return dict.fromkeys(split.teams, 1)
        case SplitWay.FIXED:
            return weighed({team: part / HUNDRED for team, part in split.percent.items()})
        case SplitWay.PROPORTIONAL:
            found = direct
        case SplitWay.USAGE:
            found = usage(split.dataset or "")
    chosen = {team: found.get(team, Decimal(0)) for team in split.teams} or dict(found)
    # Nobody to give it to: it stays nobody's, and is not lost.
    return weighed(chosen) if chosen else {UNALLOCATED: 1}
