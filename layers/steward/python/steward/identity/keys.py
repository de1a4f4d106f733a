"""The key ring: issuing, listing and revoking API keys, with an audit entry for each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from steward.errors import BadInput, NotFound
from steward.identity import Role
from steward.identity.directory import KEYS, ApiKey, new_key
from steward.manifest import DIRECTORY, Function, Poke, Table
from steward.store import limits
from steward.store.collection import every
from steward.store.records import Store
from steward.store.work import Entities, MemoryClaims, Scope, Work

# The operator's own command: it writes the directory that functions only read.
OPERATOR = Function(
    name="operator",
    handler="functions.identity.handlers.operator.handler",
    trigger=Poke(),
    uses=(Table(DIRECTORY.name),),
)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The API keys of all tenants, as the operator of the installation handles them."""

    store: Store
    clock: Callable[[], datetime]

    def issue(
        self, *, tenant: str, role: Role, name: str, expires_at: datetime | None = None
    ) -> tuple[str, ApiKey]:
        """A new key: its plaintext, which is kept nowhere, and what is kept.

        Raises:
            BadKey: the tenant's name breaks its rule.
            BadInput: it would have expired already.
        """
        limits.check_name(tenant, what="tenant")
        now = self.clock()
        if expires_at is not None and expires_at <= now:
            raise BadInput(f"expiry {expires_at.isoformat()}: is past; give a later time")
        plaintext, fresh = new_key(tenant=tenant, role=role, name=name, now=now)
        kept = fresh.model_copy(update={"expires_at": expires_at})
        work = self._work(tenant)
        _keys(work).add(kept)
        work.commit()
        return plaintext, kept

    def of(self, tenant: str) -> tuple[ApiKey, ...]:
        """The tenant's keys, oldest first."""
        keys = _keys(self._work(tenant))
        return tuple(every(lambda after: keys.query(index="by_age", key="all", after=after)))

    def revoke(self, tenant: str, start: str) -> ApiKey:
        """Revoke the one key of the tenant whose hash starts so; it is refused within a minute.

        Raises:
            NotFound: no key or several start so.
        """
        matching = [key for key in self.of(tenant) if start and key.hash.startswith(start)]
        if len(matching) != 1:
            raise NotFound(
                f"key {start!r}: {len(matching)} keys of tenant {tenant!r} start so; "
                "take the id from 'steward keys ls'"
            )
        work = self._work(tenant)
        keys = _keys(work)
        revoked = keys.require(matching[0].hash).model_copy(update={"revoked_at": self.clock()})
        keys.put(revoked)
        work.commit()
        return revoked

    def empty(self, tenant: str) -> bool:
        """Whether the tenant was never issued a key."""
        return not _keys(self._work(tenant)).list(limit=1).items

    def _work(self, tenant: str) -> Work:
        return operator_work(self.store, tenant=tenant, now=self.clock())


def operator_work(store: Store, *, tenant: str, now: datetime) -> Work:
    """A Work of the operator's own command, which may write the directory."""
    identity = uuid.uuid4().hex
    return Work(
        Scope(
            store=store,
            claims=MemoryClaims(),
            function=OPERATOR,
            tenant=tenant,
            now=now,
            commit_id=identity,
            actor="operator",
            correlation_id=identity,
        )
    )


def _keys(work: Work) -> Entities[ApiKey]:
    return work.table(DIRECTORY.name).of(KEYS)
