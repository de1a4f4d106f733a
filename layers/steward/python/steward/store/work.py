"""Work: the unit of work. Reads now, stages writes and events, commits them as one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from steward.contracts.event import Event, Origin, envelop
from steward.errors import AlreadyExists, Damaged, NotFound, NotGranted, TooLarge
from steward.identity import SYSTEM, Caller
from steward.json_text import compact, read
from steward.manifest import Access, Function, Table
from steward.objects import Bodies, claims_of, require_below
from steward.store import limits
from steward.store.collection import Collection, Page, decode_cursor, encode_cursor
from steward.store.records import (
    INBOX,
    OUTBOX,
    OUTBOX_LIFE,
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
    Slot,
    Store,
    Transaction,
    Write,
)
from steward.store.redaction import pointers, redact

E = TypeVar("E", bound=BaseModel)

INBOX_LIFE = timedelta(days=45)
"""Longer than the bus archive keeps an event (30 days), so that no replay finds the mark gone."""
MAX_LIMIT = 500
_SHORT = 20
"""Items of a query's answer, and answers, that a Work keeps: settings that each of many messages asks for."""


class Cause(NamedTuple):
    """The message a Work answers to: who sent it, its id there, and the replay generation."""

    source: str
    id: str
    generation: int = 0


class Claims(Protocol):
    """Where bodies too large for a message wait to be fetched."""

    def of(self, tenant: str) -> Bodies:
        """The tenant's bodies; a key of another tenant's is refused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Everything a Work is opened with; the edge builds it from the message and the manifest."""

    store: Store
    claims: Claims
    function: Function
    tenant: str
    now: datetime
    commit_id: str
    actor: str
    correlation_id: str
    causation_id: str = ""
    cause: Cause | None = None
    caller: Caller | None = None
    """Who asked, when a person or program did."""
    request: Mapping[str, str] | None = None
    """How they asked: ``id``, ``ip``, ``user_agent``, ``on_behalf_of``, ``reason``, as far as known."""
    retention: Mapping[str, int] = field(default_factory=dict)
    """Days that the tenant has set for ``table.collection``."""


@dataclass(slots=True)
class _Staged:
    write: Write
    entity: BaseModel | None
    audit: dict[str, Any] | None


class _Published(NamedTuple):
    event: Event
    tenant: str
    causation: str


def commit_id(function: Function, cause: Cause) -> str:
    """The id of the commit that answers a message: the same however often it is delivered."""
    parts = "\x1f".join((function.id, cause.source, cause.id, str(cause.generation)))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


