"""What a unit of work promises over every store."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from steward.errors import AlreadyExists, BadInput, NotFound, NotGranted, TooLarge
from steward.store import limits
from steward.store.collection import Page
from steward.store.limits import BadKey, KeyTwice
from steward.store.records import (
    INBOX,
    OUTBOX,
    AlreadyProcessed,
    Found,
    Key,
    Put,
    Query,
    Record,
    Refusal,
    Slot,
    StaleVersion,
    Store,
    Transaction,
)
from steward.store.work import Entities, MemoryClaims, Work, open_outbox
from tests.contracts.backends import Backend, Live
from tests.contracts.parts import NOW, PARTS, QUIET, Part, PartMade, open_work


def parts(work: Work) -> Entities[Part]:
    return work.table("parts").of(PARTS)


def keep(store: Store, *entities: Part, commit: str = "first", tenant: str = "acme") -> None:
    work = open_work(store, commit=commit, tenant=tenant)
    for entity in entities:
        parts(work).put(entity)
    work.commit()


def outboxes(backend: Backend) -> list[Live]:
    return [item for item in backend.items() if item.collection == OUTBOX]


def test_a_staged_write_is_read_within_its_work_and_nowhere_else(backend: Backend) -> None:
    work = open_work(backend.store)
    parts(work).add(Part(id="p1", rank=1))
    assert parts(work).get("p1") == Part(id="p1", rank=1)
    parts(work).put(Part(id="p1", rank=2))
    assert parts(work).require("p1").rank == 2
    assert parts(open_work(backend.store)).get("p1") is None
    parts(work).delete("p1")
    assert parts(work).get("p1") is None
    with pytest.raises(NotFound, match="p1"):
        parts(work).require("p1")


def test_a_committed_entity_comes_back_equal_with_its_version(backend: Backend) -> None:
    part = Part(id="p/1", colour="red", note="ünï 😀", until=NOW + timedelta(days=1))
    keep(backend.store, part)
    work = open_work(backend.store)
    assert parts(work).get("p/1") == part
    assert parts(work).version("p/1") == 1
    assert parts(work).version("other") == 0


def test_every_commit_of_an_entity_raises_its_version_by_one(backend: Backend) -> None:
    for rank in range(1, 5):
        work = open_work(backend.store, commit=f"c{rank}")
        parts(work).get("p1")
        parts(work).put(Part(id="p1", rank=rank))
        work.commit()
        assert parts(open_work(backend.store)).version("p1") == rank


def test_of_two_works_that_read_the_same_version_the_second_conflicts(backend: Backend) -> None:
    keep(backend.store, Part(id="p1"), Part(id="p2"))
    first, second = (open_work(backend.store, commit=c) for c in ("a", "b"))
    for work, rank in ((first, 1), (second, 2)):
        part = parts(work).require("p1")
        parts(work).put(part.model_copy(update={"rank": rank}))
    parts(second).add(Part(id="p3"))
    first.commit()
    with pytest.raises(StaleVersion, match="parts/parts/p1"):
        second.commit()
    after = parts(open_work(backend.store))
    assert after.require("p1").rank == 1
    assert after.get("p3") is None


def test_a_put_without_a_read_must_find_nothing(backend: Backend) -> None:
    keep(backend.store, Part(id="p1"))
    work = open_work(backend.store, commit="b")
    parts(work).put(Part(id="p1", rank=9))
    with pytest.raises(StaleVersion):
        work.commit()


def test_adding_what_was_read_is_refused_at_once(backend: Backend) -> None:
    keep(backend.store, Part(id="p1"))
    work = open_work(backend.store, commit="b")
    parts(work).get("p1")
    with pytest.raises(AlreadyExists, match="p1"):
        parts(work).add(Part(id="p1"))


def test_a_query_gives_a_put_its_version_even_when_the_item_changed_since(backend: Backend) -> None:
    keep(backend.store, Part(id="p1", colour="red"))
    late = open_work(backend.store, commit="late")
    shown = parts(late).query(index="by_colour", key="red").items[0]
    keep_going = open_work(backend.store, commit="between")
    parts(keep_going).put(parts(keep_going).require("p1").model_copy(update={"rank": 5}))
    keep_going.commit()
    parts(late).put(shown.model_copy(update={"note": "late"}))
    with pytest.raises(StaleVersion):
        late.commit()


def test_a_pinned_entity_must_still_be_as_read(backend: Backend) -> None:
    keep(backend.store, Part(id="rule"))
    decided = open_work(backend.store, commit="decided")
    parts(decided).pin("rule")
    parts(decided).add(Part(id="outcome"))
    changed = open_work(backend.store, commit="changed")
    parts(changed).put(parts(changed).require("rule").model_copy(update={"rank": 1}))
    changed.commit()
    with pytest.raises(StaleVersion, match="rule"):
        decided.commit()


def test_a_duplicate_message_changes_nothing(backend: Backend) -> None:
    for turn in range(3):
        work = open_work(backend.store, cause="m1")
        part = parts(work).get("p1") or Part(id="p1")
        parts(work).put(part.model_copy(update={"rank": part.rank + 1}))
        work.publish(PartMade(part_id="p1"))
        if turn == 0:
            work.commit()
            before = backend.items()
        else:
            with pytest.raises(AlreadyProcessed):
                work.commit()
    assert parts(open_work(backend.store)).require("p1").rank == 1
    assert backend.items() == before
    assert [item.collection for item in before].count(INBOX) == 1


def test_a_message_that_leaves_no_trace_but_its_mark_is_still_marked(backend: Backend) -> None:
    open_work(backend.store, cause="m1").commit()
    with pytest.raises(AlreadyProcessed):
        open_work(backend.store, cause="m1").commit()
    open_work(backend.store, cause="m2").commit()


def test_the_mark_outlives_the_archive_and_then_goes(backend: Backend) -> None:
    open_work(backend.store, cause="m1").commit()
    with pytest.raises(AlreadyProcessed):
        open_work(backend.store, cause="m1", now=NOW + timedelta(days=44)).commit()
    open_work(backend.store, cause="m1", now=NOW + timedelta(days=46)).commit()


def test_a_commit_leaves_one_outbox_item_with_its_events_in_order(backend: Backend) -> None:
    work = open_work(backend.store, cause="m1")
    parts(work).add(Part(id="p1"))
    parts(work).add(Part(id="p2"))
    for n in range(12):
        work.publish(PartMade(part_id=f"p{n}"))
    work.at(NOW + timedelta(hours=1), PartMade(part_id="later"), key="k1")
    work.cancel("k0")
    work.commit()
    (item,) = outboxes(backend)
    assert (item.tenant, item.id) == ("acme", work.scope.commit_id)
    content = json.loads(item.body)
    assert [event["subject"] for event in content["events"]] == [f"p{n}" for n in range(12)]
    assert [event["id"] for event in content["events"]] == [f"{item.id}-{n}" for n in range(12)]
    assert [(t["op"], t["key"]) for t in content["timers"]] == [("set", "k1"), ("cancel", "k0")]
    assert [(a["verb"], a["id"], a["before"]) for a in content["audit"]] == [
        ("add", "p1", None),
        ("add", "p2", None),
    ]


def test_a_commit_with_nothing_to_tell_leaves_no_outbox_item(backend: Backend) -> None:
    work = open_work(backend.store)
    work.table("parts").of(QUIET).put(Part(id="p1"))
    work.commit()
    assert [item.collection for item in backend.items()] == ["quiet"]


def test_a_large_event_and_a_large_outbox_travel_by_claim(backend: Backend) -> None:
    claims = MemoryClaims()
    work = open_work(backend.store, claims=claims, commit="big")
    work.publish(PartMade(part_id="small"))
    work.publish(PartMade(part_id="large", note="x" * 201 * 1024))
    work.commit()
    (item,) = outboxes(backend)
    small, large = open_outbox(item.body, claims, tenant="acme")["events"]
    assert small["data"]["part_id"] == "small"
    assert large["data"] == {}
    assert json.loads(claims.get(large["dataref"]))["note"] == "x" * 201 * 1024

    many = open_work(backend.store, claims=claims, commit="many")
    for n in range(5):
        many.publish(PartMade(part_id=f"p{n}", note="y" * 60 * 1024))
    many.commit()
    body = next(one.body for one in outboxes(backend) if one.id == "many")
    assert len(body) < 500
    assert [e["subject"] for e in open_outbox(body, claims, tenant="acme")["events"]] == [
        f"p{n}" for n in range(5)
    ]


def test_a_short_answer_is_the_same_for_all_who_ask_within_one_work(backend: Backend) -> None:
    keep(backend.store, Part(id="p1", rank=1))
    work = open_work(backend.store)
    before = parts(work).list()
    keep(backend.store, Part(id="p2", rank=2), commit="second")
    assert parts(work).list() == before
    assert [one.id for one in parts(open_work(backend.store)).list().items] == ["p1", "p2"]


def test_pages_follow_each_other_to_the_end(backend: Backend) -> None:
    keep(backend.store, *(Part(id=f"p{n:02d}", state="new", rank=n % 3) for n in range(23)))

    def listed(after: str | None) -> Page[Part]:
        return parts(open_work(backend.store)).list(after=after, limit=5)

    def found(after: str | None) -> Page[Part]:
        work = open_work(backend.store)
        return parts(work).query(index="by_state", key="new", after=after, limit=5)

    for read in (listed, found):
        page = read(None)
        seen = [*page.items]
        while page.cursor is not None:
            page = read(page.cursor)
            seen += page.items
        assert len(seen) == 23
        assert len({part.id for part in seen}) == 23


def test_the_bodies_of_an_index_are_all_of_them_in_order_as_stored(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward.store.work.MAX_LIMIT", 5)
    kept = [Part(id=f"p{n:02d}", colour="red", rank=n // 3) for n in range(23)]
    keep(backend.store, *kept, Part(id="other", colour="blue"))

    def read(**bounds: str) -> list[Part]:
        bodies = parts(open_work(backend.store)).bodies(index="by_colour", key="red", **bounds)
        return [Part.model_validate_json(body) for body in bodies]

    assert read() == kept
    assert read(low="000002", high="000005") == kept[6:18]


def test_a_cursor_of_another_make_is_refused(backend: Backend) -> None:
    with pytest.raises(BadInput, match="cursor"):
        parts(open_work(backend.store)).list(after="nonsense")


def test_no_read_and_no_write_crosses_tenants(backend: Backend) -> None:
    keep(backend.store, Part(id="p1", colour="red", note="acme's"))
    other = open_work(backend.store, tenant="rival", commit="r")
    assert parts(other).get("p1") is None
    assert parts(other).list().items == ()
    assert parts(other).query(index="by_colour", key="red").items == ()
    parts(other).delete("p1")
    parts(other).add(Part(id="p1", note="rival's"))
    other.commit()
    assert parts(open_work(backend.store)).require("p1").note == "acme's"
    assert parts(open_work(backend.store, tenant="rival")).require("p1").note == "rival's"


def test_a_tenant_that_would_blur_a_key_is_refused(backend: Backend) -> None:
    for tenant in ("a#b", "", "A", "a b", "a\n", "x" * 65):
        with pytest.raises(BadKey):
            open_work(backend.store, tenant=tenant)


def test_a_read_only_table_takes_no_write(backend: Backend) -> None:
    stock = open_work(backend.store).table("stock").of(PARTS)
    assert stock.get("p1") is None
    with pytest.raises(NotGranted, match="reading only"):
        stock.put(Part(id="p1"))


class NeverCalled:
    """A store that must not be reached."""

    def of(self, tenant: str) -> NeverCalled:
        del tenant
        return self

    def get(self, key: Key, *, now: int) -> Record | None:
        return None

    def query(self, query: Query) -> list[Found]:
        raise AssertionError(query)

    def commit(self, transactions: object) -> list[Refusal | None]:
        raise AssertionError(transactions)


def _transaction(*writes: Put) -> Transaction:
    return Transaction("t1", "acme", 0, writes)


def _put(id_: str, body: str = "{}", *slots: Slot | None) -> Put:
    return Put(Key("parts", "acme", "parts", id_), None, 1, body, slots)


def test_the_ninety_first_item_is_refused_before_any_call() -> None:
    work = open_work(NeverCalled())
    for n in range(91):
        parts(work).put(Part(id=f"p{n}"))
    with pytest.raises(TooLarge, match=r"91 items.*at most 90.*continuation"):
        work.commit()


def test_an_entity_above_400_kb_is_refused_before_any_call() -> None:
    work = open_work(NeverCalled())
    parts(work).put(Part(id="p1", note="x" * 401 * 1024))
    with pytest.raises(TooLarge, match=r"parts/parts/p1.*at most 409600.*object store"):
        work.commit()


def test_a_transaction_beyond_a_limit_is_refused_by_name() -> None:
    big = "x" * 390 * 1024
    limits.check(_transaction(*(_put(f"p{n}") for n in range(100))))
    with pytest.raises(TooLarge, match=r"101 items; at most 100"):
        limits.check(_transaction(*(_put(f"p{n}") for n in range(101))))
    with pytest.raises(TooLarge, match=r"at most 4194304"):
        limits.check(_transaction(*(_put(f"p{n}", big) for n in range(11))))
    with pytest.raises(TooLarge, match="parts/parts/multibyte"):
        limits.check(_transaction(_put("multibyte", "é" * 210 * 1024)))
    with pytest.raises(KeyTwice, match="parts/parts/p1 twice"):
        limits.check(_transaction(_put("p1"), _put("p1")))
    with pytest.raises(BadKey, match="tenant 'rival'"):
        limits.check(_transaction(Put(Key("parts", "rival", "parts", "p"), None, 1, "{}")))


def test_a_key_too_long_for_an_index_is_refused_by_name() -> None:
    limits.check(_transaction(_put("é" * 250, "{}", Slot("k" * 1500, "s" * 500))))
    with pytest.raises(BadKey, match="sort value and id"):
        limits.check(_transaction(_put("😀" * 200, "{}", Slot("k", "s" * 300))))
    with pytest.raises(BadKey, match="index key"):
        limits.check(_transaction(_put("p", "{}", Slot("k" * 2100, ""))))
    with pytest.raises(BadKey, match="its id"):
        limits.check(_transaction(_put("😀" * 512)))
    with pytest.raises(BadKey, match="NUL"):
        limits.check(_transaction(_put("p", "{}", Slot("a\x00b", ""))))


@pytest.mark.parametrize("id_", ["", "a\nb", "\x00", "x" * 513])
def test_an_id_that_no_key_can_carry_is_refused(id_: str) -> None:
    with pytest.raises(BadKey):
        parts(open_work(NeverCalled())).get(id_)


def test_an_event_is_closed_to_unknown_fields() -> None:
    with pytest.raises(ValidationError, match="extra"):
        PartMade(part_id="p", colour="red")  # type: ignore[call-arg]
