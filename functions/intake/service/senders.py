"""The senders of a tenant: let in, listed, shut out."""

from __future__ import annotations

from functions.intake.model.sender import MAX_SENDERS, Sender, SenderDraft, made
from functions.intake.ports import Deps
from steward.errors import AlreadyExists, BadInput


def add(draft: SenderDraft, *, deps: Deps) -> Sender:
    """Let a workload deliver.

    Raises:
        BadInput: its issuer is none of the two clouds', or there are enough senders.
        AlreadyExists: it delivers already.
    """
    sender = made(draft, now=deps.now, by=deps.actor)
    if deps.senders.get(sender.id) is not None:
        raise AlreadyExists(f"sender {sender.id}: delivers already; remove it first to change it")
    if len(deps.senders.list(limit=MAX_SENDERS).items) >= MAX_SENDERS:
        raise BadInput(f"senders: {MAX_SENDERS} deliver already; remove one first")
    deps.senders.add(sender)
    return sender
