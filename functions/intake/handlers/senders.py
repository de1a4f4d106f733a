"""Senders over HTTPS: who may deliver from other clouds."""

from __future__ import annotations

from functions.intake.model.sender import Sender, SenderDraft
from functions.intake.ports import Deps
from functions.intake.service import senders
from functions.intake.wiring import wire
from steward.edge.http import Api
from steward.store.collection import Page

api: Api[Deps] = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/intake/senders"


@api.get(ROOT, permission="sender:view")
def list_senders(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Sender]:
    """The workloads that may deliver."""
    return deps.senders.list(after=cursor, limit=limit)


@api.post(ROOT, permission="sender:manage")
def add_sender(body: SenderDraft, *, deps: Deps) -> Sender:
    """Let a workload of Azure or Google Cloud deliver."""
    return senders.add(body, deps=deps)


@api.get(f"{ROOT}/<sender_id>", permission="sender:view")
def get_sender(sender_id: str, *, deps: Deps) -> Sender:
    """One sender."""
    return deps.senders.require(sender_id)


@api.delete(f"{ROOT}/<sender_id>", permission="sender:manage")
def remove_sender(sender_id: str, *, deps: Deps) -> None:
    """Let a workload deliver no more; its next delivery is refused."""
    deps.senders.require(sender_id)
    deps.senders.delete(sender_id)
