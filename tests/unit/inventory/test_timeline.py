from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.inventory.model import patch
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.identity import NOT_TOLD
from functions.inventory.model.resource import (
    DELETED,
    Capture,
    Effect,
    Facts,
    Source,
    Subject,
)
from functions.inventory.model.timeline import insert, order_of, taken_back
from functions.inventory.service import record
from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.errors import TooLarge
from tests.unit.inventory.ledgers import NOW, Book

SUBJECT = Subject(account="1", region="eu-west-1", type="AWS::S3::Bucket", native_id="logs")


def whole(second: int, **configuration: Any) -> Capture:
    return Capture(
        subject=SUBJECT,
        at=NOW + timedelta(seconds=second),
        source=Source.CONFIG,
        effect=Effect.CAPTURED,
        key=f"config-{second}",
        rank=12,
        facts=Facts(name="logs", configuration=configuration),
    )


def edit(second: int, key: str, effect: Effect = Effect.EDITED, **values: Any) -> Capture:
    edits = [Edit(verb=Verb.SET, path=f"/configuration/{k}", value=v) for k, v in values.items()]
    return Capture(
        subject=SUBJECT,
        at=NOW + timedelta(seconds=second),
        source=Source.TRAIL,
        effect=effect,
        key=key,
        rank={Effect.CREATED: 1, Effect.EDITED: 3, Effect.DELETED: 11}.get(effect, 3),
        edits=tuple(edits),
    )


VALUES = st.fixed_dictionaries({}, optional={k: st.integers(0, 2) for k in "abc"})


@st.composite
def captures(draw: st.DrawFn) -> list[Capture]:
    found = []
    for number in range(draw(st.integers(1, 9))):
        second, values = draw(st.integers(0, 6)), draw(VALUES)
        if draw(st.booleans()):
            found.append(whole(second, **values))
        else:
            effect = draw(st.sampled_from([Effect.CREATED, Effect.EDITED, Effect.DELETED]))
            found.append(edit(second, f"call-{number}", effect, **values))
    return list({order_of(one): one for one in found}.values())


