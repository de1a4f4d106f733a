"""Generated attempts of one tenant on another's items, and what came of each."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from steward.errors import StewardError
from steward.store.collection import encode_cursor
from steward.store.records import (
    INBOX,
    OUTBOX,
    PENDING,
    Check,
    Cursor,
    Delete,
    Found,
    Key,
    Put,
    Query,
    Record,
    Refusal,
    Session,
    Slot,
    Store,
    Transaction,
    Write,
)
from steward.store.work import Entities, Work
from tests.contracts.backends import Backend, DynamoBackend, Live
from tests.contracts.parts import EPOCH, PARTS, Part, PartMade, open_work

# Prefixes of each other, and what would look alike were the parts of a key not told apart.
TENANTS = ("acme", "acme2", "acme-2", "a", "a-b", "a_b", "parts", "system")
COLOURS = ("red", "red#0", "#")
SEEDS = 4
ROUND = 80
"""Attempts between two looks at what was written."""
NEVER_TENANTS = (
    "",
    "acme#parts",
    "acme*",
    "acme?",
    "*",
    "ACME",
    "acme\n",
    "acme/",
    "acme\u0441",
    "\uff41cme",
    "${aws:PrincipalTag/tenant}",
)


class Attempt(NamedTuple):
    """Who tried what on whom."""

    number: int
    attacker: str
    victim: str
    kind: str


@dataclass(slots=True)
class Report:
    """How many attempts there were of each kind, how many were refused, and which leaked."""

    kinds: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    leaks: list[str] = field(default_factory=list)

    @property
    def attempts(self) -> int:
        return self.kinds.total()


def seeded(backend: Backend) -> None:
    """Every tenant has parts that only it should see, with the marks of their commits."""
    for tenant in TENANTS:
        work = open_work(backend.store, tenant=tenant, cause=f"seed-of-{tenant}")
        parts = work.table("parts").of(PARTS)
        for number in range(SEEDS):
            parts.add(Part(id=f"{tenant}-p{number}", colour=COLOURS[number % 3], note=mark(tenant)))
        work.publish(PartMade(part_id=f"{tenant}-p0", note=mark(tenant)))
        work.commit()


def mark(tenant: str) -> str:
    """What every body says of its owner."""
    return f"owned-by<{tenant}>"


def attack(
    backend: Backend, attempts: Callable[[Backend, Attempt, random.Random], Any], *, count: int
) -> Report:
    """Make that many attempts, and look every now and then whether anything was written across."""
    rng, report = random.Random(20260301), Report()
    seeded(backend)
    before = _owned(backend)
    for number in range(count):
        attacker, victim = rng.sample(TENANTS, 2)
        attempt = Attempt(number, attacker, victim, "")
        kind, shown = _outcome(backend, attempts, attempt, rng)
        report.kinds[kind] += 1
        if isinstance(shown, StewardError):
            report.refused += 1
        elif any(mark(other) in repr(shown) for other in TENANTS if other != attacker):
            report.leaks.append(f"{attempt._replace(kind=kind)} was shown {repr(shown)[:200]}")
        if number % ROUND == ROUND - 1:
            report.leaks += _written_across(before, backend)
            _tidy(before, backend)
    return report


def _tidy(before: dict[Key, Live], backend: Backend) -> None:
    # moto copies a table whole for every item of a transaction: it has to stay small.
    if isinstance(backend, DynamoBackend):
        backend.remove([item for item in backend.items() if item.key not in before])


def _outcome(
    backend: Backend,
    attempts: Callable[[Backend, Attempt, random.Random], Any],
    attempt: Attempt,
    rng: random.Random,
) -> tuple[str, Any]:
    kind, act = attempts(backend, attempt, rng)
    try:
        return kind, act()
    except StewardError as error:
        return kind, error


def _owned(backend: Backend) -> dict[Key, Live]:
    return {item.key: item for item in backend.items()}


def _written_across(before: dict[Key, Live], backend: Backend) -> Iterator[str]:
    after = _owned(backend)
    for key, item in before.items():
        if after.get(key) != item:
            yield f"{key} is now {after.get(key)}"
    for key, item in after.items():
        if key not in before and mark(key.tenant) not in item.body:
            yield f"{key} was written by another: {item.body[:120]}"


# Through a Work: the first layer is on, and names are all that an attacker chooses


def through_work(
    backend: Backend, attempt: Attempt, rng: random.Random
) -> tuple[str, Callable[[], Any]]:
    """An attempt with a Work of the attacker."""
    kind = rng.choice(sorted(_THROUGH_WORK))
    make = _THROUGH_WORK[kind]
    return kind, lambda: make(backend, attempt, rng)


def _parts(backend: Backend, attempt: Attempt) -> Entities[Part]:
    return _work(backend, attempt).table("parts").of(PARTS)


def _work(backend: Backend, attempt: Attempt) -> Work:
    cause = f"{mark(attempt.attacker)}-{attempt.number}"
    return open_work(backend.store, tenant=attempt.attacker, cause=cause)


def _id(attempt: Attempt, rng: random.Random) -> str:
    part = f"{attempt.victim}-p{rng.randrange(SEEDS)}"
    return rng.choice(
        (
            part,
            f"{attempt.victim}#parts#{part}",
            f"#{attempt.victim}#parts#{part}",
            f"../{attempt.victim}/{part}",
            f"{part}\r\n{attempt.victim}",
            f"{part[:-1]}*",
            f"{part[:-1]}?",
            f"{part}\x00",
            f"{part}' OR tenant = '{attempt.victim}",
            f"%{part}%",
            "*",
            "x" * 600,
        )
    )


def _index_key(attempt: Attempt, rng: random.Random) -> str:
    colour = rng.choice(COLOURS)
    return rng.choice(
        (colour, f"{colour}#0", f"{attempt.victim}#parts#1#{colour}", "*", "re?", f"%{colour}", "")
    )


def _cursor(attempt: Attempt, rng: random.Random) -> str:
    """Where the victim's own list would go on, or a made-up place before all that it has."""
    theirs = Cursor(rng.choice(("", "000000")), f"{attempt.victim}-p{rng.randrange(SEEDS)}")
    made = Cursor(attempt.victim, f"{attempt.victim}#parts#")
    return encode_cursor(rng.choice((theirs, made)))


