"""The accounts of an organisation are claimed as it lists them."""

from functions.inventory.adapters.providers import providers
from functions.inventory.service.accounts import Registrar
from functions.inventory.service.organizations import claim_members
from functions.inventory.wiring import registrar
from steward.contracts.inventory import OrganizationAsked
from steward.edge import on_event


@on_event(OrganizationAsked, wire=registrar)
def handler(event: OrganizationAsked, deps: Registrar) -> None:
    """Claim some of them."""
    claim_members(event, providers=providers(deps.tenant), by=deps)
