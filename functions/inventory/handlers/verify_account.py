"""A claimed account is entered, to see that its owner lets us in and what may be read."""

from functions.inventory.adapters.journal import report_check
from functions.inventory.adapters.providers import providers
from functions.inventory.service.accounts import Registrar, check
from functions.inventory.wiring import registrar
from steward.contracts.inventory import AccountCheckAsked
from steward.edge import on_event


@on_event(AccountCheckAsked, wire=registrar)
def handler(event: AccountCheckAsked, deps: Registrar) -> None:
    """Check one account."""
    report_check(check(event, providers=providers(deps.tenant), by=deps))
