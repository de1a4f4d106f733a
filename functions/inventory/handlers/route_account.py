"""The events of an account go to whoever has proven that it is theirs."""

from functions.inventory.adapters.routing import follow
from functions.inventory.service.accounts import Registrar
from functions.inventory.wiring import registrar
from steward.contracts.inventory import AccountGivenUp, AccountProven
from steward.edge import on_event


@on_event(AccountProven, AccountGivenUp, wire=registrar)
def handler(event: AccountProven | AccountGivenUp, deps: Registrar) -> None:
    """Route one account."""
    follow(event, by=deps)