class Work:
    """One tenant's reads, staged writes, events and timers, and their one commit.

    Raises:
        BadKey: the tenant's name breaks its rule.
    """

    def __init__(self, scope: Scope) -> None:
        limits.check_name(scope.tenant, what="tenant")
        self.scope = scope
        self.tenant = scope.tenant
        self.now = scope.now
        self.actor = scope.actor
        self.correlation_id = scope.correlation_id
        self.causation_id = scope.causation_id
        self._epoch = int(scope.now.timestamp())
        self._session = scope.store.of(scope.tenant)
        self._read: dict[Key, Record | None] = {}
        self._seen: dict[Key, Record] = {}
        self._found: dict[Query, list[Found]] = {}
        self._staged: dict[Key, _Staged] = {}
        self._marks = [] if scope.cause is None else [(scope.commit_id, scope.cause)]
        self._events: list[_Published] = []
        self._timers: list[dict[str, Any]] = []
        self._issued = 0

    def table(self, name: str) -> TableView:
        """The concern's table of that name.

        Raises:
            NotGranted: the function's manifest does not name it.
        """
        for resource in self.scope.function.resources:
            if isinstance(resource, Table) and resource.name == name:
                return TableView(self, resource)
        raise NotGranted(
            f"function {self.scope.function.id}: table {name!r} is not among its uses; "
            "declare it in the manifest"
        )

    def publish(self, event: Event, *, tenant: str | None = None) -> None:
        """Stage an event; it leaves with the commit or not at all.

        Raises:
            NotGranted: the manifest does not list the event's type under ``publishes``, or a
                tenant's Work publishes to another (only the system's may).
        """
        self._granted(event)
        if tenant not in (None, self.tenant) and self.tenant != SYSTEM:
            raise NotGranted(
                f"function {self.scope.function.id}: a Work of tenant {self.tenant!r} publishes to "
                f"{tenant!r}; only the system's own Work may"
            )
        self._events.append(_Published(event, tenant or self.tenant, self.causation_id))

    def at(self, when: datetime, event: Event, *, key: str) -> None:
        """Stage a timer that publishes the event at ``when``; the same key replaces an earlier one.

        Raises:
            NotGranted: the manifest does not list the event's type under ``publishes``.
        """
        self._granted(event)
        limits.check_id(key, what="timer key")
        self._timers.append(
            {
                "op": "set",
                "key": key,
                "at": when.isoformat(),
                "event": _Published(event, self.tenant, self.causation_id),
            }
        )

    def cancel(self, key: str) -> None:
        """Stage the removal of a timer; one that fired or never was is no error."""
        limits.check_id(key, what="timer key")
        self._timers.append({"op": "cancel", "key": key})

    def join(self, cause: Cause, *, causation_id: str) -> None:
        """Answer another message of the same conversation as well, from here on.

        All that is staged commits with the marks of all messages, or not at all.
        """
        self._marks.append((commit_id(self.scope.function, cause), cause))
        self.causation_id = causation_id

    def new_id(self) -> str:
        """A fresh id that a second run of the same message gives again."""
        self._issued += 1
        seed = f"{self.scope.commit_id}\x1f{self._issued}"
        return hashlib.sha256(seed.encode()).hexdigest()[:26]

    @property
    def staged(self) -> int:
        """How many items are staged so far."""
        return len(self._staged)

    def stage(self) -> Transaction | None:
        """The transaction that this Work amounts to; None when there is nothing to write.

        Writes large bodies to the object store on the way: harmless when the commit then fails.

        Raises:
            TooLarge: more than 90 staged items, or beyond a limit of the stores.
            NotGranted: something to keep, but no writable table to keep it in.
        """
        if len(self._staged) > limits.STAGED:
            raise TooLarge(
                f"function {self.scope.function.id}: {len(self._staged)} items staged; at most "
                f"{limits.STAGED} a Work, so publish a continuation event for the rest"
            )
        writes = [staged.write for staged in self._staged.values()]
        outbox = self._outbox()
        if outbox is not None:
            writes.append(outbox)
        inbox = [self._mark(id_, cause) for id_, cause in self._marks]
        writes += inbox
        if not writes:
            return None
        transaction = Transaction(
            self.scope.commit_id,
            self.tenant,
            self._epoch,
            tuple(writes),
            inbox[0].key if inbox else None,
        )
        limits.check(transaction)
        return transaction

    def commit(self) -> None:
        """Commit alone.

        Raises:
            AlreadyProcessed: this message's effects are in the store already.
            StaleVersion: an item changed since this Work read it; open a new Work and decide again.
        """
        transaction = self.stage()
        if transaction is None:
            return
        refusal: Refusal | None = self.scope.store.commit([transaction])[0]
        if refusal is not None:
            raise refusal

    def _granted(self, event: Event) -> None:
        if event.type not in self.scope.function.publishes:
            raise NotGranted(
                f"function {self.scope.function.id}: event {event.type!r} is not among its "
                "publishes; declare it in the manifest"
            )

    def _home(self) -> str:
        home = self.scope.function.home
        if home is None:
            raise NotGranted(
                f"function {self.scope.function.id}: has no writable table for its inbox and "
                "outbox; declare one in the manifest"
            )
        return home.name

    def _mark(self, id_: str, cause: Cause) -> Put:
        key = Key(self._home(), self.tenant, INBOX, id_)
        body = json.dumps(
            {"function": self.scope.function.id, "source": cause.source[:200], "id": cause.id[:200]}
        )
        return Put(key, None, 1, body, (), int((self.now + INBOX_LIFE).timestamp()))

    def _outbox(self) -> Put | None:
        audit = [staged.audit for staged in self._staged.values() if staged.audit is not None]
        if not (self._events or self._timers or audit):
            return None
        body = compact(self._outbox_body(audit))
        if len(body) > limits.CLAIM_BYTES // 4 and len(body.encode()) > limits.CLAIM_BYTES:
            asker = (self.scope.request or {}).get("tenant", "")
            if self.tenant == SYSTEM and asker not in ("", SYSTEM):
                # Their own trail has it too, and reads below its own prefix.
                self._claim("outbox", body, asker)
            body = self._claim("outbox", body, self.tenant)
        key = Key(self._home(), self.tenant, OUTBOX, self.scope.commit_id)
        moment = self.now.astimezone(UTC).isoformat()
        slots = (None, Slot(PENDING, moment))
        return Put(key, None, 1, body, slots, int((self.now + OUTBOX_LIFE).timestamp()))

    def _outbox_body(self, audit: list[dict[str, Any]]) -> dict[str, Any]:
        scope = self.scope
        origin = Origin(
            scope.commit_id, self.tenant, scope.correlation_id, scope.causation_id, self.now
        )
        events = [self._told(one, origin, place) for place, one in enumerate(self._events)]
        timers = []
        for position, timer in enumerate(self._timers, start=len(events)):
            staged = dict(timer)
            if timer["op"] == "set":
                staged["event"] = self._told(timer["event"], origin, position)
            timers.append(staged)
        request = {"request": dict(scope.request)} if scope.request else {}
        return {
            "commit": scope.commit_id,
            "tenant": self.tenant,
            "function": scope.function.id,
            "actor": self.actor,
            "at": self.now.isoformat(),
            "correlation": scope.correlation_id,
            "causation": scope.causation_id,
            **request,
            "events": events,
            "timers": timers,
            "audit": audit,
        }

    def _told(self, one: _Published, origin: Origin, position: int) -> dict[str, Any]:
        own = origin._replace(tenant=one.tenant, causation_id=one.causation)
        return self._slim(envelop(one.event, origin=own, position=position))

    def _slim(self, envelope: dict[str, Any]) -> dict[str, Any]:
        text = compact(envelope["data"])
        if len(text) <= limits.CLAIM_BYTES // 4 or len(text.encode()) <= limits.CLAIM_BYTES:
            return envelope
        # An event to another tenant is fetched by that tenant's functions, below its own prefix.
        claim = json.loads(self._claim(envelope["id"], text, envelope["tenantid"]))
        return {**envelope, "data": {}, "dataref": claim["claim"]}

    def _claim(self, name: str, body: str, tenant: str) -> str:
        key = _claim_key(tenant, self.scope.commit_id, name)
        self.scope.claims.of(tenant).put(key, body.encode())
        return json.dumps({"claim": key, "bytes": len(body.encode())})

    # What the collections below need of their Work.

    def record(self, key: Key) -> Record | None:
        """The stored item under the key, remembered with its version."""
        if key not in self._read:
            self._read[key] = self._session.get(key, now=self._epoch)
        return self._read[key]

    def find(self, query: Query) -> list[Found]:
        """The stored items of a query; a short answer is given again to who asks the same again."""
        found = self._found.get(query)
        if found is None:
            found = self._session.query(query)
            if len(found) <= _SHORT and len(self._found) < _SHORT:
                self._found[query] = found
        return list(found)

    def stage_write(
        self, write: Write, entity: BaseModel | None, audit: dict[str, Any] | None
    ) -> None:
        """Stage one write in the place of an earlier one of the same item."""
        if audit is not None and self.causation_id != self.scope.causation_id:
            # The commit's own entry names the first message alone.
            audit = {**audit, "causation": self.causation_id}
        self._staged[write.key] = _Staged(write, entity, audit)

    def drop_write(self, key: Key) -> None:
        """Forget a staged write."""
        self._staged.pop(key, None)

    def staged_write(self, key: Key) -> _Staged | None:
        """What is staged for an item, if anything."""
        return self._staged.get(key)

    def remember(self, record: Record) -> None:
        """Take note of a query's record: a later put takes its version, no get its content."""
        self._seen[record.key] = record

    def known(self, key: Key) -> Record | None:
        """The record a put replaces: the consistently read one, else what a query showed."""
        return self._read[key] if key in self._read else self._seen.get(key)

    @property
    def epoch(self) -> int:
        """The Work's instant in epoch seconds."""
        return self._epoch


