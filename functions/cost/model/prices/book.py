"""Unit prices of one region, and the sheets in which they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.identity.items import Facts

ANYWHERE: Final = "global"
"""The region of what costs the same everywhere."""
IN_A_SHEET: Final = 800
"""Prices that a sheet has at most: far below what a store takes as one item."""


class Origin(StrEnum):
    """Where a price is from; what was really paid comes before what is published."""

    BILL = "bill"
    LIST = "list"


class Price(BaseModel):
    """What one ``unit`` of a meter costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meter: str
    unit: str
    amount: Decimal
    currency: str
    origin: Origin


class UnreadPrice(BaseModel):
    """A meter that is paid for by a ``unit`` of which nobody can say what it is: it has no price."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    meter: str
    unit: str

    @property
    def reason(self) -> str:
        """Why there is no price."""
        return f"{self.meter}: its unit {self.unit!r} cannot be read as a number of units"


class PriceSheet(BaseModel):
    """Some of the prices of a provider in a region, of one origin; ``source`` is a list's own name.

    Meters whose unit cannot be read are kept apart, as ``unread``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: Origin
    provider: str
    region: str
    number: int
    source: str = ""
    prices: tuple[Price, ...]
    unread: tuple[UnreadPrice, ...] = ()
    made_at: AwareDatetime

    @property
    def id(self) -> str:
        """Origin, place, source and number in one."""
        return f"{self.origin}/{self.place}/{self.source}/{self.number}"

    @property
    def place(self) -> str:
        """Provider and region in one."""
        return place(self.provider, self.region)

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The prices of a region by meter, and the meters that have none as their unit cannot be read."""

    prices: Mapping[str, Price]
    unread: Mapping[str, UnreadPrice] = field(default_factory=dict)

    @classmethod
    def of(cls, prices: Iterable[Price], unread: Iterable[UnreadPrice] = ()) -> PriceBook:
        """The book of these prices: of one meter's, the bill's counts."""
        found: dict[str, Price] = {}
        for price in prices:
            if price.meter not in found or price.origin is Origin.BILL:
                found[price.meter] = price
        return cls(found, {one.meter: one for one in unread if one.meter not in found})

    def price(self, meter: str, currency: str | None = None) -> Price | None:
        """The price of a meter, in that currency alone; None where it is not known."""
        found = self.prices.get(meter)
        return found if found and currency in (None, found.currency) else None


def place(provider: str, region: str) -> str:
    """Provider and region in one."""
    return f"{provider}/{region or ANYWHERE}"


def sheets(
    prices: Iterable[Price],
    *,
    origin: Origin,
    provider: str,
    region: str,
    at: AwareDatetime,
    source: str = "",
    unread: Iterable[UnreadPrice] = (),
) -> list[PriceSheet]:
    """The prices of a region on sheets, in the order of their meters."""
    ordered = sorted(prices, key=lambda one: one.meter)
    apart = sorted(unread, key=lambda one: one.meter)
    longest = max(len(ordered), len(apart))
    return [
        PriceSheet(
            origin=origin,
            provider=provider,
            region=region or ANYWHERE,
            number=number,
            source=source,
            prices=tuple(ordered[begin : begin + IN_A_SHEET]),
            unread=tuple(apart[begin : begin + IN_A_SHEET]),
            made_at=at,
        )
        for number, begin in enumerate(range(0, longest, IN_A_SHEET))
    ]
