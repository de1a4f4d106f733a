"""Every store lists what commits have left, of all tenants, for the time that is asked for."""

from __future__ import annotations

from datetime import timedelta

from steward.store.records import OUTBOX, Outboxes
from tests.contracts.backends import Backend
from tests.contracts.parts import EPOCH, NOW, PARTS, Part, keeper, open_work

HOUR = timedelta(hours=1)


def test_the_outboxes_of_a_time_are_found_whoever_wrote_them_and_wherever(backend: Backend) -> None:
    wanted = set()
    for number, ago in enumerate((0, 1, 30, 59, 61, 200)):
        for table in ("parts", "stock"):
            for tenant in ("acme", "outbox", "rival"):
                commit, at = f"{table}-{number}", NOW - timedelta(minutes=ago)
                work = open_work(
                    backend.store, tenant=tenant, commit=commit, now=at, function=keeper(table)
                )
                work.table(table).of(PARTS).put(Part(id=commit))
                work.commit()
                if 1 <= ago <= 61:
                    wanted.add((table, tenant, commit))
    found = list(
        _outboxes(backend).committed(since=NOW - HOUR * 1.1, until=NOW - HOUR / 60, now=EPOCH)
    )
    assert {(item.key.table, item.key.tenant, item.key.id) for item in found} == wanted
    assert len(found) == len(wanted)
    assert all(item.key.collection == OUTBOX and '"audit"' in item.body for item in found)


def test_an_expired_outbox_is_not_found(backend: Backend) -> None:
    work = open_work(backend.store)
    work.table("parts").of(PARTS).put(Part(id="p1"))
    work.commit()
    later = EPOCH + 36 * 24 * 3600
    assert list(_outboxes(backend).committed(since=NOW - HOUR, until=NOW + HOUR, now=later)) == []


def _outboxes(backend: Backend) -> Outboxes:
    store = backend.store
    assert hasattr(store, "committed")
    return store  # type: ignore[return-value]  # each of the three is both