@dataclass(frozen=True, slots=True)
class TableView:
    """One table, as far as the manifest grants it."""

    work: Work
    table: Table

    def of(self, collection: Collection[E]) -> Entities[E]:
        """The entities of a collection in this table."""
        limits.check_name(collection.name, what="collection")
        return Entities(self.work, self.table, collection)


@dataclass(frozen=True, slots=True)
class Entities(Generic[E]):
    """One tenant's entities of one collection, within one Work."""

    work: Work
    table: Table
    collection: Collection[E]

    def get(self, id_: str) -> E | None:
        """The entity, with this Work's own staged change; None when absent or expired."""
        key = self._key(id_)
        staged = self.work.staged_write(key)
        if staged is not None and not isinstance(staged.write, Check):
            return staged.entity  # type: ignore[return-value]  # staged under this collection's key
        record = self.work.record(key)
        return None if record is None else self._load(record)

    def require(self, id_: str) -> E:
        """The entity.

        Raises:
            NotFound: there is none.
        """
        entity = self.get(id_)
        if entity is None:
            raise NotFound(
                f"{self.collection.name} {id_[:80]!r}: not found; list them to see the ids"
            )
        return entity

    def version(self, id_: str) -> int:
        """The stored version of the entity; 0 when absent."""
        record = self.work.record(self._key(id_))
        return 0 if record is None else record.version

    def add(self, entity: E) -> None:
        """Stage a new entity.

        Raises:
            AlreadyExists: this Work has read or staged one of that id.
        """
        key = self._key(self.collection.id(entity))
        staged = self.work.staged_write(key)
        taken = staged.entity is not None if staged else self.work.known(key) is not None
        if taken:
            raise AlreadyExists(f"{self.collection.name} {key.id[:80]!r}: the id is taken")
        if staged is not None and isinstance(staged.write, Delete):
            self._stage_put(key, entity, expect=staged.write.expect)
        else:
            self._stage_put(key, entity, expect=None)

    def put(self, entity: E) -> None:
        """Stage the entity in the place of what this Work read under its id, or of nothing."""
        key = self._key(self.collection.id(entity))
        record = self.work.known(key)
        self._stage_put(key, entity, expect=None if record is None else record.version)

    def delete(self, id_: str) -> None:
        """Stage the removal of an entity; one that is not there is no error."""
        self._writable()
        key = self._key(id_)
        record = self.work.record(key)
        if record is None:
            self.work.drop_write(key)
            return
        audit = self._audit("delete", key, before=record.body, after=None, version=record.version)
        self.work.stage_write(Delete(key, record.version), None, audit)

    def erase(self, id_: str) -> None:
        """Stage a removal without an audit entry, which would keep what is to be forgotten.

        Only for erasure on request, whose own record says what went.
        """
        self._writable()
        key = self._key(id_)
        record = self.work.record(key)
        if record is not None:
            self.work.stage_write(Delete(key, record.version), None, None)

    def blank(self, entity: E) -> None:
        """Stage the entity without what is to be forgotten, and without an audit entry, as `erase`."""
        self.count_on(entity)

    def count_on(self, entity: E) -> None:
        """Stage the entity without an audit entry: a count of what strangers do as often as they like.

        Whoever counts so leaves an entry by `put` where the count tells something new.
        """
        id_ = self.collection.id(entity)
        self._stage_put(self._key(id_), entity, expect=self.version(id_), audited=False)

    def expiry(self, entity: E) -> int | None:
        """When the entity vanishes, in epoch seconds, by what the tenant has set; None for never."""
        name = f"{self.table.name}.{self.collection.name}"
        return self.collection.expiry(entity, days=self.work.scope.retention.get(name))

    def overdue(self, entity: E) -> bool:
        """Whether the stored entity would vanish at another time than it should by now."""
        known = self.work.known(self._key(self.collection.id(entity)))
        return known is not None and known.expires != self.expiry(entity)

    def pin(self, id_: str) -> None:
        """Let the commit pass only if the entity is still as this Work read it."""
        key = self._key(id_)
        record = self.work.record(key)
        if self.work.staged_write(key) is None:
            expect = None if record is None else record.version
            self.work.stage_write(Check(key, expect), None, None)

    def query(  # noqa: PLR0913  # where a page begins, ends and how it is read
        self,
        *,
        index: str,
        key: str,
        after: str | None = None,
        limit: int = 50,
        descending: bool = False,
        low: str | None = None,
        high: str | None = None,
        keep: bool = True,
        otherwise: Callable[[Cursor], E] | None = None,
    ) -> Page[E]:
        """A page of the entities whose index key is ``key``, by sort value; eventually consistent.

        Who reads a great many, and changes none of them, has none kept in mind for a later put.
        ``otherwise`` gives what to show where something damaged stands, by its place in the order.

        Raises:
            BadInput: the cursor is not one of this list's.
            Damaged: something stored is no such entity, and there is no ``otherwise``.
        """
        slot, declared = self.collection.slot_of(index)
        return self._page(
            Query(
                *self._prefix(),
                self.work.epoch,
                slot,
                key,
                declared.shards,
                low,
                high,
                decode_cursor(after) if after else None,
                _bounded(limit),
                descending,
            ),
            keep=keep,
            otherwise=otherwise,
        )

    def bodies(
        self,
        *,
        index: str | None = None,
        key: str = "",
        low: str | None = None,
        high: str | None = None,
    ) -> Iterator[str]:
        """The texts that are stored under an index key, or all by id, in order; eventually consistent.

        For who reads a great many and holds each against something himself: nothing is validated.
        """
        slot, place = (0, self.collection.listing) if index is None else self._place(index, key)
        query = Query(
            *self._prefix(),
            self.work.epoch,
            slot,
            place.partition,
            place.shards,
            low,
            high,
            None,
            MAX_LIMIT,
        )
        while True:
            found = self.work.find(query)
            yield from (one.record.body for one in found)
            if len(found) < query.limit:
                return
            query = query._replace(after=found[-1].cursor)

    def _place(self, index: str, key: str) -> tuple[int, Slot]:
        number, declared = self.collection.slot_of(index)
        return number, Slot(key, "", declared.shards)

    def list(
        self, *, after: str | None = None, limit: int = 50, descending: bool = False
    ) -> Page[E]:
        """A page of all entities by id; eventually consistent."""
        listing = self.collection.listing
        return self._page(
            Query(
                *self._prefix(),
                self.work.epoch,
                0,
                listing.partition,
                listing.shards,
                None,
                None,
                decode_cursor(after) if after else None,
                _bounded(limit),
                descending,
            )
        )

    def _page(
        self,
        query: Query,
        *,
        keep: bool = True,
        otherwise: Callable[[Cursor], E] | None = None,
    ) -> Page[E]:
        found = self.work.find(query._replace(limit=query.limit + 1))
        shown = found[: query.limit]
        for one in shown if keep else ():
            self.work.remember(one.record)
        more = len(found) > query.limit
        return Page(
            tuple(self._shown_as(one, otherwise) for one in shown),
            encode_cursor(shown[-1].cursor) if more else None,
        )

    def _prefix(self) -> tuple[str, str, str]:
        return self.table.name, self.work.tenant, self.collection.name

    def _key(self, id_: str) -> Key:
        limits.check_id(id_, what=f"{self.collection.name} id")
        return Key(self.table.name, self.work.tenant, self.collection.name, id_)

    def _shown_as(self, one: Found, otherwise: Callable[[Cursor], E] | None) -> E:
        try:
            return self._load(one.record)
        except Damaged:
            if otherwise is None:
                raise
            return otherwise(one.cursor)

    def _load(self, record: Record) -> E:
        try:
            return self.collection.entity.model_validate_json(record.body)
        except ValidationError as error:
            # Not the text itself: it may hold anything.
            raise Damaged(
                f"{self.collection.name} {record.key.id[:80]!r}: what is stored is not what was "
                f"written there ({error.error_count()} faults); restore it from a backup"
            ) from error

    def _writable(self) -> None:
        if self.table.access is not Access.READ_WRITE:
            raise NotGranted(
                f"function {self.work.scope.function.id}: table {self.table.name!r} is granted for "
                "reading only; declare Access.READ_WRITE in the manifest"
            )

    def _stage_put(self, key: Key, entity: E, *, expect: int | None, audited: bool = True) -> None:
        self._writable()
        body = entity.model_dump_json()
        version = 1 if expect is None else expect + 1
        write = Put(
            key,
            expect,
            version,
            body,
            self.collection.slots(entity),
            self.expiry(entity),
        )
        record = self.work.known(key)
        before = record.body if record is not None else None
        verb = "add" if expect is None else "put"
        audit = self._audit(verb, key, before=before, after=body, version=version)
        self.work.stage_write(write, entity, audit if audited else None)

    def _audit(
        self, verb: str, key: Key, *, before: str | None, after: str | None, version: int
    ) -> dict[str, Any] | None:
        collection = self.collection
        if collection.audit == "none":
            return None
        entry: dict[str, Any] = {
            "verb": verb,
            "table": key.table,
            "collection": key.collection,
            "id": key.id,
            "version": version,
        }
        if collection.audit == "digest":
            marked = (*collection.secret, *collection.personal)
            entry["before_sha256"] = _digest(before, marked)
            entry["after_sha256"] = _digest(after, marked)
        else:
            entry["before"] = self._shown(before)
            entry["after"] = self._shown(after)
            entry |= self._personal(entry, before, after)
        return entry

    def _shown(self, body: str | None) -> Any:
        return None if body is None else redact(json.loads(body), self.collection.secret)

    def _personal(
        self, entry: Mapping[str, Any], before: str | None, after: str | None
    ) -> dict[str, Any]:
        # By person: what an entity tells of may be about one person before, about another after.
        collection = self.collection
        found: dict[str, list[str]] = {}
        if collection.person is not None:
            for side, body in (("before", before), ("after", after)):
                if body is not None:
                    person = collection.person(collection.entity.model_validate_json(body))
                    fields = pointers(entry[side], collection.personal, root=f"/{side}")
                    found.setdefault(person, []).extend(fields)
        return {"personal": found} if any(found.values()) else {}


