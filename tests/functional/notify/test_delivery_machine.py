"""Any order of events, timers, answers, crashes and hands: each delivery ends well or waits for its time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from functions.notify.model.delivery import (
    Delivery,
    DeliveryStatus,
    Outcome,
    Verdict,
    delivery_id,
)
from functions.notify.model.endpoint import Endpoint, EndpointStatus, Mailbox
from functions.notify.model.notice import Notice
from functions.notify.model.route import Filter, Route
from functions.notify.ports import DELIVERIES, ENDPOINTS, KNOWN, PULSES, ROUTES, Books
from functions.notify.service.announce import announce
from functions.notify.service.deliveries import replay
from functions.notify.service.endpoints import enable
from functions.notify.service.send import send
from steward.contracts.event import Event
from steward.contracts.notify import DeliveryDue
from steward.manifest import load_function
from tests.edge_world import EdgeWorld, edge_world
from tests.unit.notify.test_notify_model import notice

ENDPOINT_IDS = ("alpha", "beta")
TENANTS = itertools.count()
VERDICTS = st.sampled_from([*Verdict, Verdict.FAILED, Verdict.FAILED])


class Mail:
    """What was published and which timers stand, once committed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.timers: dict[str, tuple[datetime, Event]] = {}

    def copy(self) -> Mail:
        other = Mail()
        other.events, other.timers = list(self.events), dict(self.timers)
        return other

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def at(self, when: datetime, event: Event, *, key: str) -> None:
        self.timers[key] = (when, event)

    def cancel(self, key: str) -> None:
        self.timers.pop(key, None)

    def due(self) -> list[DeliveryDue]:
        everything = [*self.events, *(event for _, event in self.timers.values())]
        return [event for event in everything if isinstance(event, DeliveryDue)]


class Stranger:
    """A far side that answers as told, and remembers what it got."""

    def __init__(self) -> None:
        self.verdict = Verdict.ACCEPTED
        self.got: list[tuple[str, str, Verdict]] = []

    def carry(self, delivery: Delivery, endpoint: Endpoint, *, now: datetime) -> Outcome:
        self.got.append((delivery.id, delivery.webhook_id, self.verdict))
        return Outcome(self.verdict, timedelta(0), error=self.verdict.value)


