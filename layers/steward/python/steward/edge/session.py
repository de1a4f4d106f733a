"""Opening a Work for a message or request, running the use case, committing, and trying again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from steward.edge.resources import Resources, current
from steward.errors import NotGranted, Transient
from steward.identity import SYSTEM
from steward.store.records import (
    OUTBOX,
    AlreadyProcessed,
    Refusal,
    StaleVersion,
    Transaction,
)
from steward.store.work import Cause, Scope, Work, commit_id

D = TypeVar("D")
R = TypeVar("R")
Wire = Callable[[Work], D]

ATTEMPTS = 5
"""Times a use case is decided anew on a stale version before the message goes back to its queue."""


class Opening(NamedTuple):
    """How to open a Work: for whom, caused by what, in which conversation."""

    tenant: str
    actor: str
    correlation_id: str
    causation_id: str = ""
    cause: Cause | None = None
    commit_id: str = ""
    caller: Any = None
    request: Mapping[str, str] | None = None


def open_work(resources: Resources, opening: Opening) -> Work:
    """A fresh Work; opened again with the same cause it has the same commit id.

    Raises:
        NotGranted: a Work of the system tenant, which the function's manifest does not say it opens.
    """
    if opening.tenant == SYSTEM and not resources.function.works_for_system:
        raise NotGranted(
            f"function {resources.function.id}: opens a Work of tenant {SYSTEM!r}; "
            "declare system=True in the manifest"
        )
    identity = opening.commit_id
    if not identity:
        identity = (
            resources.new_id()
            if opening.cause is None
            else commit_id(resources.function, opening.cause)
        )
    return Work(
        Scope(
            store=resources.store,
            claims=resources.claims,
            function=resources.function,
            tenant=opening.tenant,
            now=resources.clock(),
            commit_id=identity,
            actor=opening.actor,
            correlation_id=opening.correlation_id or identity,
            causation_id=opening.causation_id,
            cause=opening.cause,
            caller=opening.caller,
            request=opening.request,
            retention=resources.directory.retention(opening.tenant),
        )
    )


def commit_all(resources: Resources, transactions: Sequence[Transaction]) -> list[Refusal | None]:
    """Commit each on its own in one call to the store, and announce those with an outbox item."""
    outcomes = resources.store.commit(transactions)
    if resources.committed is not None:
        published = [
            transaction
            for transaction, refusal in zip(transactions, outcomes, strict=True)
            if refusal is None and _has_outbox(transaction)
        ]
        if published:
            resources.committed(published)
    return outcomes


def run(resources: Resources, opening: Opening, use: Callable[[Work], R]) -> R:
    """Run a use case in a Work and commit it, deciding anew when an item it read was changed.

    Raises:
        AlreadyProcessed: the cause's effects are in the store already.
        StaleVersion: still overtaken after several attempts.
    """
    for attempt in range(1, ATTEMPTS + 1):
        work = open_work(resources, opening)
        result = use(work)
        transaction = work.stage()
        if transaction is None:
            return result
        refusal = commit_all(resources, [transaction])[0]
        if refusal is None:
            return result
        if isinstance(refusal, AlreadyProcessed) or attempt == ATTEMPTS:
            raise refusal
    raise Transient("no attempt was made")


def work_for(tenant: str, *, actor: str, use: Callable[[Work], R], cause: Cause | None = None) -> R:
    """Run a use case for a tenant outside the edge's decorators, with the current resources.

    Raises:
        AlreadyProcessed: the cause's effects are in the store already.
    """
    return run(current(), Opening(tenant, actor, "", cause=cause), use)


def retryable(refusal: Refusal | None) -> bool:
    """Whether deciding anew can help."""
    return isinstance(refusal, StaleVersion)


def _has_outbox(transaction: Transaction) -> bool:
    return any(write.key.collection == OUTBOX for write in transaction.writes)
