"""Lists may lag behind; nothing that a Work decides may rest on them being fresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.store.records import StaleVersion
from steward.store.work import Entities, Work
from tests.contracts.backends import Backend, Delayed, SqliteBackend
from tests.contracts.parts import PARTS, Part, open_work


@pytest.fixture
def delayed(backend: Backend, tmp_path: Path) -> Iterator[Delayed]:
    """The store under test, its queries served from a copy that is brought up by hand."""
    index = SqliteBackend(tmp_path / "index.db")
    yield Delayed(backend.store, index.store)
    index.database.close()


def parts(work: Work) -> Entities[Part]:
    return work.table("parts").of(PARTS)


def change(store: Delayed, name: str, *entities: Part) -> None:
    work = open_work(store, commit=name)
    for entity in entities:
        parts(work).get(entity.id)
        parts(work).put(entity)
    work.commit()


def test_a_get_is_current_while_the_list_lags(delayed: Delayed) -> None:
    change(delayed, "one", Part(id="p1", rank=1))
    work = open_work(delayed)
    assert parts(work).list().items == ()
    assert parts(work).require("p1").rank == 1
    delayed.catch_up()
    assert parts(open_work(delayed)).list().items == (Part(id="p1", rank=1),)


def test_a_decision_from_a_stale_list_conflicts_instead_of_overwriting(delayed: Delayed) -> None:
    change(delayed, "one", Part(id="p1", colour="red", rank=1))
    delayed.catch_up()
    change(delayed, "two", Part(id="p1", colour="red", rank=2))
    work = open_work(delayed, commit="late")
    (stale,) = parts(work).query(index="by_colour", key="red").items
    assert stale.rank == 1
    parts(work).put(stale.model_copy(update={"note": "decided on rank 1"}))
    with pytest.raises(StaleVersion):
        work.commit()


def test_a_get_after_a_stale_list_decides_on_what_is_current(delayed: Delayed) -> None:
    change(delayed, "one", Part(id="p1", colour="red", rank=1))
    delayed.catch_up()
    change(delayed, "two", Part(id="p1", colour="red", rank=2))
    work = open_work(delayed, commit="late")
    for listed in parts(work).query(index="by_colour", key="red").items:
        current = parts(work).require(listed.id)
        parts(work).put(current.model_copy(update={"rank": current.rank + 1}))
    work.commit()
    assert parts(open_work(delayed)).require("p1").rank == 3


def test_an_item_that_a_stale_list_still_shows_may_be_gone(delayed: Delayed) -> None:
    change(delayed, "one", Part(id="p1", colour="red"))
    delayed.catch_up()
    gone = open_work(delayed, commit="gone")
    parts(gone).delete("p1")
    gone.commit()
    work = open_work(delayed, commit="late")
    (listed,) = parts(work).query(index="by_colour", key="red").items
    assert parts(work).get(listed.id) is None
    parts(work).delete(listed.id)
    assert work.stage() is None


def test_an_added_twin_that_the_list_hides_is_refused(delayed: Delayed) -> None:
    change(delayed, "one", Part(id="p1"))
    work = open_work(delayed, commit="late")
    assert parts(work).list().items == ()
    parts(work).add(Part(id="p1", note="twin"))
    with pytest.raises(StaleVersion):
        work.commit()


@pytest.mark.parametrize("step", [1, 2, 7])
def test_a_walk_over_a_lagging_list_never_repeats_and_never_breaks_order(
    delayed: Delayed, step: int
) -> None:
    for n in range(21):
        change(delayed, f"c{n}", Part(id=f"p{n * 8 % 21:02d}"))
    delayed.catch_up(10)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = parts(open_work(delayed)).list(after=cursor, limit=3)
        seen += [part.id for part in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        delayed.catch_up(step)
    assert seen == sorted(set(seen))
    assert len(seen) >= 10
