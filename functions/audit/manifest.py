"""The audit trail's functions: commits become entries, entries become signed heads."""

from __future__ import annotations

from steward.manifest import (
    Access,
    Bucket,
    Function,
    Outboxes,
    Queue,
    Routes,
    Schedule,
    Secret,
    Signer,
    Table,
    Trail,
)

TABLE = Table("audit")
LOCKED = Bucket("audit", locked=True)
SEAL = Secret("audit-seal", generated=True)
PUBLIC_KEY = Signer("audit", Access.READ)

FUNCTIONS = (
    Function(
        name="chain-entries",
        handler="functions.audit.handlers.chain_entries.handler",
        trigger=Trail(),
        uses=(TABLE, LOCKED, SEAL),
        # It notes there which tenants have a chain.
        system=True,
    ),
    Function(
        name="sign-heads",
        handler="functions.audit.handlers.sign_heads.handler",
        trigger=Schedule("rate(1 hour)"),
        uses=(TABLE, LOCKED, Signer("audit")),
        publishes=("audit.verification.failed.v1",),
        timeout=900,
        memory=1024,
    ),
    Function(
        name="find-gaps",
        handler="functions.audit.handlers.find_gaps.handler",
        trigger=Schedule("rate(1 hour)"),
        uses=(TABLE, LOCKED, SEAL, Outboxes()),
        publishes=("audit.gap.found.v1",),
        timeout=900,
    ),
    Function(
        name="erase-person",
        handler="functions.audit.handlers.erase_person.handler",
        trigger=Queue(events=("identity.person.erased.v1",)),
        uses=(TABLE,),
    ),
    Function(
        name="run-verification",
        handler="functions.audit.handlers.run_verification.handler",
        # One a batch: a long trail takes minutes.
        trigger=Queue(events=("audit.verification.requested.v1",), batch_size=1, max_receives=3),
        uses=(TABLE, Bucket("audit", Access.READ, locked=True), PUBLIC_KEY),
        publishes=("audit.verification.failed.v1",),
        timeout=900,
        memory=1024,
    ),
    Function(
        name="audit-api",
        handler="functions.audit.handlers.api.handler",
        trigger=Routes(
            "/api/v1/audit/entries",
            "/api/v1/audit/export",
            "/api/v1/audit/heads",
            "/api/v1/audit/jobs",
            "/api/v1/audit/keys",
            "/api/v1/audit/summary",
            "/api/v1/audit/verify",
        ),
        uses=(TABLE, Bucket("audit", Access.READ, locked=True), SEAL, PUBLIC_KEY),
        publishes=("audit.verification.failed.v1", "audit.verification.requested.v1"),
        memory=1024,
    ),
)