def _get(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    return _parts(backend, attempt).get(_id(attempt, rng))


def _query(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    index = rng.choice(("by_colour", "by_state"))
    low, high = rng.choice((None, "", attempt.victim)), rng.choice((None, "\U0010ffff"))
    key = _index_key(attempt, rng)
    return _parts(backend, attempt).query(index=index, key=key, low=low, high=high)


def _list(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    return _parts(backend, attempt).list(limit=rng.randrange(1, 30), descending=rng.random() < 0.5)


def _list_after(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    return _parts(backend, attempt).list(after=_cursor(attempt, rng))


def _query_after(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    after = _cursor(attempt, rng)
    return _parts(backend, attempt).query(index="by_colour", key="red", after=after)


def _bodies(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    key = _index_key(attempt, rng)
    return list(_parts(backend, attempt).bodies(index="by_colour", key=key))


def _put(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    work = _work(backend, attempt)
    part = Part(id=_id(attempt, rng), colour="red", note=mark(attempt.attacker))
    work.table("parts").of(PARTS).put(part)
    work.commit()


def _delete(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    work = _work(backend, attempt)
    parts = work.table("parts").of(PARTS)
    parts.delete(_id(attempt, rng))
    work.commit()


def _pin(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    work = _work(backend, attempt)
    work.table("parts").of(PARTS).pin(_id(attempt, rng))
    work.commit()


def _publish(backend: Backend, attempt: Attempt, _: random.Random) -> Any:
    if attempt.attacker == "system":
        return  # its own Work alone may
    work = _work(backend, attempt)
    work.publish(PartMade(part_id="p", note=mark(attempt.attacker)), tenant=attempt.victim)
    work.commit()


def _other_name(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    work = open_work(backend.store, tenant=rng.choice(NEVER_TENANTS))
    return work.table("parts").of(PARTS).list(), attempt


def _other_collection(backend: Backend, attempt: Attempt, rng: random.Random) -> Any:
    name = rng.choice((f"{attempt.victim}#parts", "parts#", "*", "", OUTBOX, INBOX))
    other = replace(PARTS, name=name)
    return _work(backend, attempt).table("parts").of(other).get(_id(attempt, rng))


_THROUGH_WORK: dict[str, Callable[[Backend, Attempt, random.Random], Any]] = {
    "get": _get,
    "query": _query,
    "list": _list,
    "list after": _list_after,
    "query after": _query_after,
    "bodies": _bodies,
    "put": _put,
    "delete": _delete,
    "pin": _pin,
    "publish": _publish,
    "another name": _other_name,
    "another collection": _other_collection,
}


# Below the Work: the first layer is off, and keys name the victim outright


def below_work(
    backend: Backend, attempt: Attempt, rng: random.Random
) -> tuple[str, Callable[[], Any]]:
    """An attempt with the attacker's session and keys of the victim."""
    kind = rng.choice(("get", "query", "list", "put", "overwrite", "delete", "check", "mixed"))
    session = backend.store.of(attempt.attacker)
    if kind == "get":
        key = _key(attempt, rng)
        return kind, lambda: session.get(key, now=EPOCH)
    if kind in {"query", "list"}:
        query = _below_query(attempt, rng, listing=kind == "list")
        return kind, lambda: session.query(query)
    writes = _writes(kind, attempt, rng)
    transaction = Transaction(f"t{attempt.number}", attempt.attacker, EPOCH, writes)
    return kind, lambda: _committed(backend.store, transaction)


def _key(attempt: Attempt, rng: random.Random) -> Key:
    victim = attempt.victim
    mark_of = {INBOX: "c", OUTBOX: "c"}
    collection = rng.choice(("parts", "parts", INBOX, OUTBOX))
    return Key("parts", victim, collection, mark_of.get(collection) or _seed(victim, rng))


def _seed(tenant: str, rng: random.Random) -> str:
    return f"{tenant}-p{rng.randrange(SEEDS)}"


def _below_query(attempt: Attempt, rng: random.Random, *, listing: bool) -> Query:
    after = rng.choice((None, Cursor("", ""), Cursor("000000", attempt.victim)))
    query = Query("parts", attempt.victim, "parts", EPOCH, after=after, shards=4)
    if listing:
        return query._replace(descending=rng.random() < 0.5, low=rng.choice((None, "a")))
    if rng.random() < 0.2:
        return query._replace(collection=OUTBOX, slot=1, partition=PENDING, shards=1)
    if rng.random() < 0.5:
        return query._replace(slot=2, partition="new")
    return query._replace(slot=1, partition=rng.choice(COLOURS), shards=1)


def _writes(kind: str, attempt: Attempt, rng: random.Random) -> tuple[Write, ...]:
    theirs = Key("parts", attempt.victim, "parts", _seed(attempt.victim, rng))
    body = json.dumps({"id": "x", "note": mark(attempt.attacker)})
    slots = (Slot("", "", 4), Slot("red", "000000"))
    new = theirs._replace(id=f"new-{attempt.number}")
    own = Put(new._replace(tenant=attempt.attacker), None, 1, body, slots)
    put: dict[str, tuple[Write, ...]] = {
        "put": (Put(rng.choice((new, new._replace(collection=INBOX))), None, 1, body, slots),),
        "overwrite": (Put(theirs, 1, 2, body, slots),),
        "delete": (Delete(theirs, 1),),
        # What it tells is whether the version was guessed right.
        "check": (Check(theirs, rng.choice((1, 2))), own),
        "mixed": (own, Put(theirs, 1, 2, body, slots)),
    }
    return put[kind]


def _committed(store: Store, transaction: Transaction) -> Any:
    (refusal,) = store.commit([transaction])
    checked = any(isinstance(write, Check) for write in transaction.writes)
    if checked:
        # Any answer but an error says something of the victim's item.
        return mark(next(w.key.tenant for w in transaction.writes if isinstance(w, Check)))
    return refusal


# A store as it would be without the second layer, so that the attempts are known to find a leak


@dataclass(frozen=True, slots=True)
class Leaky:
    """A backend whose sessions go by what the key says."""

    backend: Backend

    @property
    def store(self) -> Store:
        return _LeakyStore(self.backend.store)

    def items(self) -> list[Live]:
        return self.backend.items()


@dataclass(frozen=True, slots=True)
class _LeakyStore:
    store: Store

    def of(self, tenant: str) -> Session:
        del tenant
        return _LeakySession(self.store)

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        told = []
        for each in transactions:
            for write in each.writes:
                alone = each._replace(tenant=write.key.tenant, writes=(write,), inbox=None)
                told += self.store.commit([alone])
        return [next((refusal for refusal in told if refusal), None)]


@dataclass(frozen=True, slots=True)
class _LeakySession:
    store: Store

    def get(self, key: Key, *, now: int) -> Record | None:
        return self.store.of(key.tenant).get(key, now=now)

    def query(self, query: Query) -> list[Found]:
        return self.store.of(query.tenant).query(query)
