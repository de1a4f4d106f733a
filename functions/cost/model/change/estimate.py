"""A change in money: what each resource costs a month before and after it, and what nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from functions.cost.model.change import aws, azure, cloudformation, gcp
from functions.cost.model.change.asking import Ask, Component, NotDeclared
from functions.cost.model.change.declared import Declared
from functions.cost.model.prices.book import ANYWHERE, Price, UnreadPrice

PRICED: Final = {**aws.PRICED, **azure.PRICED, **gcp.PRICED}
FREE: Final = (*aws.FREE, *cloudformation.FREE_TYPES, *azure.FREE, *gcp.FREE)
Prices: TypeAlias = Callable[[str, str, tuple[str, ...]], Price | UnreadPrice | None]
"""The price of a provider's meter in a region, by the first of its names that has one; or why it has none."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A component with its price, and what that comes to a month."""

    what: str
    quantity: Decimal
    price: Price
    monthly: Decimal
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What a resource costs a month on one side of the change; ``unknown`` says what of it is not known."""

    charges: tuple[Charge, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def monthly(self) -> Decimal:
        """The sum of what is known."""
        return sum((one.monthly for one in self.charges), Decimal(0))


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource before and after; a side that is not there costs nothing."""

    resource: Declared
    before: Side
    after: Side
    unpriced: bool = False
    """Whether nothing is known of its type."""

    @property
    def monthly(self) -> Decimal:
        """How much more it costs a month, as far as is known."""
        return self.after.monthly - self.before.monthly

    @property
    def complete(self) -> bool:
        """Whether all of it is known."""
        return not (self.unpriced or self.before.unknown or self.after.unknown)


@dataclass(frozen=True, slots=True)
class Estimate:
    """All resources of a change, in one currency."""

    differences: tuple[Difference, ...]
    free: int
    usage: Mapping[str, Decimal]

    @property
    def before(self) -> Decimal:
        """What the changed resources cost a month now, as far as is known."""
        return sum((one.before.monthly for one in self.differences), Decimal(0))

    @property
    def after(self) -> Decimal:
        """What they will cost a month, as far as is known."""
        return sum((one.after.monthly for one in self.differences), Decimal(0))

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of the prices."""
        return frozenset(
            charge.price.currency
            for one in self.differences
            for side in (one.before, one.after)
            for charge in side.charges
        )

    @property
    def assumptions(self) -> dict[str, Decimal]:
        """The usage that it rests on, by name."""
        names = {
            name
            for one in self.differences
            for side in (one.before, one.after)
            for charge in side.charges
            for name in charge.assumed
        }
        return {name: self.usage[name] for name in sorted(names)}

    @property
    def incomplete(self) -> tuple[Difference, ...]:
        """What is not, or not wholly, known."""
        return tuple(one for one in self.differences if not one.complete)


def estimate(
    declared: Iterable[Declared], prices: Prices, usage: Mapping[str, Decimal]
) -> Estimate:
    """What a change costs."""
    found, free = [], 0
    for one in declared:
        if one.type in PRICED:
            before, after = (_side(one, side, prices, usage) for side in (one.before, one.after))
            found.append(Difference(one, before, after))
        elif one.type.startswith(FREE):
            free += 1
        else:
            found.append(Difference(one, Side(), Side(), unpriced=True))
    found.sort(key=lambda one: (-abs(one.monthly), one.resource.address))
    return Estimate(tuple(found), free, usage)


def components(
    type_: str, declared: Mapping[str, Any], usage: Mapping[str, Decimal]
) -> tuple[tuple[Component, ...], str | None]:
    """What a resource uses, and what the plan leaves open that decides about more."""
    ask = Ask(declared, usage)
    try:
        PRICED[type_](ask)
    except NotDeclared as open_:
        return tuple(ask.found), f"{open_} is not known"
    return tuple(ask.found), None


def _side(
    one: Declared, declared: Mapping[str, Any] | None, prices: Prices, usage: Mapping[str, Decimal]
) -> Side:
    if declared is None:
        return Side()
    found, missing = components(one.type, declared, usage)
    region = ANYWHERE if one.type in aws.GLOBAL else one.region
    charges, unknown = [], [] if missing is None else [missing]
    for each in found:
        price = prices(one.provider, region, each.meters)
        if price is None:
            unknown.append(f"no price of {each.meters[0]} in {region}")
        elif isinstance(price, UnreadPrice):
            unknown.append(f"no price in {region} of {price.reason}")
        else:
            monthly = each.quantity * price.amount
            charges.append(Charge(each.what, each.quantity, price, monthly, each.assumed))
    return Side(tuple(charges), tuple(unknown))
