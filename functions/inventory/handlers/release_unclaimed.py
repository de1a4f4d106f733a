"""Events that were parked because nobody had claimed their account go to its owner."""

from functions.inventory.adapters.release import delivery
from functions.inventory.service.accounts import release
from functions.inventory.wiring import Deps, ledger_of, wire
from steward.contracts.inventory import AccountAdded
from steward.edge import on_event


@on_event(AccountAdded, wire=wire)
def handler(event: AccountAdded, deps: Deps) -> None:
    """Release the parked events of the account."""
    release(event, parked=deps.parked, deliver=delivery(ledger_of), publish=deps.publish)
