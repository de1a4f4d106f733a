"""What every store promises, told in its own records."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import pytest

from steward.store.records import (
    INBOX,
    AlreadyProcessed,
    Check,
    Cursor,
    Delete,
    Found,
    Key,
    Put,
    Query,
    Record,
    Slot,
    StaleVersion,
    Store,
    Transaction,
    Write,
)
from tests.contracts.backends import Backend
from tests.contracts.parts import EPOCH


def key(
    id_: str = "p1", *, tenant: str = "acme", collection: str = "parts", table: str = "parts"
) -> Key:
    return Key(table, tenant, collection, id_)


def put(id_: str = "p1", *, expect: int | None = None, body: str = "{}", **more: object) -> Put:
    version = 1 if expect is None else expect + 1
    return Put(key(id_), expect, version, body, **more)  # type: ignore[arg-type]


@dataclass
class Ledger:
    """Commits with fresh ids."""

    store: Store
    now: int = EPOCH
    count: int = field(default=0)

    def commit(self, *writes: Write, inbox: Key | None = None) -> object:
        self.count += 1
        name = f"t{self.count}"
        tenant = writes[0].key.tenant
        return self.store.commit([Transaction(name, tenant, self.now, writes, inbox)])[0]

    def read(self, id_: str = "p1") -> Record | None:
        return self.store.of("acme").get(key(id_), now=self.now)

    def find(self, query: Query) -> list[Found]:
        return self.store.of(query.tenant).query(query)


@pytest.fixture
def ledger(backend: Backend) -> Ledger:
    return Ledger(backend.store)


def ids(found: list[Found]) -> list[str]:
    return [one.record.key.id for one in found]


def test_an_item_never_written_is_absent(ledger: Ledger) -> None:
    assert ledger.read() is None


def test_a_write_is_read_back_whole(ledger: Ledger) -> None:
    body = '{"text": "ünï \\u0000 😀 \'quoted\' %s #"}'
    assert ledger.commit(put(body=body, expires=EPOCH + 60)) is None
    assert ledger.read() == Record(key(), 1, body, EPOCH + 60)


def test_a_second_add_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    ledger.commit(put(body='"first"'))
    refusal = ledger.commit(put(body='"second"'))
    assert isinstance(refusal, StaleVersion)
    assert "parts/parts/p1" in str(refusal)
    assert "absent" in str(refusal)
    assert ledger.read() == Record(key(), 1, '"first"')


def test_a_put_replaces_the_version_it_read_and_no_other(ledger: Ledger) -> None:
    ledger.commit(put(body='"one"'))
    assert ledger.commit(put(expect=1, body='"two"')) is None
    assert isinstance(ledger.commit(put(expect=1, body='"late"')), StaleVersion)
    assert isinstance(ledger.commit(put(expect=3, body='"early"')), StaleVersion)
    assert ledger.read() == Record(key(), 2, '"two"')


def test_a_put_of_an_absent_item_at_a_version_is_refused(ledger: Ledger) -> None:
    assert isinstance(ledger.commit(put(expect=1)), StaleVersion)
    assert ledger.read() is None


def test_a_delete_removes_the_version_it_read_and_no_other(ledger: Ledger) -> None:
    ledger.commit(put())
    assert isinstance(ledger.commit(Delete(key(), 2)), StaleVersion)
    assert ledger.read() is not None
    assert ledger.commit(Delete(key(), 1)) is None
    assert ledger.read() is None
    assert isinstance(ledger.commit(Delete(key(), 1)), StaleVersion)


def test_what_was_deleted_may_be_added_again(ledger: Ledger) -> None:
    ledger.commit(put())
    ledger.commit(Delete(key(), 1))
    assert ledger.commit(put(body='"again"')) is None
    assert ledger.read() == Record(key(), 1, '"again"')


@pytest.mark.parametrize(("expect", "passes"), [(1, True), (2, False), (None, False)])
def test_a_check_lets_the_commit_pass_only_at_its_version(
    ledger: Ledger, expect: int | None, *, passes: bool
) -> None:
    ledger.commit(put("pinned"))
    refusal = ledger.commit(Check(key("pinned"), expect), put("p2"))
    assert (refusal is None) is passes
    assert (ledger.read("p2") is not None) is passes
    assert ledger.read("pinned") == Record(key("pinned"), 1, "{}")


def test_a_check_for_absence_passes_when_there_is_nothing(ledger: Ledger) -> None:
    assert ledger.commit(Check(key("nothing"), None), put("p2")) is None


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_refused_commit_leaves_none_of_its_writes(ledger: Ledger, place: int) -> None:
    ledger.commit(put("kept", body='"old"'), put("doomed"))
    writes: list[Write] = [put("kept", expect=1, body='"new"'), Delete(key("doomed"), 1)]
    writes.insert(place, put("stale", expect=7))
    assert isinstance(ledger.commit(*writes), StaleVersion)
    assert ledger.read("kept") == Record(key("kept"), 1, '"old"')
    assert ledger.read("doomed") is not None


def test_each_transaction_of_a_batch_stands_alone(ledger: Ledger) -> None:
    batch = [
        Transaction("a", "acme", EPOCH, (put("p1"),)),
        Transaction("b", "acme", EPOCH, (put("p1"), put("p2"))),
        Transaction("c", "acme", EPOCH, (put("p1", expect=1), put("p3"))),
    ]
    first, second, third = ledger.store.commit(batch)
    assert first is None
    assert isinstance(second, StaleVersion)
    assert third is None
    assert [ledger.read(id_) is not None for id_ in ("p1", "p2", "p3")] == [True, False, True]


def test_one_commit_may_span_tables(ledger: Ledger) -> None:
    other = Put(key("p1", table="stock"), None, 1, '"stock"')
    assert ledger.commit(put(body='"parts"'), other) is None
    stock = ledger.store.of("acme").get(other.key, now=EPOCH)
    assert (ledger.read(), stock) == (Record(key(), 1, '"parts"'), Record(other.key, 1, '"stock"'))


def test_a_message_seen_before_is_told_from_a_conflict(ledger: Ledger) -> None:
    inbox = key("m1", collection=INBOX)
    mark = Put(inbox, None, 1, "{}", (), EPOCH + 100)
    assert ledger.commit(put(), mark, inbox=inbox) is None
    # Its other writes are stale as well: the inbox speaks first, wherever it stands.
    again = ledger.commit(put(), mark, inbox=inbox)
    assert isinstance(again, AlreadyProcessed)
    assert isinstance(
        ledger.commit(put(), Put(*mark._replace(key=key("m2", collection=INBOX)))), StaleVersion
    )


def test_an_expired_item_is_absent_to_every_reader_and_writer(ledger: Ledger) -> None:
    slots = (Slot("", "", 4), Slot("red", "1"))
    ledger.commit(
        put("old", slots=slots, expires=EPOCH + 10), put("young", slots=slots, expires=EPOCH + 11)
    )
    ledger.now = EPOCH + 10
    listed = Query("parts", "acme", "parts", ledger.now, shards=4)
    assert ledger.read("old") is None
    assert ledger.read("young") is not None
    assert ids(ledger.find(listed)) == ["young"]
    assert ids(ledger.find(listed._replace(slot=1, partition="red", shards=1))) == ["young"]
    assert isinstance(ledger.commit(put("old", expect=1)), StaleVersion)
    assert isinstance(ledger.commit(Delete(key("old"), 1)), StaleVersion)
    assert isinstance(ledger.commit(Check(key("old"), 1), put("x")), StaleVersion)
    assert ledger.commit(Check(key("old"), None), put("y")) is None
    assert ledger.commit(put("old", body='"reborn"')) is None
    assert ledger.read("old") == Record(key("old"), 1, '"reborn"')


def test_a_reborn_item_has_left_the_indexes_of_its_former_life(ledger: Ledger) -> None:
    ledger.commit(put(slots=(None, Slot("red", "1")), expires=EPOCH + 10))
    ledger.now = EPOCH + 20
    ledger.commit(put(slots=(None, Slot("blue", "1"))))
    by = Query("parts", "acme", "parts", ledger.now, slot=1)
    assert ids(ledger.find(by._replace(partition="red"))) == []
    assert ids(ledger.find(by._replace(partition="blue"))) == ["p1"]


def test_an_item_moves_with_its_index_key_and_leaves_without_one(ledger: Ledger) -> None:
    by = Query("parts", "acme", "parts", EPOCH, slot=2, shards=2)

    def seen() -> list[list[str]]:
        return [ids(ledger.find(by._replace(partition=p))) for p in ("red", "blue")]

    ledger.commit(put(slots=(None, None, Slot("red", "1", 2))))
    assert seen() == [["p1"], []]
    ledger.commit(put(expect=1, slots=(None, None, Slot("blue", "1", 2))))
    assert seen() == [[], ["p1"]]
    ledger.commit(put(expect=2, slots=()))
    assert seen() == [[], []]
    ledger.commit(put(expect=3, slots=(None, None, Slot("red", "1", 2))))
    ledger.commit(Delete(key(), 4))
    assert seen() == [[], []]


# Their order differs by UTF-8 bytes, by UTF-16 units, by case folding and by locale.
WORDS = ["", "0", "A", "B", "Z", "a", "a b", "ab", "b", "z", "é", "ß", "\uff5e", "😀", "a#1", "#"]


def test_lists_are_in_the_order_of_utf8_bytes(ledger: Ledger) -> None:
    names = [word for word in WORDS if word]
    ledger.commit(*(put(name, slots=(Slot("", "", 4), Slot("all", name, 1))) for name in names))
    wanted = sorted(names, key=str.encode)
    listed = Query("parts", "acme", "parts", EPOCH, shards=4)
    assert ids(ledger.find(listed)) == wanted
    assert ids(ledger.find(listed._replace(slot=1, partition="all", shards=1))) == wanted
    assert ids(ledger.find(listed._replace(descending=True))) == wanted[::-1]


@pytest.mark.parametrize("shards", [1, 3])
def test_every_page_is_the_slice_that_a_sorted_list_gives(ledger: Ledger, shards: int) -> None:
    rng = random.Random(shards)
    items = {f"{rng.choice(WORDS[1:])}{n}": rng.choice(WORDS) for n in range(40)}
    ledger.commit(*(put(i, slots=(None, Slot("k", sort, shards))) for i, sort in items.items()))
    order = sorted(
        ((sort, id_) for id_, sort in items.items()), key=lambda p: [s.encode() for s in p]
    )
    bounds = [None, "a", "B", "\uff5e"]
    for _ in range(60):
        low, high = rng.choice(bounds), rng.choice(bounds)
        after = rng.choice([None, *order, ("a", "zzz")])
        descending, limit = rng.random() < 0.5, rng.choice([1, 3, 50])
        query = Query(
            "parts", "acme", "parts", EPOCH, 1, "k", shards, low, high,
            Cursor(*after) if after else None, limit, descending,
        )  # fmt: skip
        wanted = [
            (sort, id_)
            for sort, id_ in (order[::-1] if descending else order)
            if (low is None or sort.encode() >= low.encode())
            and (high is None or sort.encode() <= high.encode())
            and (after is None or _past((sort, id_), after, descending=descending))
        ]
        found = ledger.find(query)
        assert [tuple(one.cursor) for one in found] == wanted[:limit]
        assert ids(found) == [id_ for _, id_ in wanted[:limit]]


def _past(place: tuple[str, str], after: tuple[str, str], *, descending: bool) -> bool:
    here, edge = [s.encode() for s in place], [s.encode() for s in after]
    return here < edge if descending else here > edge


@pytest.mark.parametrize("descending", [False, True])
def test_a_walk_by_cursor_sees_once_what_stays_while_others_come_and_go(
    ledger: Ledger, *, descending: bool
) -> None:
    slots = (Slot("", "", 4),)
    ledger.commit(*(put(f"stays-{n:02d}", slots=slots) for n in range(20)))
    ledger.commit(*(put(f"stays-{n:02d}-goes", slots=slots) for n in range(20)))
    rng = random.Random(4)
    going = [f"stays-{n:02d}-goes" for n in range(20)]
    walk = Query("parts", "acme", "parts", EPOCH, shards=4, limit=3, descending=descending)
    seen: list[str] = []
    step = 0
    while found := ledger.find(walk):
        seen += ids(found)
        walk = walk._replace(after=found[-1].cursor)
        gone = going.pop(rng.randrange(len(going)))
        ledger.commit(
            Delete(key(gone), 1), put(f"stays-{rng.randrange(20):02d}-came-{step}", slots=slots)
        )
        step += 1
    assert [id_ for id_ in seen if id_.count("-") == 1] == sorted(
        (f"stays-{n:02d}" for n in range(20)), reverse=descending
    )
    assert len(set(seen)) == len(seen)


def test_a_page_is_full_though_most_of_what_it_passes_has_expired(ledger: Ledger) -> None:
    for start in range(0, 120, 60):
        ledger.commit(
            *(
                put(f"p{n:03d}", slots=(Slot("", "", 2),), expires=EPOCH + (5 if n % 6 else 500))
                for n in range(start, start + 60)
            )
        )
    query = Query("parts", "acme", "parts", EPOCH + 50, shards=2, limit=15)
    assert ids(ledger.find(query)) == [f"p{n:03d}" for n in range(0, 90, 6)]


def test_names_that_look_alike_never_mix(ledger: Ledger) -> None:
    places = [
        (tenant, collection, partition)
        for tenant in ("a", "a-b", "a_b")
        for collection in ("c", "cc")
        for partition in ("x", "x#0", "x#", "#x", "1#x")
    ]
    for tenant, collection, partition in places:
        home = Key("parts", tenant, collection, partition)
        ledger.commit(Put(home, None, 1, "{}", (Slot("", "", 2), Slot(partition, "", 2))))
    for tenant, collection, partition in places:
        query = Query("parts", tenant, collection, EPOCH, slot=1, partition=partition, shards=2)
        keys = [one.record.key for one in ledger.find(query)]
        assert keys == [Key("parts", tenant, collection, partition)]
        listing = Query("parts", tenant, collection, EPOCH, shards=2)
        assert len(ledger.find(listing)) == 5


def test_an_id_may_hold_what_separates_the_parts_of_a_key(ledger: Ledger) -> None:
    ledger.commit(put("a#b"), put("a"), put("#"))
    assert [ledger.read(id_) is not None for id_ in ("a#b", "a", "#", "b", "a#")] == [True] * 3 + [
        False
    ] * 2


def test_eight_writers_on_twenty_rows_lose_no_update(backend: Backend) -> None:
    store = backend.store
    rows = [f"row-{n:02d}" for n in range(20)]
    Ledger(store).commit(*(put(row, body="0") for row in rows))
    conflicts: list[int] = []
    failures: list[BaseException] = []
    barrier = threading.Barrier(8)

    def write(writer: int) -> None:
        rng = random.Random(writer)
        try:
            for turn in range(12):
                barrier.wait(timeout=60)  # all read before any writes: contention is forced
                conflicts.append(_increment(store, rng.sample(rows, 3), f"{writer}-{turn}"))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    records = [store.of("acme").get(key(row), now=EPOCH) for row in rows]
    total = sum(int(record.body) for record in records if record is not None)
    assert total == 8 * 12 * 3
    assert sum(conflicts) > 0


def _increment(store: Store, rows: list[str], name: str) -> int:
    """Add one to each row in one commit, reading again after a conflict; how many conflicts."""
    for attempt in range(200):
        records = [store.of("acme").get(key(row), now=EPOCH) for row in rows]
        writes = tuple(
            put(record.key.id, expect=record.version, body=str(int(record.body) + 1))
            for record in records
            if record is not None
        )
        if store.commit([Transaction(f"{name}-{attempt}", "acme", EPOCH, writes)])[0] is None:
            return attempt
    raise AssertionError(f"{name}: 200 conflicts in a row")
