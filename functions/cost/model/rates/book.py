"""What is kept of rates: what was stated, in editions, and the tenant's wishes about them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.cost.model.explore.answers import Money
from functions.cost.model.rates.basis import CurrencyCode, RateBasis
from steward.store.collection import Collection, Index

Rate: TypeAlias = Annotated[Money, Field(gt=0, max_digits=38, decimal_places=18)]
BOOK: Final = "book"


class RateOrigin(StrEnum):
    """What made an edition: a file handed in, the feed, or other wishes."""

    FILE = "file"
    FEED = "feed"
    SETTINGS = "settings"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RateSettings(_Frozen):
    """The currency that costs are shown in, None for each its own, and by which rates.

    ``oldest`` is by how many days a rate may be older than the day it is taken for, as on a weekend;
    ``feed`` is where rates are fetched from.
    """

    reporting: CurrencyCode | None = None
    basis: RateBasis = RateBasis.DAY
    oldest: Annotated[int, Field(ge=0, le=31)] = 7
    feed: Annotated[str | None, Field(max_length=2048)] = None


class RateBook(RateSettings):
    """The wishes that hold, the latest edition, and how it stands with the feed."""

    edition: int = 0
    feed_read_at: AwareDatetime | None = None
    feed_fault: str | None = None


class RateEdition(_Frozen):
    """What was stated at once: from then on its rates and wishes hold; asked as of it, they hold again."""

    number: int
    at: AwareDatetime
    by: str
    origin: RateOrigin
    name: str
    base: str | None = None
    first: date | None = None
    last: date | None = None
    rates: int = 0
    currencies: tuple[str, ...] = ()
    reporting: str | None
    basis: RateBasis
    oldest: int

    @property
    def id(self) -> str:
        """The number, as it sorts."""
        return edition_id(self.number)


class RatePart(_Frozen):
    """The rates of one month that an edition states anew: what one unit of ``base`` is worth, by day."""

    base: CurrencyCode
    month: str
    edition: int
    origin: RateOrigin
    days: dict[date, dict[CurrencyCode, Rate]]

    @property
    def id(self) -> str:
        """Month, base and edition in one."""
        return f"{self.month}/{self.base}/{edition_id(self.edition)}"


class RateOfDay(_Frozen):
    """A day's rate; None where none is known."""

    day: date
    rate: Money | None


class RatesOfDays(_Frozen):
    """What one unit of a currency is worth in another on each day, by the rates of an edition."""

    of: str
    to: str
    edition: int
    basis: RateBasis
    days: tuple[RateOfDay, ...]


class RatesTaken(_Frozen):
    """What came of a file: how many rates are new or other than before, and the edition they are in."""

    edition: int
    rates: int
    first: date | None
    last: date | None


BOOKS: Collection[RateBook] = Collection("rate-book", RateBook, id=lambda _: BOOK)
EDITIONS: Collection[RateEdition] = Collection(
    "rate-editions",
    RateEdition,
    id=lambda one: one.id,
    indexes=(Index("by_number", lambda _: "all", lambda one: one.id),),
)
# An edition says who stated them and when.
PARTS: Collection[RatePart] = Collection(
    "rates",
    RatePart,
    id=lambda one: one.id,
    indexes=(Index("by_month", lambda one: one.month, lambda one: one.id),),
    audit="digest",
)


def edition_id(number: int) -> str:
    """The number of an edition, as it sorts."""
    return f"{number:08d}"
