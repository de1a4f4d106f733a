"""Paces that workers share through the store: read now and then, written once a provider complains."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final, NamedTuple

from functions.inventory.model import pace
from functions.inventory.model.pace import Pace, Quota
from steward.errors import Transient
from steward.manifest import LIMITS
from steward.store.records import Key, Put, Record, Store, Transaction

COLLECTION: Final = "paces"
HEARD_FOR: Final = 2.0
"""Seconds for which it is taken as known that nobody complained."""
LIVES: Final = 3600
"""Seconds after which a pace that nobody uses is forgotten."""
_BLOCK: Final = 0.25
"""Seconds whose calls are borrowed at once."""
_ATTEMPTS: Final = 12


class Name(NamedTuple):
    """Whose calls to which service."""

    tenant: str
    account: str
    service: str

    @property
    def key(self) -> Key:
        """The pace's place in the store."""
        return Key(LIMITS.name, self.tenant, COLLECTION, f"{self.account}|{self.service}")


class Paces:
    """The paces of one process, for several threads."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause
        self._free_until: dict[Name, float] = {}
        self._left: dict[Name, int] = {}
        self._lock = threading.Lock()

    def take(self, name: Name, quota: Quota | None = None) -> None:
        """Wait until a call may be made; with a quota, until it allows one more.

        Raises:
            Transient: the store cannot say.
        """
        with self._lock:
            while not self._taken(name, quota):
                pass

    def complain(self, name: Name, quota: Quota | None = None) -> None:
        """Take note that the provider asked for a slower pace.

        Raises:
            Transient: others were always first to write.
        """
        with self._lock:
            self._left.pop(name, None)
            self._free_until.pop(name, None)
            self._change(name, lambda known, now: pace.complained(known, now=now, quota=quota))

    def _taken(self, name: Name, quota: Quota | None) -> bool:
        left = self._left.get(name, 0)
        if left:
            self._left[name] = left - 1
            return True
        now = self._clock()
        if quota is None and now < self._free_until.get(name, 0.0):
            return True
        record = self._read(name, now)
        known = None if record is None else Pace.model_validate_json(record.body)
        if quota is not None:
            return self._borrow(name, record, known or pace.begun(quota, now=now), now, quota)
        if record is None or known is None or pace.lend(known, 0, now=now).pace.over:
            self._free_until[name] = now + HEARD_FOR
            return True
        return self._borrow(name, record, known, now)

    def _borrow(
        self, name: Name, record: Record | None, known: Pace, now: float, quota: Quota | None = None
    ) -> bool:
        # What is borrowed may be spent at any time, so of a quota no more than is spent at once.
        want = max(1, int(known.rate * _BLOCK)) if quota is None else 1
        lent = pace.lend(known, want, now=now, quota=quota)
        if not lent.calls:
            self._pause(min(5.0, lent.wait) * (1 + random.random() / 4))  # noqa: S311  # spreads the workers
            return False
        if not self._write(name, lent.pace, record, now):
            self._pause(random.random() * 0.01)  # noqa: S311  # spreads the workers
            return False
        self._left[name] = lent.calls - 1
        return True

    def _change(self, name: Name, use: Callable[[Pace | None, float], Pace]) -> None:
        for _ in range(_ATTEMPTS):
            now = self._clock()
            record = self._read(name, now)
            known = None if record is None else Pace.model_validate_json(record.body)
            if self._write(name, use(known, now), record, now):
                return
            self._pause(random.random() * 0.01)  # noqa: S311  # spreads the workers
        raise Transient(f"pace of {name.account} {name.service}: always overtaken; try again")

    def _read(self, name: Name, now: float) -> Record | None:
        return self._store.of(name.tenant).get(name.key, now=int(now))

    def _write(self, name: Name, after: Pace, record: Record | None, now: float) -> bool:
        expect = None if record is None else record.version
        body = after.model_dump_json()
        put = Put(name.key, expect, (expect or 0) + 1, body, expires=int(now) + LIVES)
        id_ = f"pace-{uuid.uuid4().hex}"
        return self._store.commit([Transaction(id_, name.tenant, int(now), (put,))]) == [None]
