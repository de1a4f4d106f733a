"""What could cost less in Azure."""

from __future__ import annotations

from typing import Final

from functions.cost.model.checks.case import Case, Saving
from functions.cost.model.checks.check import Category, Check, Level
from functions.cost.model.checks.parts import WEEK, whole


def _unattached(case: Case) -> Saving | None:
    state = case.need("properties.diskState")
    if state != "Unattached" or not case.older_than("properties.timeCreated", WEEK):
        return None
    return whole(case, "azurerm_managed_disk", state=state, sku=case.at("sku.name"))


CHECKS: Final = (
    Check(
        id="azure-disk-unattached",
        title="Disk is attached to nothing",
        types=("Microsoft.Compute/disks",),
        category=Category.IDLE,
        effort=Level.LOW,
        risk=Level.MEDIUM,
        look=_unattached,
        reads=("properties", "sku"),
        action="Take a snapshot of {name} if its content may be needed, then delete it.",
    ),
)
