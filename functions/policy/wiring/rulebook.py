"""What the routes of a tenant's rules work with."""

from __future__ import annotations

from dataclasses import dataclass

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import shipped
from functions.policy.adapters.trail_signer import TrailSigner
from functions.policy.model.rulebook.book import BOOKS
from functions.policy.model.rulebook.versions import VERSIONS
from functions.policy.service.rulebook import Rulebooks
from functions.policy.service.shadowing import Shadowing
from functions.policy.wiring.judging import shadowing
from functions.policy.wiring.tables import TABLE
from steward.edge.resources import current
from steward.store.work import Work

TRAIL = "audit"
"""The signing key of the audit trail."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The tenant's rules, and what those in shadow say."""

    books: Rulebooks
    shadowing: Shadowing


def rulebook(work: Work) -> Desk:
    """What the routes of a tenant's rules work with."""
    table = work.table(TABLE)
    trail = TrailSigner(lambda: current().signers(TRAIL))
    books = Rulebooks(
        books=table.of(BOOKS),
        versions=table.of(VERSIONS),
        shipped=shipped(),
        frameworks=frameworks,
        sign=trail.sign,
        verify=trail.verify,
        publish=work.publish,
        tenant=work.tenant,
        now=work.now,
        by=work.actor,
    )
    return Desk(books, shadowing(work))
