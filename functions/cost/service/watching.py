"""Watching the bills: each day of each source is judged once, and one cause is told of once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

import numpy as np

from functions.cost.model.allocation.untagged import ResourceOwner, owner_key
from functions.cost.model.series.detect import ENOUGH, read
from functions.cost.model.series.season import Array
from functions.cost.model.series.watch import ALARM, Alarm, Told, news, watch
from functions.cost.model.watching.anomaly import (
    Anomaly,
    AnomalyStatus,
    Feedback,
    Mover,
    PrecedingChange,
    Watched,
    anomaly_id,
    described,
    named,
    with_service,
)
from functions.cost.model.watching.wishes import wanted
from steward.contracts.cost import AnomalyFound, AnomalyOpened
from steward.contracts.event import Event
from steward.errors import BadInput
from steward.store.collection import Page, every
from steward.store.work import Entities

LATE: Final = 1
"""Latest days of a bill that are not judged yet: the clouds still add to them."""
BACK: Final = 7
"""Days that are judged at most at once, when the watch has slept or a source is new."""
RECENT: Final = timedelta(days=14)
"""For how long an open anomaly is looked at again: a restated bill may show it no more."""
GONE: Final = 0.5
"""The share of the alarm's threshold below which a restated bill shows nothing."""
BEFORE: Final = timedelta(days=3)
"""How long before the day a change of a resource may have been its cause."""
_PAGE: Final = 200


class Pictures(Protocol):
    """The daily costs of one source in one currency."""

    @property
    def currency(self) -> str:
        """Theirs."""
        ...

    @property
    def first(self) -> date:
        """The first day."""
        ...

    @property
    def last(self) -> date:
        """The last day."""
        ...

    def until(self, day: date) -> dict[tuple[str, ...], Array]:
        """The leaves up to a day, that day included."""
        ...


