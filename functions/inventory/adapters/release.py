"""Delivering a parked event to its owner, in a Work of the owner's own."""

from __future__ import annotations

import json
from collections.abc import Callable

from functions.inventory.adapters.aws_events import parse
from functions.inventory.adapters.journal import report
from functions.inventory.service.ledger import Ledger
from functions.inventory.service.record import record
from steward.edge import work_for
from steward.edge.queue import envelope_of
from steward.edge.resources import current
from steward.errors import Permanent
from steward.store.records import AlreadyProcessed
from steward.store.unclaimed import UNCLAIMED, Unclaimed
from steward.store.work import Cause, Work


def delivery(ledger_of: Callable[[Work], Ledger]) -> Callable[[str, Unclaimed], None]:
    """A way to deliver parked events; a hopeless one is kept among the owner's own, with the reason."""

    def deliver(owner: str, entry: Unclaimed) -> None:
        try:
            _record(owner, entry, ledger_of)
        except AlreadyProcessed:
            return
        except Permanent as error:
            _keep(owner, entry.model_copy(update={"reason": str(error)[:1000]}))

    return deliver


def _record(owner: str, entry: Unclaimed, ledger_of: Callable[[Work], Ledger]) -> None:
    envelope = envelope_of(json.loads(entry.body))
    notice = parse(envelope)
    cause = Cause(envelope.source, f"{envelope.id}:{notice.event_key}")

    def use(work: Work) -> None:
        report(record(notice, ledger=ledger_of(work), now=work.now))

    work_for(owner, actor=f"function:{current().function.id}", use=use, cause=cause)


def _keep(owner: str, entry: Unclaimed) -> None:
    def use(work: Work) -> None:
        home = work.scope.function.home
        if home is not None:
            kept = work.table(home.name).of(UNCLAIMED)
            # A crash after this and before the parked one is gone brings us here again.
            if kept.get(entry.id) is None:
                kept.add(entry)

    work_for(owner, actor=f"function:{current().function.id}", use=use)
