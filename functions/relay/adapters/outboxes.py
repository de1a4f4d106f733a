"""Outbox items in a SQL store, and the queue that tells of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.relay.model import Outbox, Received, outbox_of
from functions.relay.ports import Outboxes, Poke
from steward.errors import BadInput, StewardError, Transient
from steward.store.records import OUTBOX, Key, Record, Session
from steward.store.work import Claims, open_outbox

_BATCH = 10


class SqlOutbox(Protocol):
    """What of the SQL store is used here."""

    def of(self, tenant: str) -> Session:
        """Reads as that tenant."""
        ...

    def pending(self, *, limit: int = 100) -> list[Record]:
        """Outbox items not yet relayed, oldest first, of every tenant."""
        ...

    def relayed(self, keys: Sequence[Key]) -> None:
        """Take outbox items out of the relay's reach."""
        ...

    def sweep(self, *, now: int) -> int:
        """Remove expired items of every tenant; how many."""
        ...


class StoredOutboxes:
    """`functions.relay.ports.Outboxes` over the SQL store; ``now`` in epoch seconds."""

    def __init__(self, store: SqlOutbox, claims: Claims, *, now: int) -> None:
        self._store = store
        self._claims = claims
        self._now = now

    def read(self, poke: Poke) -> Outbox | None:
        """The item; None when it has expired."""
        record = self._store.of(poke.tenant).get(_key(poke), now=self._now)
        if record is None:
            return None
        return outbox_of(open_outbox(record.body, self._claims, tenant=poke.tenant))

    def pending(self, *, limit: int) -> list[Poke]:
        """The oldest items not yet relayed, of every tenant."""
        keys = [record.key for record in self._store.pending(limit=limit)]
        return [Poke(key.table, key.tenant, key.id) for key in keys]

    def expire(self) -> int:
        """Remove what has expired, of every tenant; how many items."""
        return self._store.sweep(now=self._now)

    def relayed(self, pokes: Sequence[Poke]) -> None:
        """Take the items out of the relay's reach."""
        self._store.relayed([_key(poke) for poke in pokes])


class PokeQueue:
    """`functions.relay.ports.Pokes` over the relay's SQS queue."""

    def __init__(self, client: Any, *, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, pokes: Sequence[Poke]) -> None:
        """Ask for the items to be relayed."""
        for start in range(0, len(pokes), _BATCH):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": json.dumps(poke._asdict()),
                    "MessageGroupId": poke.tenant,
                }
                for number, poke in enumerate(pokes[start : start + _BATCH])
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise Transient(f"relay queue: {error}; the next sweep tries again") from error
            if answer.get("Failed"):
                raise Transient(f"relay queue: {answer['Failed'][0]}; the next sweep tries again")


def read_pokes(
    records: Sequence[Mapping[str, Any]], outboxes: Outboxes
) -> tuple[Received, dict[str, Poke]]:
    """The outbox items that a batch asks for, and its pokes, each under its message's id."""
    received, pokes = Received(), dict[str, Poke]()
    for record in records:
        ref = str(record["messageId"])
        received.refs.append(ref)
        try:
            pokes[ref] = poke_in(record)
            outbox = outboxes.read(pokes[ref])
            if outbox is not None:
                received.items[ref] = outbox
        except StewardError as error:
            received.failed[ref] = error
    return received, pokes


def poke_in(record: Mapping[str, Any]) -> Poke:
    """The poke in a message of the relay's queue.

    Raises:
        BadInput: no poke.
    """
    try:
        body = json.loads(record["body"])
        return Poke(str(body["table"]), str(body["tenant"]), str(body["commit"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"poke: {error!r}; send table, tenant and commit") from error


def _key(poke: Poke) -> Key:
    return Key(poke.table, poke.tenant, OUTBOX, poke.commit)
