"""A sweep comes to every account, and to every part of it."""

from functions.inventory.service.sweeps import Planner, plan_account, reach_accounts
from functions.inventory.wiring import planner
from steward.contracts.inventory import SweepBegun, SweepReached
from steward.edge import on_event


@on_event(SweepBegun, SweepReached, wire=planner)
def handler(event: SweepBegun | SweepReached, deps: Planner) -> None:
    """Go on with the next accounts, or with the parts of one."""
    if isinstance(event, SweepBegun):
        reach_accounts(event, by=deps)
    else:
        plan_account(event, by=deps)
