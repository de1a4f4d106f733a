"""Rates between currencies: handed in, fetched, and looked up as of an edition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.explore.question import CostQuestion
from functions.cost.model.explore.span import months_touched
from functions.cost.model.rates.basis import CODE, RateBasis
from functions.cost.model.rates.book import (
    BOOK,
    RateBook,
    RateEdition,
    RateOfDay,
    RateOrigin,
    RatePart,
    RateSettings,
    RatesOfDays,
    RatesTaken,
    edition_id,
)
from functions.cost.model.rates.exchange import Rates, gathered
from functions.cost.model.rates.files import RateSheet, read_rates
from steward.errors import BadInput, StewardError
from steward.store.collection import every
from steward.store.work import Entities

MONTHS: Final = 80
"""Months that one edition states: one commit keeps them all."""
EVERY: Final = timedelta(hours=6)
"""The European Central Bank states its rates once a day."""
BACK: Final = timedelta(days=100)
"""How far back a feed is read: it may have all years there are."""
FAULT: Final = 300
_PAGE: Final = 100


class RateFile(BaseModel):
    """A file of rates as text: its days from ``since`` on before ``until``; ``base`` if it says none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    content: Annotated[str, Field(max_length=4_000_000)]
    base: Annotated[str | None, Field(pattern=CODE)] = None
    since: date | None = None
    until: date | None = None


class RateFeed(Protocol):
    """Where rates are fetched from."""

    def check(self, url: str) -> None:
        """Refuse an address that is never asked.

        Raises:
            BadInput: it is one.
        """
        ...

    def read(self, url: str) -> bytes:
        """What is there.

        Raises:
            StewardError: nothing that can be used.
        """
        ...


class Known(NamedTuple):
    """The rates as of an edition, looked up by its wishes."""

    edition: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class RateDesk:
    """The rates of a tenant, who asks, and when."""

    books: Entities[RateBook]
    editions: Entities[RateEdition]
    parts: Entities[RatePart]
    actor: str
    now: datetime
    _months: dict[str, tuple[RatePart, ...]] = field(default_factory=dict, init=False)

    def book(self) -> RateBook:
        """The wishes that hold."""
        return self.books.get(BOOK) or RateBook()

    def known(
        self,
        since: date,
        until: date,
        *,
        edition: int | None = None,
        basis: RateBasis | None = None,
    ) -> Known:
        """The rates of the days from ``since`` on and before ``until``, as of an edition.

        Raises:
            NotFound: there is no such edition.
        """
        wishes, number = self._as_of(edition)
        first = since.replace(day=1) - timedelta(days=wishes.oldest)
        parts = [
            part
            # The month of ``until`` as well: an average or an end takes all of the last day's month.
            for month in months_touched(first, until)
            for part in self._of(month)
            if part.edition <= number
        ]
        return Known(number, Rates(gathered(parts), basis or wishes.basis, wishes.oldest))

    def of(self, question: CostQuestion, since: date) -> Known:
        """The rates that a question asks for, of its days and of those from another day on.

        Raises:
            NotFound: there is no such edition.
        """
        first = min(since, question.since)
        return self.known(first, question.until, edition=question.edition, basis=question.basis)

    def _as_of(self, edition: int | None) -> tuple[RateBook | RateEdition, int]:
        if edition is None:
            book = self.book()
            return book, book.edition
        if edition == 0:
            return RateBook(), 0
        return self.editions.require(edition_id(edition)), edition

    def _of(self, month: str) -> tuple[RatePart, ...]:
        if month not in self._months:
            self._months[month] = tuple(_parts(month, self.parts))
        return self._months[month]


def hand_in(file: RateFile, *, at: RateDesk) -> RatesTaken:
    """Take in the rates of a file; those that are there already make no edition.

    Raises:
        BadInput: it states none, or one that is none, or too many months at once.
    """
    sheet = read_rates(file.content.encode(), base=file.base).between(file.since, file.until)
    if not sheet.days:
        raise BadInput(f"rates: none from {file.since} on and before {file.until}; widen the days")
    return take(sheet, RateOrigin.FILE, file.name, at=at)


def take(sheet: RateSheet, origin: RateOrigin, name: str, *, at: RateDesk) -> RatesTaken:
    """Keep what is new or other than before, as an edition.

    Raises:
        BadInput: it is of too many months.
    """
    book, by_month = at.book(), _by_month(sheet)
    if len(by_month) > MONTHS:
        raise BadInput(f"rates: of {len(by_month)} months; at most {MONTHS} at once, so name days")
    number = book.edition + 1
    fresh = {
        month: news
        for month, days in by_month.items()
        if (news := _news(days, _stated(month, sheet.base, origin, at=at)))
    }
    for month, days in fresh.items():
        at.parts.put(
            RatePart(base=sheet.base, month=month, edition=number, origin=origin, days=days)
        )
    if not fresh:
        return RatesTaken(edition=book.edition, rates=0, first=None, last=None)
    edition = _edition(number, origin, name, book, sheet.base, fresh, at=at)
    _issue(edition, book, at=at)
    return RatesTaken(edition=number, rates=edition.rates, first=edition.first, last=edition.last)


