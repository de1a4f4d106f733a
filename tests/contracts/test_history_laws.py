"""Replaying a history from nothing gives the state of today, on every store, whatever arrived in which order.

Each generated history is of a resource of its own: whole items, calls, sweeps and deletions, shuffled, with
duplicates and late entries. A pull request plays some hundreds; a night ten thousand on each store, on
DynamoDB's with its calls answered from memory as moto answers them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model import patch
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.resource import (
    Capture,
    Change,
    Effect,
    Facts,
    Resource,
    Source,
    Subject,
)
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.past import then
from functions.inventory.service.record import record_captures
from functions.inventory.wiring import ledger_of
from steward.contracts.inventory import Actor
from steward.store.dynamodb import DynamoStore
from steward.store.records import Store
from steward.store.work import MemoryClaims, Scope, Work
from tests.contracts import backends
from tests.contracts.dynamo_in_memory import DynamoInMemory, Twin
from tests.contracts.parts import NOW

FEW = {"sqlite": 300, "postgresql": 150, "dynamodb": 25, "dynamodb in memory": 300}
MANY, PART = 10_000, 2_500
"""Histories of a night on each store, and of one test of it."""
_ACTORS = (None, Actor(who="ana"), Actor(who="ben"))


@pytest.fixture
def store(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store of the kind, with the inventory's table."""
    if kind == "sqlite":
        sqlite = backends.SqliteBackend(tmp_path / "steward.db")
        yield sqlite.store
        sqlite.database.close()
    elif kind == "postgresql":
        database = request.getfixturevalue("postgres")
        yield backends.PostgresBackend(request.getfixturevalue("postgres_url"), database).store
    elif kind == "dynamodb":
        with backends.dynamodb(("inventory",)) as dynamo:
            memory = DynamoInMemory()
            yield DynamoStore(
                lambda tenant: Twin(dynamo.client_of(tenant), memory), tables=dynamo.names
            )
    else:
        client = DynamoInMemory()
        yield DynamoStore(lambda _: client, tables={"inventory": "inventory"})


@pytest.mark.parametrize("kind", sorted(FEW))
def test_a_history_played_from_nothing_gives_the_state_of_today(kind: str, store: Store) -> None:
    play(store, range(FEW[kind]))


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, MANY, PART))
@pytest.mark.parametrize("kind", ["dynamodb in memory", "postgresql", "sqlite"])
def test_ten_thousand_histories_played_from_nothing_give_the_state_of_today(
    kind: str, store: Store, first: int
) -> None:
    play(store, range(first, first + PART))


def play(store: Store, seeds: range) -> None:
    """Record a history for each seed, shuffled and in commits as it says, and hold it against its replay."""
    for seed in seeds:
        rng = random.Random(seed)
        sent = history(rng, seed)
        left = arrived(sent, rng)
        while left:
            size = rng.randint(1, 4)
            work = opened(store, f"{seed:08x}{len(left):024x}")
            record_captures(left[:size], ledger=ledger_of(work))
            work.commit()
            left = left[size:]
        check(ledger_of(opened(store, "f" * 32)), sent, rng)


def check(ledger: Ledger, sent: Sequence[Capture], rng: random.Random) -> None:
    resource = ledger.resources.require(sent[0].subject.id)
    chain = list(reversed([one.unpacked() for one in ledger.back_from(resource)]))
    states = list(replayed(chain))
    assert len(chain) == len(sent)
    assert [one.order for one in chain] == sorted(one.order for one in chain)
    assert Facts.model_validate(states[-1]) == resource.facts
    check_instant(ledger, resource, chain, states, rng.randrange(len(chain)))


def check_instant(
    ledger: Ledger,
    resource: Resource,
    chain: Sequence[Change],
    states: Sequence[Any],
    place: int,
) -> None:
    at = chain[place].at
    last = max(number for number, one in enumerate(chain) if one.at <= at)
    found = then(resource, at, ledger=ledger)
    assert found is not None
    assert found.facts == Facts.model_validate(states[last])


def replayed(chain: Sequence[Change]) -> Iterator[Any]:
    document: Any = {}
    for change in chain:
        document = patch.apply(document, change.patch)
        yield document


def arrived(sent: Sequence[Capture], rng: random.Random) -> list[Capture]:
    """In nearly the right order, in any order, or backwards; some of it twice."""
    arriving = [*sent, *rng.sample(sent, len(sent) // 3)]
    how = rng.randrange(3)
    if how == 0:
        arriving.sort(key=lambda one: one.at + timedelta(seconds=rng.random() * 5))
    elif how == 1:
        rng.shuffle(arriving)
    else:
        arriving.sort(key=lambda one: one.at, reverse=True)
    return arriving


def history(rng: random.Random, seed: int) -> list[Capture]:
    subject = Subject(
        account="111122223333",
        region="eu-west-1",
        type="AWS::EC2::Volume",
        native_id=f"vol-{seed:08x}",
    )
    return [one_capture(rng, subject, number) for number in range(rng.randint(1, 8))]


def one_capture(rng: random.Random, subject: Subject, number: int) -> Capture:
    source = rng.choice((Source.CONFIG, Source.TRAIL, Source.SWEEP, Source.FEED))
    whole = source in {Source.CONFIG, Source.SWEEP} and rng.random() < 0.8
    gone = not whole and rng.random() < 0.3
    effect = Effect.CAPTURED if whole else Effect.DELETED if gone else Effect.EDITED
    return Capture(
        subject=subject,
        at=NOW + timedelta(seconds=rng.randrange(20)),
        source=source,
        effect=effect,
        key=f"{number}",
        rank=rng.choice((1, 3, 5, 12)),
        actor=rng.choice(_ACTORS) if source is Source.TRAIL else None,
        facts=Facts(configuration=configuration(rng), tags=tags(rng)) if whole else None,
        edits=() if whole else edits(rng),
    )


def configuration(rng: random.Random) -> dict[str, Any]:
    attached = [{"instanceId": f"i-{rng.randrange(3):08x}"} for _ in range(rng.randrange(3))]
    found: dict[str, Any] = {"attachments": attached, "size": rng.randrange(3)}
    return {key: found[key] for key in found if rng.random() < 0.8}


def tags(rng: random.Random) -> dict[str, str]:
    return {key: rng.choice(("a", "ä", "")) for key in ("Env", "a/b~c") if rng.random() < 0.5}


def edits(rng: random.Random) -> tuple[Edit, ...]:
    every = (
        Edit(verb=Verb.SET, path="/configuration/size", value=rng.randrange(3)),
        Edit(verb=Verb.MERGE, path="/tags", value={"Env": rng.choice("ab")}),
        Edit(verb=Verb.DROP, path="/tags/Env"),
        Edit(
            verb=Verb.INCLUDE,
            path="/configuration/attachments",
            value={"instanceId": f"i-{rng.randrange(3):08x}"},
        ),
    )
    return tuple(rng.sample(every, rng.randrange(len(every))))


def opened(store: Store, commit: str) -> Work:
    return Work(
        Scope(
            store=store,
            claims=MemoryClaims(),
            function=FUNCTIONS[0],
            tenant="acme",
            now=NOW,
            commit_id=commit,
            actor="test",
            correlation_id="test",
        )
    )
