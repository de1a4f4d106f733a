"""A queue in lines keeps each tenant's order, whatever is returned, lost or acknowledged late."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from steward.local.lines import Lines
from steward.local.queues import Arrival, Limits

TENANTS = ("acme", "rival", "third")


def lines(batch: int = 3) -> Lines:
    return Lines(Limits(timedelta(seconds=10), batch, 5, 10))


def arrive(queue: Lines, *messages: tuple[int, str], now: int = 0) -> None:
    for id_, tenant in messages:
        queue.arrive(Arrival("q", id_, tenant, now), now=now)


def test_a_batch_is_one_tenants_and_holds_up_that_tenant_alone() -> None:
    queue = lines()
    arrive(queue, (1, "acme"), (2, "rival"), (3, "acme"), (4, "acme"), (5, "acme"))
    assert [id_ for id_, _ in queue.take(now=0)] == [1, 3, 4]
    assert [id_ for id_, _ in queue.take(now=0)] == [2]
    assert queue.take(now=0) == []
    queue.forget([1, 3, 4])
    assert [id_ for id_, _ in queue.take(now=0)] == [5]


def test_a_returned_message_holds_its_line_until_it_is_visible_and_then_goes_first() -> None:
    queue = lines()
    arrive(queue, *((n, "acme") for n in range(1, 6)))
    queue.take(now=0)
    queue.put_back(1, visible=1000, now=0)
    queue.forget([2, 3])
    assert (queue.take(now=999), queue.next_change()) == ([], 1000)
    assert len(queue.delayed) == 3
    assert queue.take(now=1000) == [(1, 2), (4, 1), (5, 1)]


def test_what_is_lost_in_flight_comes_again_in_its_place() -> None:
    queue = lines()
    arrive(queue, *((n, "acme") for n in range(1, 5)))
    queue.take(now=0)
    assert queue.reclaim(now=9999) == 0
    assert queue.reclaim(now=10_000) == 3
    assert queue.take(now=10_000) == [(1, 2), (2, 2), (3, 2)]


def test_a_message_suspected_of_dooming_its_batch_goes_alone() -> None:
    queue = lines()
    arrive(queue, *((n, "acme") for n in range(1, 5)))
    queue.alone |= {1, 2}
    assert queue.take(now=0) == [(1, 1)]
    queue.forget([1])
    assert queue.take(now=0) == [(2, 1)]
    queue.forget([2])
    assert queue.take(now=0) == [(3, 1), (4, 1)]


def test_an_acknowledgement_that_comes_late_still_counts() -> None:
    queue = lines()
    arrive(queue, (1, "acme"), (2, "acme"))
    queue.take(now=0)
    queue.reclaim(now=10_000)
    queue.forget([1, 2])
    assert (queue.waiting, queue.depth, queue.take(now=10_000)) == (False, 0, [])


@given(st.data())
def test_every_tenants_messages_are_done_in_the_order_in_which_they_came(
    data: st.DataObject,
) -> None:
    queue, now = lines(), 0
    arrivals = data.draw(st.lists(st.sampled_from(TENANTS), max_size=30))
    coming = list(enumerate(arrivals, start=1))
    flying: list[list[tuple[int, str]]] = []
    tenant_of = dict(coming)
    done: list[int] = []
    while coming or flying or queue.depth:
        now += data.draw(st.integers(0, 3000))
        queue.wake(now=now)
        if coming:
            arrive(queue, coming.pop(0), now=now)
        taken = [id_ for id_, _ in queue.take(now=now)]
        if taken:
            flying.append([(id_, tenant_of[id_]) for id_ in taken])
        over: bool = data.draw(st.booleans())
        if flying and over:
            batch = [id_ for id_, _ in flying.pop(0)]
            good = data.draw(st.integers(0, len(batch)))
            queue.forget(batch[:good])
            done += batch[:good]
            for id_ in batch[good:]:
                queue.put_back(id_, visible=now + 500, now=now)
        elif not coming:
            now += 500
    for tenant in TENANTS:
        mine = [id_ for id_ in done if tenant_of[id_] == tenant]
        assert mine == sorted(mine)
    assert sorted(done) == sorted(tenant_of)
