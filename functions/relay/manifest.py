"""Carries what commits leave in their outbox to the bus and the scheduler, on AWS."""

from __future__ import annotations

from steward.manifest import Function, Poke, Schedule, Stream, Table

# The embedded runtime relays in the transaction that follows the commit; these run in AWS alone.
FUNCTIONS = (
    Function(
        name="relay",
        handler="functions.relay.handlers.relay_stream.handler",
        trigger=Stream(),
        uses=(Table("relay"),),
        timeout=60,
        stores=("dynamodb",),
    ),
    Function(
        name="relay-poke",
        handler="functions.relay.handlers.relay_poke.handler",
        trigger=Poke(),
        uses=(Table("relay"),),
        timeout=60,
        stores=("aurora",),
    ),
    Function(
        name="relay-sweep",
        handler="functions.relay.handlers.sweep_outboxes.handler",
        trigger=Schedule("rate(5 minutes)"),
        uses=(Table("relay"),),
        timeout=60,
        stores=("aurora",),
    ),
)
