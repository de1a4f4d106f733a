"""Notices that waited for their account to be claimed go on, in the Work of who claimed it."""

from __future__ import annotations

from functions.intake.ports import Deps
from functions.intake.service import held
from functions.intake.wiring import wire
from steward.contracts.inventory import AccountAdded
from steward.edge import on_event, work_for


@on_event(AccountAdded, wire=wire)
def handler(event: AccountAdded, deps: Deps) -> None:
    """Let go what is held of the account, as many commits as it takes."""
    while work_for(
        event.owner,
        actor=deps.actor,
        use=lambda work: held.release(event.subject, deps=wire(work)),
    ):
        continue
