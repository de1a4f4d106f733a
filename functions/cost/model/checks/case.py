"""One resource before one check: what is known of it, and what is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from functions.cost.model.checks.kept import BilledLine, Kept, Measured
from functions.cost.model.prices.book import PriceBook

ENOUGH_DAYS: Final = 14
"""Days of a metric that say how something is used; fewer may be a holiday."""
STALE_DAYS: Final = 7
"""Days without a word of a metric after which it says nothing of today."""
_REHEARSALS: Final = re.compile(
    r"(dev|develop(ment)?|test(ing)?|qa|uat|stag(e|ing)|sandbox|demo|non-?prod(uction)?)([-_ ]?\d+)?"
)
_STAGE_TAGS: Final = ("environment", "env", "stage")


class NotKnown(Exception):
    """A check cannot say: ``missing`` is not known."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


class Basis(StrEnum):
    """What a saving is reckoned from, the surest first."""

    BILL = "bill"
    """The resource's own lines."""
    PRICES = "prices"
    """Its own quantities, at a price of the bill or of a price file."""
    PUBLISHED = "published"
    """A proportion that the cloud publishes."""
    ASSUMED = "assumed"
    """An assumption, which the evidence names."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What a month would cost less, why that is believed, and the change in Terraform."""

    monthly: Decimal
    basis: Basis
    evidence: Mapping[str, str]
    terraform: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A resource with the prices of its region; ``peers`` are what shares its network."""

    resource: Kept
    book: PriceBook
    now: datetime
    peers: tuple[Kept, ...] = field(default=())

    def at(self, path: str) -> Any:
        """What the configuration has at a dotted path; None where it has nothing."""
        value: Any = self.resource.configuration
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def need(self, path: str) -> Any:
        """What the configuration has at a dotted path.

        Raises:
            NotKnown: nothing.
        """
        found = self.at(path)
        if found is None:
            raise NotKnown(f"configuration.{path}")
        return found

    def number(self, path: str) -> Decimal:
        """The number at a dotted path, which some clouds write as text.

        Raises:
            NotKnown: there is none.
        """
        try:
            return Decimal(str(self.need(path)))
        except ArithmeticError as error:
            raise NotKnown(f"configuration.{path}") from error

    def older_than(self, path: str, age: timedelta) -> bool:
        """Whether a moment of the configuration is longer ago than that.

        Raises:
            NotKnown: the moment is not recorded.
        """
        try:
            moment = datetime.fromisoformat(str(self.need(path)))
        except ValueError as error:
            raise NotKnown(f"configuration.{path}") from error
        return (
            self.now - (moment if moment.tzinfo else moment.replace(tzinfo=self.now.tzinfo)) > age
        )

    @property
    def lines(self) -> tuple[BilledLine, ...]:
        """Its part of the bill.

        Raises:
            NotKnown: the bill has nothing of it yet.
        """
        if self.resource.spent is None or not self.resource.spent.lines:
            raise NotKnown("bill")
        return self.resource.spent.lines

    @property
    def currency(self) -> str:
        """In which it is billed.

        Raises:
            NotKnown: the bill has nothing of it yet.
        """
        if self.resource.spent is None:
            raise NotKnown("bill")
        return self.resource.spent.currency

    def cost(self, meter: str = "") -> Decimal:
        """What a month of it costs, or of the meters with that in their names.

        Raises:
            NotKnown: the bill has nothing of it yet.
        """
        return sum((one.cost for one in self.lines if meter in one.meter), Decimal(0))

    def quantity(self, meter: str) -> Decimal:
        """How much of these meters it uses in a month.

        Raises:
            NotKnown: the bill has nothing of it yet, or counts it in a unit that cannot be read.
        """
        unread = next((one for one in self.lines if meter in one.meter and one.unread), None)
        if unread is not None:
            raise NotKnown(f"quantity of {unread.meter}: the bill counts it in {unread.unit!r}")
        return sum((one.quantity for one in self.lines if meter in one.meter), Decimal(0))

    def counts(self, meter: str) -> bool:
        """Whether the bill says how much of these meters it uses, in units that can be read.

        Raises:
            NotKnown: the bill has nothing of it yet.
        """
        found = [one for one in self.lines if meter in one.meter]
        return not any(one.unread for one in found) and sum(one.quantity for one in found) != 0

    def price(self, meter: str) -> Decimal | None:
        """What a unit of a meter costs in its region and currency; None where that is not known."""
        found = self.book.price(meter, self.currency)
        return None if found is None else found.amount

    def metric(self, name: str) -> Measured:
        """How it was used.

        Raises:
            NotKnown: that was not measured for long enough.
        """
        found = self.resource.measured.get(name)
        if found is None:
            raise NotKnown(f"metric {name}: not measured yet")
        if found.until is not None and (self.now.date() - found.until).days > STALE_DAYS:
            raise NotKnown(f"metric {name}: nothing since {found.until}{_why(found)}")
        if found.days < ENOUGH_DAYS:
            days = f"{found.days} of {ENOUGH_DAYS} days"
            raise NotKnown(f"metric {name}: measured over {days}{_why(found)}")
        return found

    @property
    def rehearsal(self) -> bool:
        """Whether its tags say that it is not for production."""
        tags = {key.lower(): value.strip().lower() for key, value in self.resource.tags.items()}
        found = next((tags[key] for key in _STAGE_TAGS if key in tags), "")
        return _REHEARSALS.fullmatch(found) is not None


def _why(found: Measured) -> str:
    return f" ({found.failure})" if found.failure else ""
