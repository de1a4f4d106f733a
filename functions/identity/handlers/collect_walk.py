"""What a concern reports of an errand is noted where the job is kept."""

from __future__ import annotations

from functions.identity.service import closings, privacy
from functions.identity.wiring import Deps, in_system, wire
from steward.contracts.identity import WalkFinished
from steward.edge import on_event


@on_event(WalkFinished, wire=wire)
def handler(event: WalkFinished, deps: Deps) -> None:
    """Note the report: of a person in the tenant, of a closing in the system tenant; else none."""
    if event.errand.person:
        privacy.report(event, desk=deps.desk)
        return
    if event.errand.task != "keep-retention":
        in_system(deps.work, lambda notary: closings.report(event, notary=notary))
