"""When an API key was last used: noted at most once in five minutes, whoever of the processes sees it.

A note is one small row beside the limits, which every function with routes may write: no event, no
outbox, and no write at all for most requests. A process that noted a use, or read of one, asks the
store no more until it is due again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import NotGranted
from steward.identity import Caller
from steward.log import EdgeEvent, log_of
from steward.manifest import LIMITS
from steward.store.collection import Collection
from steward.store.records import Key, Put, Record, Store, Transaction

NOTED_EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=45)
_REMEMBERED = 10_000


class KeyUse(BaseModel):
    """A key, as ``key:<start of hash>``, and when it was last used."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: AwareDatetime


USES = Collection(
    "uses",
    KeyUse,
    id=lambda use: use.id,
    expires=lambda use: use.at + KEPT_FOR,
    audit="none",
    listed=False,
)


class Uses:
    """The uses that one process has seen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._until: dict[tuple[str, str], datetime] = {}

    def note(self, caller: Caller, *, now: datetime) -> None:
        """Note the use of the caller's key, if it came with one; never fails a request."""
        id_ = next((one for one in (caller.session, caller.id) if one.startswith("key:")), "")
        place = (caller.tenant, id_)
        if not id_ or self._until.get(place, now) > now:
            return
        if len(self._until) >= _REMEMBERED:
            self._until.clear()
        self._until[place] = now + NOTED_EVERY
        try:
            self._until[place] = self._write(caller.tenant, id_, now) + NOTED_EVERY
        except NotGranted:
            raise
        except Exception as error:  # noqa: BLE001  # a note is worth no request
            log_of("uses").error(EdgeEvent.LIMITS_UNREADABLE, limit="uses", error=error)

    def _write(self, tenant: str, id_: str, now: datetime) -> datetime:
        """When the key was last noted: now, or a moment ago by another process."""
        key = Key(LIMITS.name, tenant, USES.name, id_)
        record = self._store.of(tenant).get(key, now=int(now.timestamp()))
        if record is not None:
            known = KeyUse.model_validate_json(record.body)
            if known.at + NOTED_EVERY > now:
                return known.at
        self._store.commit([_noted(key, record, now)])
        return now


def _noted(key: Key, record: Record | None, now: datetime) -> Transaction:
    # Whoever loses against another process's note of the same minute has nothing to add.
    use = KeyUse(id=key.id, at=now)
    version = None if record is None else record.version
    put = Put(key, version, (version or 0) + 1, use.model_dump_json(), (), USES.expiry(use))
    return Transaction(f"{key.id}-{int(now.timestamp())}", key.tenant, int(now.timestamp()), (put,))
