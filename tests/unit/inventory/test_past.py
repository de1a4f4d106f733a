"""What was true at an instant, and who made it so, whatever the order of arrival."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.inventory.model import patch
from functions.inventory.model.frames import has_frame
from functions.inventory.model.resource import Capture, Change, Effect, Facts, Source, Subject
from functions.inventory.service.past import then
from steward.contracts.inventory import Actor
from tests.unit.inventory.ledgers import NOW, Book
from tests.unit.inventory.test_timeline import SUBJECT, captures, edit, whole
from tests.unit.inventory.worlds import World, world_in

ANA = Actor(who="arn:aws:iam::1:user/ana", from_ip="198.51.100.7", tool="aws-cli/2.15")
BEN = Actor(who="arn:aws:iam::1:user/ben")


def seen(second: float, source: Source, subject: Subject = SUBJECT, **values: Any) -> Capture:
    return Capture(
        subject=subject,
        at=NOW + timedelta(seconds=second),
        source=source,
        effect=Effect.CAPTURED,
        key=f"{source}-{second}",
        rank=12,
        facts=Facts(configuration=values),
    )


def called(second: int, actor: Actor = ANA) -> Capture:
    return edit(second, f"call-{second}", a=second).model_copy(update={"actor": actor})


def actors(book: Book) -> list[tuple[str, str | None]]:
    history = reversed(book.history(whole(0)))
    return [(one.source, one.actor.who[-3:] if one.actor else None) for one in history]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_item_that_follows_a_call_has_its_caller_whichever_arrives_first(
    order: tuple[int, int],
) -> None:
    sent = [called(0), seen(30, Source.CONFIG, a=1)]
    book = Book.fresh().take(*(sent[place] for place in order))
    newest = book.history(whole(0))[0]
    assert newest.actor == ANA
    assert newest.joined == book.history(whole(0))[1].id


@pytest.mark.parametrize(
    ("source", "second", "joined"),
    [
        (Source.CONFIG, 600, True),
        (Source.CONFIG, 601, False),
        (Source.SWEEP, 6 * 3600, True),
        (Source.SWEEP, 6 * 3600 + 1, False),
    ],
)
def test_a_call_explains_what_is_seen_within_the_sources_window(
    source: Source, second: int, *, joined: bool
) -> None:
    book = Book.fresh().take(called(0), seen(second, source, a=1))
    assert (book.history(whole(0))[0].actor == ANA) is joined


def test_the_nearest_call_before_counts_and_a_later_one_takes_over() -> None:
    book = Book.fresh().take(
        called(0), seen(10, Source.CONFIG, a=1), seen(40, Source.CONFIG, a=2), called(20, BEN)
    )
    assert [who for _, who in actors(book)] == ["ana", "ana", "ben", "ben"]


@st.composite
def mixed(draw: st.DrawFn) -> list[Capture]:
    found = []
    for number in range(draw(st.integers(1, 10))):
        second = draw(st.integers(0, 900))
        kind = draw(st.sampled_from(["call", "item", "sweep"]))
        if kind == "call":
            actor = draw(st.sampled_from([ANA, BEN]))
            found.append(
                edit(second, f"call-{number}", a=number).model_copy(update={"actor": actor})
            )
        else:
            source = Source.CONFIG if kind == "item" else Source.SWEEP
            found.append(seen(second + number / 100, source, a=number % 3))
    return found


@settings(max_examples=200, deadline=None)
@given(mixed(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_actors(
    sent: list[Capture], rng: random.Random
) -> None:
    in_order = sorted(sent, key=lambda one: one.at)
    rng.shuffle(sent)
    one, other = Book.fresh().take(*in_order), Book.fresh().take(*sent)
    assert other.history(sent[0]) == one.history(sent[0])


@settings(max_examples=100, deadline=None)
@given(captures(), st.randoms(use_true_random=False))
def test_every_frame_holds_what_was_true_after_its_entry(
    sent: list[Capture], rng: random.Random
) -> None:
    rng.shuffle(sent)
    book = Book.fresh().take(*sent)
    history = book.history(sent[0])
    truth = states(history, book)
    framed = {one.id: book.ledger.frames.get(one.id) for one in history}
    for change in history:
        frame = framed[change.id]
        assert (frame is not None) is has_frame(change.id)
        assert frame is None or Facts.model_validate(frame.facts()) == truth[change.id]


def states(history: list[Change], book: Book) -> dict[str, Facts]:
    """The facts after each entry, replayed from nothing."""
    document: dict[str, Any] = {}
    found: dict[str, Facts] = {}
    for change in reversed(history):
        document = patch.apply(document, change.patch)
        found[change.id] = Facts.model_validate(document)
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_in(tmp_path)


def test_any_instant_of_a_long_history_is_right_also_with_late_entries(world: World) -> None:
    rng = random.Random(5)
    seconds = list(range(300))
    late = set(rng.sample(seconds[50:250], 40))
    for second in [one for one in seconds if one not in late] + sorted(late):
        values: dict[str, Any] = {f"k{second % 7}": second}
        world.take(edit(second, f"call-{second}", **values))
    resource = world.ledger().resources.require(SUBJECT.id)
    for second in rng.sample(seconds, 60):
        found = then(resource, NOW + timedelta(seconds=second), ledger=world.ledger())
        assert found is not None
        expected = {f"k{one % 7}": one for one in range(max(0, second - 6), second + 1)}
        assert found.facts.configuration == expected


def test_an_old_instant_is_reached_without_walking_the_whole_chain(world: World) -> None:
    for second in range(400):
        world.take(edit(second, f"call-{second}", a=second))
    resource = world.ledger().resources.require(SUBJECT.id)
    ledger = world.ledger()
    found = then(resource, NOW + timedelta(seconds=20), ledger=ledger)
    assert found is not None
    assert found.facts.configuration == {"a": 20}
    # A read consistent with the commit is remembered by its Work: so many entries were read one by one.
    reads = [key for key in ledger.changes.work._read if key.collection == "changes"]
    assert len(reads) < 100


def test_before_its_first_entry_a_resource_was_not_known(world: World) -> None:
    world.take(whole(5, a=1))
    resource = world.ledger().resources.require(SUBJECT.id)
    assert then(resource, NOW, ledger=world.ledger()) is None
