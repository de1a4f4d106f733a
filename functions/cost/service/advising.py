"""Looking for what could cost less: when a resource changes, and every night with the latest bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from functions.cost.model.checks.case import Case
from functions.cost.model.checks.catalogue import checks_of, known, reads_of
from functions.cost.model.checks.check import Check, judged
from functions.cost.model.checks.kept import Kept, Spent, kept, renewed
from functions.cost.model.checks.samples import MetricRecord
from functions.cost.model.prices.book import ANYWHERE, PriceBook, PriceSheet, place
from functions.cost.model.recommendation import (
    AdviceStanding,
    Recommendation,
    recommendation_id,
    recommended,
)
from functions.cost.ports import Post
from functions.cost.service.news import told
from steward.contracts.cost import (
    AdviceDue,
    RecommendationEnded,
    RecommendationOpened,
    SavingsDue,
)
from steward.contracts.inventory import ResourceView
from steward.store.work import Entities

AT_ONCE: Final = 10
"""Resources that one Work looks at: each may change itself and several recommendations."""
SHEETS: Final = 200
SHEETS_AT_ONCE: Final = 20
"""Sheets that one Work writes: each has up to 800 prices, and a transaction has 4 MB."""
PEERS: Final = 200
RENEWED: Final = timedelta(days=30)
"""A sheet on which nothing has changed is written anew after that, since it would expire."""
_SETTLED: Final = (
    AdviceStanding.DISMISSED,
    AdviceStanding.GONE,
    AdviceStanding.DONE,
)


class Bill(Protocol):
    """What the lake's latest months say."""

    def spent(self, resources: Iterable[Kept]) -> Mapping[str, Spent]:
        """Each resource's part of the bill, by the resource's id."""
        ...

    def sheets(self) -> Iterable[PriceSheet]:
        """What was paid for a unit of each meter, by provider and region."""
        ...


@dataclass(frozen=True, slots=True)
class Advising:
    """What looking takes, within one Work."""

    kept: Entities[Kept]
    samples: Entities[MetricRecord]
    recommendations: Entities[Recommendation]
    sheets: Entities[PriceSheet]
    post: Post
    now: datetime
    bill: Callable[[], Bill]


def follow(view: ResourceView, *, gone: bool, at: Advising) -> None:
    """Take in what the inventory says of a resource, and look at it."""
    before = at.kept.get(view.id)
    if not known(view.type) or (before is not None and before.version > view.version):
        return
    if gone:
        _forget(view, at=at)
        return
    now = renewed(before, kept(view, reads_of(view.type), at=at.now))
    at.kept.put(now)
    look(now, books=Books(at.sheets), at=at)


class Books:
    """Price books, each made once from its sheets, however many resources ask for it."""

    def __init__(self, sheets: Entities[PriceSheet]) -> None:
        self._sheets = sheets
        self._made: dict[frozenset[str], PriceBook] = {}

    def of(self, resource: Kept) -> PriceBook:
        """The prices of the resource's region, and of what costs the same everywhere."""
        places = frozenset(
            place(resource.provider, one) for one in (resource.region or ANYWHERE, ANYWHERE)
        )
        if places not in self._made:
            self._made[places] = self._of(places)
        return self._made[places]

    def _of(self, places: frozenset[str]) -> PriceBook:
        found = [
            sheet
            for one in sorted(places)
            for sheet in self._sheets.query(index="by_place", key=one, limit=SHEETS).items
        ]
        return PriceBook.of(
            (price for sheet in found for price in sheet.prices),
            (one for sheet in found for one in sheet.unread),
        )


def look(resource: Kept, *, books: Books, at: Advising) -> None:
    """Have all checks of the resource's type look at it, by the prices in these books."""
    checks = checks_of(resource.type)
    if not checks:
        return
    case = Case(resource, books.of(resource), at.now, _peers(resource, checks, at=at))
    for check in checks:
        verdict = judged(check, case)
        id_ = recommendation_id(check.id, resource.id)
        before = at.recommendations.get(id_)
        if verdict.saving is not None:
            settle(recommended(check, resource, verdict.saving, at=at.now), before, at=at)
        elif verdict.missing is None and before is not None:
            end(before, at=at)


def night(event: AdviceDue, *, at: Advising) -> None:
    """Renew the prices, or look at the next few resources, and have what is left done after."""
    bill = at.bill()
    if event.prices:
        # What this Work writes it does not find: the resources come with the next message.
        at.post.publish(_renew_prices(bill, int(event.cursor or 0), at=at))
        return
    page = at.kept.list(after=event.cursor or None, limit=AT_ONCE)
    spent, books = bill.spent(page.items), Books(at.sheets)
    for resource in page.items:
        now = resource.model_copy(update={"spent": spent.get(resource.id), "seen_at": at.now})
        at.kept.put(now)
        look(now, books=books, at=at)
    if page.cursor is not None:
        at.post.publish(AdviceDue(cursor=page.cursor))
    else:
        at.post.publish(SavingsDue())


def _renew_prices(bill: Bill, begin: int, *, at: Advising) -> AdviceDue:
    """Keep some of the sheets; what is to be done next."""
    found = list(bill.sheets())
    for sheet in found[begin : begin + SHEETS_AT_ONCE]:
        before = at.sheets.get(sheet.id)
        fresh = before is not None and at.now - before.made_at <= RENEWED
        same = before is not None and (before.prices, before.unread) == (sheet.prices, sheet.unread)
        if not (fresh and same):
            at.sheets.put(sheet)
    after = begin + SHEETS_AT_ONCE
    return AdviceDue(prices=True, cursor=str(after)) if after < len(found) else AdviceDue()


def _peers(resource: Kept, checks: Iterable[Check], *, at: Advising) -> tuple[Kept, ...]:
    wanted = {type_ for check in checks for type_ in check.peers}
    if not wanted or resource.network is None:
        return ()
    page = at.kept.query(index="by_network", key=resource.network, limit=PEERS)
    return tuple(one for one in page.items if one.type in wanted)


def settle(fresh: Recommendation, before: Recommendation | None, *, at: Advising) -> None:
    """Keep what is recommended now beside what was decided, and tell of what is new."""
    after = fresh if before is None else before.renewed(fresh)
    if after == before:
        return
    at.recommendations.put(after)
    if before is None or before.standing in (
        AdviceStanding.GONE,
        AdviceStanding.DONE,
    ):
        at.post.publish(RecommendationOpened(recommendation=told(after)))


def end(before: Recommendation, *, at: Advising) -> None:
    """Recommend it no more, unless that is settled already."""
    if before.standing in _SETTLED:
        return
    after = before.ended(at=at.now)
    at.recommendations.put(after)
    done = after.standing is AdviceStanding.DONE
    at.post.publish(RecommendationEnded(recommendation=told(after), done=done))


def _forget(view: ResourceView, *, at: Advising) -> None:
    at.kept.delete(view.id)
    at.samples.delete(view.id)
    for one in at.recommendations.query(index="by_resource", key=view.id, limit=PEERS).items:
        end(one, at=at)
