"""Dividing an amount among several so that nothing is lost: whole units, the largest remainders first.

Amounts are whole numbers of the smallest unit that a cost is kept in, a millionth of a millionth of a
millionth of its currency. Source: the method of largest remainders (Hamilton's).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

DIGITS: Final = 18
FINE: Final = 1_000_000
"""What a weight of one is counted as, so that amounts of money and percentages can be weights."""
HEAVIEST: Final = 2**62
"""What weights add up to at most: products of two such still fit 128 bits, in which SQL counts."""
_WIDE: Final = Context(prec=76, rounding=ROUND_HALF_EVEN)


def units(cost: Decimal) -> int:
    """A cost as whole units.

    Raises:
        ValueError: it is finer than they are.
    """
    scaled = _WIDE.scaleb(cost, DIGITS)
    whole = int(scaled)
    if scaled != whole:
        raise ValueError(f"{cost}: more than {DIGITS} digits behind the point")
    return whole


def cost(units_: int) -> Decimal:
    """So many units as a cost."""
    return _WIDE.scaleb(Decimal(units_), -DIGITS)


def divided(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """The amount in parts that are proportional to the weights, as near as whole units are.

    Of equal remainders the name that comes first gets its unit first; a negative amount is divided as
    its opposite is.

    Raises:
        ValueError: a weight is negative, or there is none above zero.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError(
            f"weights {dict(weights)}: none may be negative, and one must be above zero"
        )
    size, sign = abs(amount), -1 if amount < 0 else 1
    parts = {name: size * weight // total for name, weight in weights.items()}
    left = size - sum(parts.values())
    by_remainder = sorted(weights, key=lambda name: (-(size * weights[name] % total), name))
    for name in by_remainder[:left]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}


def weighed(amounts: Mapping[str, Decimal]) -> dict[str, int]:
    """Amounts as weights; below zero is none, and if all are none all weigh the same.

    Raises:
        ValueError: there are no amounts.
    """
    if not amounts:
        raise ValueError("nothing to weigh: name at least one")
    weights = {name: max(0, int(amount * FINE)) for name, amount in amounts.items()}
    total = sum(weights.values())
    if total == 0:
        return dict.fromkeys(weights, 1)
    if total > HEAVIEST:
        weights = {name: weight * HEAVIEST // total for name, weight in weights.items()}
    return weights
