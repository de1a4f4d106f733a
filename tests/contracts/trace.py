"""A generated history of commands, the same for every store, and what is left when it is over."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from steward.errors import AlreadyExists
from steward.store.records import INBOX, OUTBOX, Key, Refusal, Store
from steward.store.work import Cause, Entities, Work, commit_id
from tests.contracts.backends import Backend, DynamoBackend, Live
from tests.contracts.parts import NOW, PARTS, Part, PartMade, keeper, open_work

TABLES = ("bolts", "nuts", "pins", "rods")
TENANTS = ("acme", "rival")
COLOURS = (None, "red", "blue")
IDS = 12
STEP = timedelta(seconds=7)

_KINDS = {
    "add": 20,
    "put": 30,
    "several": 5,
    "stale": 8,
    "delete": 8,
    "publish": 5,
    "duplicate": 10,
    "fleeting": 6,
    "query": 8,
}


@dataclass(frozen=True)
class Command:
    """One thing to do to one tenant's parts in one table."""

    number: int
    kind: str
    tenant: str
    table: str
    part: Part
    others: tuple[Part, ...]
    message: str

    @property
    def now(self) -> datetime:
        """The instant of the command: the clock moves on by one step each."""
        return NOW + self.number * STEP


def commands(count: int, *, seed: int) -> list[Command]:
    """The first ``count`` commands of the history that the seed stands for."""
    rng = random.Random(seed)
    made: list[Command] = []
    for number in range(count):
        kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
        tenant, table, message = rng.choice(TENANTS), rng.choice(TABLES), f"m{number}"
        if kind == "duplicate" and made:
            # Mostly a message of just now, sometimes one of long ago.
            first = rng.choice(made[-40:] if rng.random() < 0.9 else made)
            tenant, table, message = first.tenant, first.table, first.message
        parts = tuple(_part(rng, number, kind) for _ in range(4))
        made.append(Command(number, kind, tenant, table, parts[0], parts[1:], message))
    return made


def _part(rng: random.Random, number: int, kind: str) -> Part:
    until = None
    if kind == "fleeting":
        until = NOW + number * STEP + timedelta(seconds=rng.randint(1, 600))
    return Part(
        id=f"part {rng.randrange(IDS)}",
        colour=rng.choice(COLOURS),
        rank=rng.randrange(5),
        state=rng.choice(("new", "used")),
        note="ü" * rng.randrange(30),
        until=until,
    )


def perform(store: Store, command: Command) -> str:
    """Do it through a Work; what came of it, in one line."""
    work = _work(store, command)
    try:
        return _ACTIONS[command.kind](work, _parts(work, command), command, store)
    except AlreadyExists as refused:
        return refused.code


def _work(store: Store, command: Command, twist: str = "") -> Work:
    return open_work(
        store,
        tenant=command.tenant,
        cause=command.message + twist,
        now=command.now,
        function=keeper(command.table),
    )


def _parts(work: Work, command: Command) -> Entities[Part]:
    return work.table(command.table).of(PARTS)


def _add(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    if command.part.rank % 2:
        parts.get(command.part.id)  # half of the adds know beforehand that the id is taken
    parts.add(command.part)
    work.publish(PartMade(part_id=command.part.id))
    return _commit(work)


def _put(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    seen = parts.version(command.part.id)
    parts.put(command.part)
    return f"{seen} {_commit(work)}"


def _several(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    for part in (command.part, *command.others):
        parts.get(part.id)
        parts.put(part)
    work.at(command.now + STEP, PartMade(part_id=command.part.id), key=command.part.id)
    return _commit(work)


def _stale(work: Work, parts: Entities[Part], command: Command, store: Store) -> str:
    parts.get(command.part.id)
    rival = _work(store, command, "-rival")
    first = _put(rival, _parts(rival, command), command, store)
    parts.put(command.others[0].model_copy(update={"id": command.part.id}))
    return f"{first} {_commit(work)}"


def _delete(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    parts.delete(command.part.id)
    return _commit(work)


def _publish(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    del parts
    work.publish(PartMade(part_id=command.part.id, note=command.part.note))
    return _commit(work)


def _query(work: Work, parts: Entities[Part], command: Command, _: Store) -> str:
    del work
    descending = command.part.rank % 2 == 0
    listed = parts.list(limit=7, descending=descending)
    red = parts.query(index="by_colour", key="red", limit=3, low="000001", descending=descending)
    new = parts.query(index="by_state", key="new", limit=5, high="000003", descending=descending)
    after = parts.query(
        index="by_state", key="new", limit=9, after=new.cursor, descending=descending
    )
    return json.dumps(
        [[(part.id, part.rank) for part in page.items] for page in (listed, red, new, after)]
    )


def _commit(work: Work) -> str:
    transaction = work.stage()
    if transaction is None:
        return "nothing"
    refusal: Refusal | None = work.scope.store.commit([transaction])[0]
    return "applied" if refusal is None else refusal.code


_ACTIONS: dict[str, Callable[[Work, Entities[Part], Command, Store], str]] = {
    "add": _add,
    "put": _put,
    "several": _several,
    "stale": _stale,
    "delete": _delete,
    "publish": _publish,
    "duplicate": _put,
    "fleeting": _put,
    "query": _query,
}


@dataclass(frozen=True)
class Outcome:
    """What came of each command, and the digest of every item alive at the end."""

    told: list[str]
    snapshot: str
    alive: int


def play(backend: Backend, history: list[Command]) -> Outcome:
    """Perform all of it on one store."""
    told = [perform(backend.store, command) for command in history]
    return _outcome(told, backend.items(), history)


def play_in_segments(backend: DynamoBackend, history: list[Command], *, length: int) -> Outcome:
    """Perform all of it, keeping out of moto's tables what the next commands cannot touch.

    moto copies a table for every item of a transaction. Outbox items are never read again by a
    command, and an inbox mark only by its own message: both are parked meanwhile.
    """
    told: list[str] = []
    parked: dict[Key, Live] = {}
    for start in range(0, len(history), length):
        segment = history[start : start + length]
        needed = {mark for command in segment for mark in _marks(command)}
        backend.restore([parked.pop(key) for key in sorted(needed & parked.keys())])
        told += [perform(backend.store, command) for command in segment]
        resting = [item for item in backend.items() if item.collection in {INBOX, OUTBOX}]
        backend.remove(resting)
        parked |= {item.key: item for item in resting}
    return _outcome(told, [*backend.items(), *parked.values()], history)


def _marks(command: Command) -> Iterable[Key]:
    for twist in ("", "-rival"):
        id_ = commit_id(keeper(command.table), Cause("tests", command.message + twist))
        yield Key(command.table, command.tenant, INBOX, id_)


def _outcome(told: list[str], items: list[Live], history: list[Command]) -> Outcome:
    now = int(history[-1].now.timestamp())
    alive = sorted(item for item in items if item.expires is None or item.expires > now)
    rows = [[*item[:5], json.loads(item.body), item.expires or 0] for item in alive]
    text = json.dumps(rows, sort_keys=True, ensure_ascii=False)
    return Outcome(told, hashlib.sha256(text.encode()).hexdigest(), len(alive))