@settings(max_examples=200, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_any_order_and_number_of_deliveries_ends_in_the_same_resource_and_history(
    sent: list[Capture], rng: random.Random
) -> None:
    in_order = sorted(sent, key=order_of)
    shuffled = [*sent, *rng.sample(sent, len(sent) // 2)]
    rng.shuffle(shuffled)
    one, other = Book.fresh().take(*in_order), Book.fresh().take(*shuffled)
    assert other.resource(sent[0]) == one.resource(sent[0])
    assert other.history(sent[0]) == one.history(sent[0])


@settings(max_examples=200, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_the_history_played_from_nothing_gives_the_facts_of_today(
    sent: list[Capture], rng: random.Random
) -> None:
    rng.shuffle(sent)
    book = Book.fresh().take(*sent)
    document: dict[str, Any] = {}
    for change in reversed(book.history(sent[0])):
        document = patch.apply(document, change.patch)
    assert Facts.model_validate(document) == book.facts(sent[0])


@settings(max_examples=200, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_the_history_taken_back_gives_what_was_true_at_every_instant(
    sent: list[Capture], rng: random.Random
) -> None:
    in_order = sorted(sent, key=order_of)
    rng.shuffle(sent)
    book = Book.fresh().take(*sent)
    history = book.history(sent[0])
    for number in range(1, len(in_order)):
        then = Book.fresh().take(*in_order[:number]).facts(sent[0])
        assert taken_back(book.facts(sent[0]).document(), history[: len(in_order) - number]) == then


@settings(max_examples=200, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_the_versions_told_to_others_only_grow(sent: list[Capture], rng: random.Random) -> None:
    rng.shuffle(sent)
    published: list[Any] = list(Book.fresh().take(*sent).published)
    told = [event.resource.version for event in published]
    assert told == sorted(set(told))


@settings(max_examples=200, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_whoever_follows_the_events_knows_what_the_inventory_knows(
    sent: list[Capture], rng: random.Random
) -> None:
    rng.shuffle(sent)
    book = Book.fresh().take(*sent)
    facts = book.facts(sent[0])
    if book.published:
        last: Any = book.published[-1]
        assert last.resource.state == facts.state
        assert facts.deleted or last.resource.configuration == facts.configuration
    else:
        assert facts.deleted


def test_a_stale_capture_changes_nothing_and_is_told_to_nobody() -> None:
    book = Book.fresh().take(whole(5, a=1))
    before = book.facts(whole(5))
    book.published.clear()
    book.take(whole(2, a=0))
    assert book.facts(whole(5)) == before
    assert book.resource(whole(5)).captured_at == whole(5).at
    assert book.published == []


def test_a_repeated_capture_changes_nothing_at_all() -> None:
    book = Book.fresh().take(whole(5, a=1))
    resource, history = book.resource(whole(5)), book.history(whole(5))
    book.published.clear()
    book.take(whole(5, a=1))
    assert (book.resource(whole(5)), book.history(whole(5))) == (resource, history)
    assert book.published == []


def test_a_later_capture_of_the_same_content_is_told_to_nobody() -> None:
    book = Book.fresh().take(whole(5, a=1))
    book.published.clear()
    book.take(whole(9, a=1))
    assert book.published == []
    assert book.history(whole(5))[0].patch == ()


def test_a_call_that_arrives_late_shows_in_the_history_with_its_actor_but_not_today() -> None:
    book = Book.fresh().take(whole(1, a=1), whole(5, a=2))
    book.published.clear()
    book.take(edit(3, "call", a=2))
    assert book.published == []
    late = next(one for one in book.history(whole(1)) if one.source is Source.TRAIL)
    assert [(step.path, step.before, step.value) for step in late.patch] == [
        ("/configuration/a", 1, 2)
    ]


def test_a_deletion_keeps_the_last_known_configuration() -> None:
    book = Book.fresh().take(whole(1, a=1), edit(2, "gone", Effect.DELETED))
    assert book.facts(whole(1)).state == DELETED
    assert book.facts(whole(1)).configuration == {"a": 1}
    assert [type(event) for event in book.published] == [ResourceDiscovered, ResourceDeleted]


def test_a_resource_made_again_starts_empty() -> None:
    book = Book.fresh().take(
        whole(1, a=1), edit(2, "gone", Effect.DELETED), edit(3, "again", Effect.CREATED, b=2)
    )
    assert book.facts(whole(1)).configuration == {"b": 2}
    assert isinstance(book.published[-1], ResourceDiscovered)


def test_a_deletion_of_something_unknown_is_kept_and_told_to_nobody() -> None:
    book = Book.fresh().take(edit(2, "gone", Effect.DELETED))
    assert book.facts(whole(1)).deleted
    assert book.published == []


def test_a_resource_known_from_calls_alone_is_partial_until_an_item_completes_it() -> None:
    book = Book.fresh().take(edit(1, "made", Effect.CREATED, a=1))
    assert "API calls only" in str(book.facts(whole(1)).partial)
    book.take(whole(2, a=1))
    assert book.facts(whole(1)).partial is None


def test_the_changed_paths_are_pointers_into_the_resource() -> None:
    book = Book.fresh().take(whole(1, a=1), whole(2, a=2, b=3))
    event = book.published[-1]
    assert isinstance(event, ResourceChanged)
    assert event.changed_paths == ("/configuration/a", "/configuration/b")


def test_a_large_difference_is_kept_small_and_comes_back_whole() -> None:
    book = Book.fresh().take(whole(1, a="x" * 100_000), whole(2, a="y" * 100_000))
    stored = book.ledger.changes.require(book.resource(whole(1)).latest)
    assert len(stored.model_dump_json()) < 5_000
    assert stored.unpacked().patch[0].before == "x" * 100_000


def test_a_capture_behind_too_many_later_ones_is_refused_with_the_reason() -> None:
    book = Book.fresh().take(*(whole(n, a=n) for n in range(10, 10 + record.LATEST + 2)))
    with pytest.raises(TooLarge, match="too late to place"):
        book.take(whole(1, a=1))


def test_an_insertion_rewrites_no_more_than_it_has_to() -> None:
    history: Sequence[Capture] = [whole(n, a=n) for n in range(2, 12)]
    book = Book.fresh().take(*history)
    newer = book.history(history[0])
    done = insert(book.resource(history[0]), newer, whole(1, a=99))
    assert [one.id for one in done.rewritten] == [newer[-1].id]


AZURE = Subject(
    provider="azure",
    account="s1",
    region="westeurope",
    type="Microsoft.Compute/disks",
    native_id="/subscriptions/s1/resourcegroups/g/providers/microsoft.compute/disks/d",
)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_report_that_tells_no_region_takes_none_away(order: tuple[int, int]) -> None:
    told = whole(1).model_copy(update={"subject": AZURE})
    untold = edit(2, "e").model_copy(
        update={"subject": AZURE.model_copy(update={"region": NOT_TOLD})}
    )
    book = Book.fresh().take(*((told, untold)[place] for place in order))
    assert book.resource(untold).subject == AZURE