@dataclass(slots=True)
class MemoryClaims:
    """Claims in memory, for one process; ``put`` and ``get`` reach every tenant's."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    def of(self, tenant: str) -> Bodies:
        """The tenant's bodies."""
        return _OwnBodies(self, claims_of(tenant))

    def put(self, key: str, body: bytes) -> None:
        """Keep the body."""
        self.bodies[key] = body

    def get(self, key: str) -> bytes:
        """The body.

        Raises:
            NotFound: never written.
        """
        if key not in self.bodies:
            raise NotFound(f"claim {key!r}: not there; it expired or was never written")
        return self.bodies[key]


@dataclass(frozen=True, slots=True)
class _OwnBodies:
    claims: MemoryClaims
    prefix: str

    def put(self, key: str, body: bytes) -> None:
        require_below(key, self.prefix)
        self.claims.put(key, body)

    def get(self, key: str) -> bytes:
        require_below(key, self.prefix)
        return self.claims.get(key)


def open_outbox(body: str, claims: Claims, *, tenant: str) -> Mapping[str, Any]:
    """A tenant's outbox item, its content fetched from the object store when it was too large.

    Raises:
        NotFound: the claimed body is gone.
        NotGranted: it points at another tenant's.
    """
    content: dict[str, Any] = read(body)
    if "claim" in content:
        content = json.loads(claims.of(tenant).get(content["claim"]))
    return content


def outbox_claim(tenant: str, commit: str) -> str:
    """Where the whole of an outbox item lies that was too large for the store."""
    return _claim_key(tenant, commit, "outbox")


def _claim_key(tenant: str, commit: str, name: str) -> str:
    return f"{claims_of(tenant)}{commit}/{name}.json"


def _digest(body: str | None, marked: Sequence[str]) -> str | None:
    if body is None:
        return None
    if marked:
        # A digest of a short secret or of a name gives it away to whoever tries them all.
        body = json.dumps(redact(json.loads(body), marked), separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def _bounded(limit: int) -> int:
    return max(1, min(limit, MAX_LIMIT))