def settle(wishes: RateSettings, *, at: RateDesk, feed: RateFeed) -> RateBook:
    """Let other wishes hold from now on.

    Raises:
        BadInput: the feed's address is one that is never asked.
    """
    if wishes.feed is not None:
        feed.check(wishes.feed)
    before = at.book()
    kept = before if wishes.feed == before.feed else before.model_copy(update=_UNREAD)
    book = kept.model_copy(update={**dict(wishes)})
    if book == before:
        return before
    edition = _edition(book.edition + 1, RateOrigin.SETTINGS, "", book, None, {}, at=at)
    return _issue(edition, book, at=at)


def refresh(*, at: RateDesk, feed: RateFeed) -> int:
    """Fetch the feed's rates, if that is due; how many are new. What is wrong with it is kept."""
    book = at.book()
    if book.feed is None or (book.feed_read_at is not None and at.now - book.feed_read_at < EVERY):
        return 0
    try:
        sheet = read_rates(feed.read(book.feed)).between((at.now - BACK).date(), None)
        taken = take(sheet, RateOrigin.FEED, book.feed, at=at)
    except StewardError as error:
        at.books.put(book.model_copy(update={"feed_fault": str(error)[:FAULT]}))
        return 0
    read = {"feed_read_at": at.now, "feed_fault": None}
    at.books.put(at.book().model_copy(update=read))
    return taken.rates


def by_day(of: str, to: str, since: date, until: date, *, at: RateDesk) -> RatesOfDays:
    """What one unit of a currency is worth in another on each day, as exchanged by."""
    known = at.known(since, until)
    days = (since + timedelta(days=n) for n in range((until - since).days))
    found = tuple(RateOfDay(day=day, rate=known.rates.rate(of, to, day)) for day in days)
    return RatesOfDays(of=of, to=to, edition=known.edition, basis=known.rates.basis, days=found)


_UNREAD: Final = {"feed_read_at": None, "feed_fault": None}


def _issue(edition: RateEdition, book: RateBook, *, at: RateDesk) -> RateBook:
    at.editions.put(edition)
    issued = book.model_copy(update={"edition": edition.number})
    at.books.put(issued)
    at._months.clear()  # noqa: SLF001  # the desk's own notes of what it has read
    return issued


def _edition(
    number: int,
    origin: RateOrigin,
    name: str,
    book: RateBook,
    base: str | None,
    months: Mapping[str, Mapping[date, Mapping[str, Decimal]]],
    *,
    at: RateDesk,
) -> RateEdition:
    days = {day: legs for found in months.values() for day, legs in found.items()}
    return RateEdition(
        number=number,
        at=at.now,
        by=at.actor,
        origin=origin,
        name=name[:200],
        base=base,
        first=min(days, default=None),
        last=max(days, default=None),
        rates=sum(map(len, days.values())),
        currencies=tuple(sorted({one for legs in days.values() for one in legs})),
        reporting=book.reporting,
        basis=book.basis,
        oldest=book.oldest,
    )


def _stated(
    month: str, base: str, origin: RateOrigin, *, at: RateDesk
) -> Mapping[date, Mapping[str, Decimal]]:
    same = (one for one in at._of(month) if (one.base, one.origin) == (base, origin))  # noqa: SLF001
    return gathered(same).get(base, {})


def _news(
    days: Mapping[date, Mapping[str, Decimal]], known: Mapping[date, Mapping[str, Decimal]]
) -> dict[date, dict[str, Decimal]]:
    news = {
        day: {one: rate for one, rate in legs.items() if known.get(day, {}).get(one) != rate}
        for day, legs in days.items()
    }
    return {day: legs for day, legs in news.items() if legs}


def _by_month(sheet: RateSheet) -> dict[str, dict[date, Mapping[str, Decimal]]]:
    found: dict[str, dict[date, Mapping[str, Decimal]]] = defaultdict(dict)
    for day, legs in sheet.days.items():
        found[f"{day:%Y-%m}"][day] = legs
    return found


def _parts(month: str, parts: Entities[RatePart]) -> Iterator[RatePart]:
    return every(lambda after: parts.query(index="by_month", key=month, after=after, limit=_PAGE))