class Series(Protocol):
    """The series of a tenant's sources."""

    def sources(self) -> tuple[str, ...]:
        """The sources that have costs."""
        ...

    def pictures(self, source: str) -> Iterator[Pictures]:
        """One a currency."""
        ...

    def movers(
        self, source: str, currency: str, names: Mapping[str, str], day: date
    ) -> list[Mover]:
        """What in the rows moved most on a day."""
        ...


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching takes, within one Work."""

    series: Series
    anomalies: Entities[Anomaly]
    watched: Entities[Watched]
    owners: Entities[ResourceOwner]
    publish: Callable[[Event], None]
    actor: str
    now: datetime


def look(*, at: Watch) -> int:
    """Judge the days of all sources that were not judged yet; how many anomalies were found."""
    found = 0
    for source in at.series.sources():
        for picture in at.series.pictures(source):
            found += _judge(source, picture, at=at)
    return found


def say(id_: str, feedback: Feedback, *, at: Watch) -> Anomaly:
    """Keep what somebody says of an anomaly: it changes what is told of from now on.

    Raises:
        NotFound: there is no anomaly of that id.
        BadInput: it says neither expected nor not-useful.
    """
    if feedback.says not in (AnomalyStatus.EXPECTED, AnomalyStatus.NOT_USEFUL):
        raise BadInput(f"says {feedback.says.value!r}: say expected or not-useful")
    found = at.anomalies.require(id_).model_copy(
        update={
            "status": feedback.says,
            "said_by": at.actor,
            "said_at": at.now,
            "reason": feedback.reason or None,
        }
    )
    at.anomalies.put(found)
    return found


def listed(
    *, status: AnomalyStatus | None, after: str | None, limit: int, at: Watch
) -> Page[Anomaly]:
    """Anomalies, the latest first."""
    index, key = ("by_day", "all") if status is None else ("by_status", status.value)
    return at.anomalies.query(index=index, key=key, after=after, limit=limit, descending=True)


def _judge(source: str, picture: Pictures, *, at: Watch) -> int:
    state = at.watched.get(f"{source}/{picture.currency}")
    last = picture.last - timedelta(days=LATE)
    begin = max(
        picture.first + timedelta(days=ENOUGH - 1),
        last - timedelta(days=BACK - 1),
        date.min if state is None else state.day + timedelta(days=1),
    )
    _look_again(source, picture, last, at=at)
    if begin > last:
        return 0
    told = [] if state is None else [Told(described(names), day) for names, day in state.told]
    count = 0
    for step in range((last - begin).days + 1):
        day = begin + timedelta(days=step)
        leaves = picture.until(day)
        weights = {names: float(np.abs(costs[-35:]).sum()) for names, costs in leaves.items()}
        fresh, told = news(watch(picture.first, leaves), told, day, weights=weights)
        said = list(_said(source, picture.currency, at=at)) if fresh else []
        for alarm in fresh:
            if wanted(alarm, said, day=day, weights=weights, alarm_at=ALARM):
                names = named(with_service(alarm.cause.names, leaves))
                _open(source, picture.currency, alarm, day, names, at=at)
                count += 1
    at.watched.put(
        Watched(
            id=f"{source}/{picture.currency}",
            day=last,
            told=tuple((one.names, one.day) for one in told),
        )
    )
    return count


def _open(
    source: str, currency: str, alarm: Alarm, day: date, names: dict[str, str], *, at: Watch
) -> None:
    id_ = anomaly_id(source, currency, names, day)
    if at.anomalies.get(id_) is not None:
        return
    movers = tuple(at.series.movers(source, currency, names, day))
    reading = alarm.reading
    found = Anomaly(
        id=id_,
        source=source,
        currency=currency,
        day=day,
        days=reading.days,
        names=names,
        actual=round(alarm.cause.expected + alarm.cause.excess, 6),
        expected=round(reading.expected, 6),
        low=round(reading.low, 6),
        high=round(reading.high, 6),
        at_stake=round(reading.excess, 6),
        score=round(reading.score, 3),
        movers=movers,
        change=_change(movers, day, at=at),
        opened_at=at.now,
    )
    at.anomalies.put(found)
    at.publish(AnomalyOpened(anomaly=_told(found)))


def _told(found: Anomaly) -> AnomalyFound:
    mover = found.movers[0] if found.movers else None
    return AnomalyFound(
        id=found.id,
        source=found.source,
        currency=found.currency,
        day=found.day,
        names=found.names,
        actual=found.actual,
        expected=found.expected,
        low=found.low,
        high=found.high,
        at_stake=found.at_stake,
        resource=mover.resource if mover else "",
        usage_type=mover.usage_type if mover else "",
        change_id=found.change.change_id if found.change else None,
        changed_by=found.change.by if found.change else None,
    )


def _change(movers: tuple[Mover, ...], day: date, *, at: Watch) -> PrecedingChange | None:
    """The latest change of a resource that moved, from a few days before the day to its end."""
    found: list[PrecedingChange] = []
    for name in dict.fromkeys(one.resource for one in movers if one.resource):
        known = at.owners.get(owner_key(name))
        seen = None if known is None else known.change
        if seen is not None and day - BEFORE <= seen.at.date() <= day:
            found.append(
                PrecedingChange(
                    resource=name, change_id=seen.id, at=seen.at, by=seen.by, paths=seen.paths
                )
            )
    return max(found, key=lambda one: one.at, default=None)


def _said(source: str, currency: str, *, at: Watch) -> Iterator[Anomaly]:
    """What people said of this source's anomalies."""
    for status in (AnomalyStatus.EXPECTED, AnomalyStatus.NOT_USEFUL):
        for one in _of_status(status, at=at):
            if (one.source, one.currency) == (source, currency):
                yield one


def _of_status(status: AnomalyStatus, *, at: Watch) -> Iterator[Anomaly]:
    def page(after: str | None) -> Page[Anomaly]:
        return at.anomalies.query(
            index="by_status", key=status, after=after, limit=_PAGE, descending=True
        )

    return every(page)


def _look_again(source: str, picture: Pictures, last: date, *, at: Watch) -> None:
    """Withdraw the open anomalies that the bill, as it is stated now, shows no more."""
    for one in list(_of_status(AnomalyStatus.OPEN, at=at)):
        if (one.source, one.currency) != (source, picture.currency) or last - one.day > RECENT:
            continue
        if one.day <= last and not _shows(one, picture):
            at.anomalies.put(
                one.model_copy(
                    update={
                        "status": AnomalyStatus.WITHDRAWN,
                        "said_at": at.now,
                        "reason": "the bill was restated, and shows it no more",
                    }
                )
            )


def _shows(anomaly: Anomaly, picture: Pictures) -> bool:
    chosen = [
        costs
        for leaf, costs in picture.until(anomaly.day).items()
        if all(want in (None, have) for want, have in zip(anomaly.description, leaf, strict=True))
    ]
    if not chosen:
        return False
    reading = read(picture.first, np.asarray(np.sum(chosen, axis=0)))
    return reading is None or abs(reading.score) >= GONE * ALARM
