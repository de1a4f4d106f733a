"""The persons' keys: each made in a commit of its own, wrapped by the master key from the secrets."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from functions.audit.model.seal import PERSONS, Person, data_key, master_key, new_person
from steward.edge.resources import Resources
from steward.edge.session import Opening, run
from steward.errors import Permanent
from steward.store.work import Work

SECRET = "audit-seal"  # noqa: S105  # the secret's name
_KEPT_SECONDS = 300.0
_remembered: dict[str, tuple[float, bytes]] = {}


class WrongMaster(Permanent):
    """The master key does not open what was sealed with it: it was replaced, or restored from elsewhere."""


class StoredKeys:
    """`functions.audit.ports.Keys` of one tenant, read within its Work."""

    def __init__(
        self, resources: Resources, work: Work, *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._resources = resources
        self._work = work
        self._random = random
        self._opened: dict[str, bytes | None] = {}

    def of(self, person: str) -> bytes | None:
        """The person's key, made when it is first asked for; None once the person was erased."""
        if person not in self._opened:
            found = self._work.table("audit").of(PERSONS).get(person)
            self._opened[person] = self._open(found or self._make(person))
        return self._opened[person]

    def known(self, person: str) -> bytes | None:
        """The person's key; None when there is none."""
        found = self._work.table("audit").of(PERSONS).get(person)
        return None if found is None else self._open(found)

    def _make(self, person: str) -> Person:
        def use(work: Work) -> Person:
            persons = work.table("audit").of(PERSONS)
            standing = persons.get(person)
            if standing is not None:
                return standing
            fresh = new_person(
                person, tenant=work.tenant, master=self._master(), random=self._random, now=work.now
            )
            persons.add(fresh)
            return fresh

        # A key that a refused commit would lose could have sealed what another one keeps.
        return run(self._resources, Opening(self._work.tenant, self._work.actor, ""), use)

    def _open(self, person: Person) -> bytes | None:
        if person.key is None:
            return None
        try:
            return data_key(person, tenant=self._work.tenant, master=self._master())
        except ValueError as error:
            raise WrongMaster(
                f"secret {SECRET!r}: {error}; put the one back that was there"
            ) from error

    def _master(self) -> bytes:
        environment = self._resources.environment
        until, key = _remembered.get(environment, (0.0, b""))
        if until < time.monotonic():
            key = master_key(self._resources.secrets.get(SECRET))
            # A file is read in no time, and another data folder has another key.
            if environment != "embedded":
                _remembered[environment] = (time.monotonic() + _KEPT_SECONDS, key)
        return key