class Deliveries(RuleBasedStateMachine):
    """Two endpoints, the second behind a quiet route, over the real store."""

    world: EdgeWorld

    def __init__(self) -> None:
        super().__init__()
        self.tenant = f"t{next(TENANTS)}"
        self.mail = Mail()
        self.stranger = Stranger()
        self.told: set[str] = set()
        self.lost = 0
        self.versions: dict[str, int] = {}

    @contextmanager
    def books(self, *, commit: bool = True) -> Iterator[tuple[Books, Mail, datetime]]:
        work = self.world.work(tenant=self.tenant, function=load_function("notify.send-delivery"))
        table = work.table("notify")
        kept = Books(
            table.of(ENDPOINTS),
            table.of(ROUTES),
            table.of(DELIVERIES),
            table.of(PULSES),
            table.of(KNOWN),
        )
        mail = self.mail.copy()
        yield kept, mail, work.now
        if commit:
            work.commit()
            self.mail = mail

    @initialize()
    def furnish(self) -> None:
        with self.books() as (books, _, now):
            for id_ in ENDPOINT_IDS:
                box = Mailbox(sender="a@b.de", to=("c@d.de",))
                books.endpoints.add(
                    Endpoint(id=id_, name=id_, destination=box, created_at=now, updated_at=now)
                )
                quiet = timedelta(minutes=10 if id_ == "beta" else 0)
                books.routes.add(
                    Route(
                        id=id_,
                        name=id_,
                        endpoint_id=id_,
                        filter=Filter(quiet=quiet),
                        created_at=now,
                    )
                )

    @rule(finding=st.sampled_from(["f1", "f2"]), open_=st.booleans(), again=st.booleans())
    def hear(self, finding: str, *, open_: bool, again: bool) -> None:
        version = self.versions.get(finding, 0) + (0 if again else 1)
        self.versions[finding] = version = max(version, 1)
        event: Notice = notice(
            event_id=f"{finding}-{version}",
            finding_id=finding,
            version=version,
            status="open" if open_ else "resolved",
        )
        self.told.add(event.event_id)
        with self.books() as (books, mail, now):
            announce(event, books=books, post=mail, now=now)

    @rule(verdict=VERDICTS)
    def answer(self, verdict: Verdict) -> None:
        self.stranger.verdict = verdict

    @precondition(lambda self: any(isinstance(e, DeliveryDue) for e in self.mail.events))
    @rule(data=st.data(), crash=st.booleans(), twice=st.booleans())
    def attempt(self, data: st.DataObject, *, crash: bool, twice: bool) -> None:
        """A queue gives any message, may give it again, and the function may die before its commit."""
        waiting = [event for event in self.mail.events if isinstance(event, DeliveryDue)]
        due = data.draw(st.sampled_from(waiting))
        before = len(self.stranger.got)
        with self.books(commit=not crash) as (books, mail, now):
            if not twice:
                mail.events.remove(due)
            send(due, books=books, carrier=self.stranger, post=mail, now=now)
        if crash:
            self.lost += len(self.stranger.got) - before

    @rule(by=st.timedeltas(timedelta(0), timedelta(days=1)))
    def wait(self, by: timedelta) -> None:
        self.world.clock.forward(by)
        ripe = [key for key, (at, _) in self.mail.timers.items() if at <= self.world.clock()]
        self.mail.events += [self.mail.timers.pop(key)[1] for key in ripe]

    @rule(id_=st.sampled_from(ENDPOINT_IDS))
    def mend(self, id_: str) -> None:
        with self.books() as (books, _, now):
            enable(books.endpoints.require(id_), books=books, now=now)

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        ended = [each for each in self.all() if each.status is not DeliveryStatus.PENDING]
        if ended:
            chosen = data.draw(st.sampled_from(ended))
            with self.books() as (books, mail, now):
                replay(books.deliveries.require(chosen.id), books=books, post=mail, now=now)

    def all(self) -> list[Delivery]:
        with self.books(commit=False) as (books, _, _now):
            return list(books.deliveries.list(limit=500).items)

    @invariant()
    def a_pending_delivery_has_its_next_attempt_on_the_way(self) -> None:
        due = {(each.delivery_id, each.attempt) for each in self.mail.due()}
        for each in self.all():
            if each.status is DeliveryStatus.PENDING:
                assert (each.id, each.tried + 1) in due

    @invariant()
    def there_is_one_delivery_per_event_and_endpoint(self) -> None:
        found = [each.id for each in self.all()]
        assert sorted(found) == sorted(
            {delivery_id(event, endpoint) for event in self.told for endpoint in ENDPOINT_IDS}
        )

    @invariant()
    def the_log_holds_every_attempt_but_those_a_crash_took(self) -> None:
        assert sum(each.tried for each in self.all()) + self.lost == len(self.stranger.got)

    @invariant()
    def an_endpoint_hears_of_one_delivery_under_one_id(self) -> None:
        ids = {(delivery, webhook) for delivery, webhook, _ in self.stranger.got}
        assert len(ids) == len({delivery for delivery, _ in ids})

    @invariant()
    def what_counts_as_delivered_was_accepted(self) -> None:
        accepted = {id_ for id_, _, verdict in self.stranger.got if verdict is Verdict.ACCEPTED}
        for each in self.all():
            if each.status is DeliveryStatus.DELIVERED:
                assert each.id in accepted

    @invariant()
    def a_disabled_endpoint_said_that_it_is_gone(self) -> None:
        with self.books(commit=False) as (books, _, _now):
            for endpoint in books.endpoints.list().items:
                if endpoint.status is EndpointStatus.DISABLED:
                    assert "gone" in endpoint.disabled_reason


def _machine() -> type[Deliveries]:
    # One store for all runs, a tenant of its own for each: making a database takes longer than a run.
    class OverOneStore(Deliveries):
        world = edge_world(Path(mkdtemp()), load_function("notify.send-delivery"))

    return OverOneStore


def test_deliveries_keep_their_laws_in_any_order() -> None:
    machine = _machine()
    limits = settings(
        max_examples=25,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(machine, settings=limits)
