"""The door for Steward's own functions in other clouds: what they deliver, and who may deliver."""

from __future__ import annotations

from steward.manifest import EXPORTS, WALKS, Bucket, Function, Queue, Routes, Table, errands

INTAKE = Table("intake")
FILES = Bucket("intake")
NOTICE = "intake.notice.received.v1"

FUNCTIONS = (
    Function(
        name="receive",
        handler="functions.intake.handlers.receive.handler",
        trigger=Routes(
            "/intake",
            public=True,
            because="a sender proves itself by its cloud's own token, which counts for one delivery",
        ),
        uses=(INTAKE, FILES),
        publishes=(NOTICE, "intake.export.received.v1"),
    ),
    Function(
        name="intake-api",
        handler="functions.intake.handlers.senders.handler",
        trigger=Routes("/api/v1/intake/senders"),
        uses=(INTAKE,),
    ),
    Function(
        name="release-held",
        handler="functions.intake.handlers.release_held.handler",
        trigger=Queue(events=("inventory.account.added.v1",)),
        uses=(INTAKE,),
        publishes=(NOTICE,),
        system=True,
    ),
    Function(
        name="walk-data",
        handler="functions.intake.handlers.walk_data.handler",
        trigger=errands("intake"),
        uses=(INTAKE, FILES, EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
