"""What can be bought, what is held already, and how much risk is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import numpy as np

from steward.errors import BadInput

Array: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
HOURS_OF_MONTH: Final = 730
"""Hours that the clouds' own calculators count a month as: 8,760 over twelve."""
HOURS_OF_YEAR: Final = 8_760
CENT_OF_CENT: Final = Decimal("0.001")
"""The step in which a spend commitment is sold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A commitment that can be bought, in steps of ``step`` currency an hour.

    ``rates`` says, for each pool of usage that it applies to, which share of the on-demand price is paid
    under it; ``upfront`` is the share of the whole term's price that is due at once. A reservation is sold
    in units, so its ``step`` is what one unit costs an hour.
    """

    id: str
    provider: str
    kind: str
    rates: dict[str, Decimal]
    years: int
    payment: str
    upfront: Decimal = Decimal(0)
    step: Decimal = CENT_OF_CENT
    source: str = ""

    def __post_init__(self) -> None:
        if not self.rates or any(not 0 < rate <= 1 for rate in self.rates.values()):
            raise BadInput(
                f"offer {self.id!r}: rates {self.rates}; give each pool a share above 0, up to 1"
            )
        if self.step <= 0 or self.years <= 0 or not 0 <= self.upfront <= 1:
            raise BadInput(
                f"offer {self.id!r}: step {self.step}, years {self.years}, upfront {self.upfront}; "
                "a step and a term are above 0, and what is due at once is a share"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A commitment that is paid already, ``hourly`` currency until it ``ends``."""

    id: str
    rates: dict[str, Decimal]
    hourly: Decimal
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How much may go wrong.

    In all hours but the ``quiet`` share with the least usage, what is bought is to be used whole; usage is
    taken to shrink by ``decline`` first. Money paid at once costs ``capital`` a year, and at most
    ``upfront`` may be paid so.
    """

    quiet: Decimal = Decimal("0.05")
    decline: Decimal = Decimal(0)
    capital: Decimal = Decimal(0)
    upfront: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.quiet <= 1 or not 0 <= self.decline < 1 or self.capital < 0:
            raise BadInput(
                f"risk: quiet {self.quiet}, decline {self.decline}, capital {self.capital}; shares of 0 "
                "to 1, and no negative interest"
            )


@dataclass(frozen=True, slots=True)
class History:
    """What usage cost at on-demand prices: ``spend`` has a row a pool and a column an hour."""

    pools: tuple[str, ...]
    spend: Array

    def __post_init__(self) -> None:
        if self.spend.ndim != 2 or self.spend.shape[0] != len(self.pools):  # noqa: PLR2004  # a matrix
            raise BadInput(f"history: {self.spend.shape} values of {len(self.pools)} pools")
        if self.spend.size == 0 or float(self.spend.min(initial=0.0)) < 0:
            raise BadInput("history: give at least one hour, and no negative usage")


@dataclass(frozen=True, slots=True)
class Market:
    """What is to be covered: usage by pool and hour, how much each hour counts, and the offers for it."""

    pools: tuple[str, ...]
    spend: Array
    weights: Array
    offers: tuple[Offer, ...]
    rates: Array = field(init=False)
    fees: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", rates_of([one.rates for one in self.offers], self.pools))
        object.__setattr__(self, "fees", np.ones(len(self.offers)))

    def priced(self, capital: Decimal) -> Market:
        """The market with what it costs to pay at once: on average, half of it is out for the term."""
        made = Market(self.pools, self.spend, self.weights, self.offers)
        extra = [float(one.upfront * capital * one.years / 2) for one in self.offers]
        object.__setattr__(made, "fees", 1.0 + np.array(extra, dtype=np.float64))
        return made

    def scaled(self, factor: float) -> Market:
        """The market with all usage more or less by a factor."""
        made = Market(self.pools, self.spend * factor, self.weights, self.offers)
        object.__setattr__(made, "fees", self.fees)
        return made


def rates_of(offers: list[dict[str, Decimal]], pools: tuple[str, ...]) -> Array:
    """The rates as a matrix of offers and pools; 0 where an offer does not apply."""
    table = [[float(rates.get(pool, 0)) for pool in pools] for rates in offers]
    return np.array(table, dtype=np.float64).reshape(len(offers), len(pools))
