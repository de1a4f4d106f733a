"""From an event to deliveries: one per endpoint that a route leads to."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Protocol

from functions.notify.model.delivery import Delivery, DeliveryStatus, delivery_id
from functions.notify.model.endpoint import Endpoint, EndpointStatus
from functions.notify.model.notice import Notice, Severity, is_news, learn
from functions.notify.model.quiet import News, pace, pulse_id
from functions.notify.model.route import Route, chosen
from functions.notify.ports import Books, Post
from functions.notify.service.dispatch import dispatch, timer_key
from steward.contracts.policy import FindingView


class Told(Protocol):
    """What the events about findings have in common, as far as it is told."""

    type: ClassVar[str]

    @property
    def finding(self) -> FindingView:
        """The whole finding after the change."""
        ...

    @property
    def reason(self) -> str:
        """Why it changed."""
        ...


def notice_of(event: Told, *, event_id: str) -> Notice:
    """The event as something to tell."""
    finding = event.finding
    return Notice(
        event_id=event_id,
        event_type=event.type,
        finding_id=finding.id,
        version=finding.version,
        severity=Severity(finding.severity),
        status=finding.status,
        title=finding.rule_title,
        message=finding.message,
        remediation=finding.remediation,
        rule_id=finding.rule_id,
        resource_id=finding.resource_id,
        resource_type=finding.resource_type,
        resource_name=finding.resource_name,
        provider=finding.provider,
        account=finding.account,
        region=finding.region,
        tags=finding.tags,
        reason=event.reason,
        opened_at=finding.opened_at,
        updated_at=finding.updated_at,
    )


def announce(notice: Notice, *, books: Books, post: Post, now: datetime) -> tuple[Delivery, ...]:
    """Start a delivery to every endpoint that is to hear of the notice; none twice."""
    known = books.known.get(notice.finding_id)
    started: tuple[Delivery, ...] = ()
    if is_news(notice, known):
        late = known is not None and known.version > notice.version
        told = notice.model_copy(update={"late": late})
        started = tell(told, books=books, post=post, now=now)
    learnt = learn(notice, known)
    if learnt != known:
        books.known.put(learnt)
    return started


def tell(notice: Notice, *, books: Books, post: Post, now: datetime) -> tuple[Delivery, ...]:
    """Start a delivery to every endpoint that a route leads to, where none has begun."""
    started = []
    for endpoint_id, route in chosen(notice, books.all_routes()).items():
        endpoint = books.endpoints.get(endpoint_id)
        if endpoint is not None and not _begun(notice, endpoint_id, books):
            started.append(_start(notice, endpoint, route, books=books, post=post, now=now))
    return tuple(started)


def _begun(notice: Notice, endpoint_id: str, books: Books) -> bool:
    return books.deliveries.get(delivery_id(notice.event_id, endpoint_id)) is not None


def _start(
    notice: Notice, endpoint: Endpoint, route: Route, *, books: Books, post: Post, now: datetime
) -> Delivery:
    delivery = Delivery(
        id=delivery_id(notice.event_id, endpoint.id),
        endpoint_id=endpoint.id,
        route_id=route.id,
        notice=notice,
        next_at=now,
        created_at=now,
        updated_at=now,
    )
    if endpoint.status is EndpointStatus.DISABLED:
        delivery = delivery.given_up(f"endpoint disabled: {endpoint.disabled_reason}", now=now)
    elif route.filter.quiet:
        delivery = _paced(delivery, route, books=books, post=post, now=now)
    if delivery.status is DeliveryStatus.PENDING:
        dispatch(delivery, post=post, now=now)
    books.deliveries.add(delivery)
    return delivery


def _paced(
    delivery: Delivery, route: Route, *, books: Books, post: Post, now: datetime
) -> Delivery:
    notice = delivery.notice
    news = News(
        delivery.id, delivery.endpoint_id, notice.finding_id, notice.headline, notice.version
    )
    before = books.pulses.get(pulse_id(news.endpoint_id, news.finding_id))
    pacing = pace(news, before, window=route.filter.quiet, now=now)
    books.pulses.put(pacing.pulse)
    if pacing.superseded:
        _withhold(pacing.superseded, books=books, post=post, now=now)
    if pacing.send_at is None:
        return delivery.suppressed(
            "quiet time: the endpoint knows this state or a later one", now=now
        )
    return delivery.model_copy(update={"next_at": pacing.send_at})


def _withhold(id_: str, *, books: Books, post: Post, now: datetime) -> None:
    held = books.deliveries.get(id_)
    if held is not None and held.awaits(1):
        books.deliveries.put(held.suppressed("quiet time: a later state took its place", now=now))
        post.cancel(timer_key(id_))
