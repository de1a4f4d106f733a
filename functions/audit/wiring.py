"""The composition root of the audit trail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from functions.audit.adapters.archive import LockedArchive
from functions.audit.adapters.commits import StoredCommits
from functions.audit.adapters.keys import StoredKeys
from functions.audit.adapters.registry import StoredRegistry
from functions.audit.ports import Archive, Books, Chaining, Commits, Keys, Publish, books_of
from functions.audit.service.heads import Desk
from steward.edge.resources import Resources, current
from steward.edge.session import Opening, run
from steward.signing import Signer
from steward.store.work import Work

R = TypeVar("R")

BUCKET = "audit"
SIGNER = "audit"


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers hand to the use cases, within one tenant's Work."""

    tenant: str
    books: Books
    keys: Keys
    archive: Archive
    publish: Publish
    actor: str
    now: datetime
    fresh_id: Callable[[], str]
    signer: Callable[[], Signer]
    """The signing key, for the functions that may use it."""
    apart: Apart

    @property
    def chaining(self) -> Chaining:
        """What it takes to add to this tenant's chain."""
        return Chaining(
            self.tenant,
            self.books,
            self.keys,
            self.archive,
            self.apart.registry,
            os.urandom,
            self.now,
        )

    @property
    def desk(self) -> Desk:
        """What it takes to sign for this tenant."""
        return Desk(
            tenant=self.tenant,
            books=self.books,
            archive=self.archive,
            signer=self.signer(),
            publish=self.publish,
            now=self.now,
        )


@dataclass(frozen=True, slots=True)
class Apart:
    """What stands outside the Work: other tenants' Works, and the commits of all."""

    resources: Resources

    @property
    def registry(self) -> StoredRegistry:
        """The tenants that have a chain."""
        return StoredRegistry(self.resources)

    @property
    def commits(self) -> Commits:
        """The outboxes of all tables and tenants."""
        return StoredCommits(self.resources)

    def tenants(self) -> Iterator[str]:
        """The tenants that have a chain."""
        return self.registry.tenants()

    def for_tenant(self, tenant: str, use: Callable[[Deps], R]) -> R:
        """Do something in a Work of that tenant, committed at once."""
        opening = Opening(tenant, f"function:{self.resources.function.id}", "")
        return run(self.resources, opening, lambda work: use(wire(work)))


def wire(work: Work) -> Deps:
    """The ports over this Work and the function's resources."""
    resources = current()
    return Deps(
        tenant=work.tenant,
        books=books_of(work.table("audit")),
        keys=StoredKeys(resources, work),
        archive=LockedArchive(lambda: resources.buckets(BUCKET, work.tenant), work.tenant),
        publish=work.publish,
        actor=work.actor,
        now=work.now,
        fresh_id=work.new_id,
        signer=lambda: resources.signers(SIGNER),
        apart=Apart(resources),
    )
