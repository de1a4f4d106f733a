"""Disks, snapshots, logs and storage of Azure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Basis, Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    WEEK,
    label,
    part,
    published,
    whole,
)
from functions.cost.model.checks.terraform import attributes

DISK_PRICES: Final = "https://azure.microsoft.com/pricing/details/managed-disks/"
HALF_YEAR: Final = timedelta(days=180)
_FREE_DAYS: Final = 31
"""Days that a Log Analytics workspace keeps logs at no charge."""


def _unattached(case: Case) -> Saving | None:
    state = case.need("properties.diskState")
    if state != "Unattached" or not case.older_than("properties.timeCreated", WEEK):
        return None
    return whole(case, "azurerm_managed_disk", state=state, sku=case.at("sku.name"))


def _premium(case: Case) -> Saving | None:
    if not case.rehearsal or case.need("sku.name") != "Premium_LRS":
        return None
    change = attributes("azurerm_managed_disk", label(case), storage_account_type="StandardSSD_LRS")
    # From 38 % of P50 against E50 to 55 % of P4 against E4.
    return published(case.cost(), "0.38", DISK_PRICES, terraform=change)


def _old_snapshot(case: Case) -> Saving | None:
    if not case.older_than("properties.timeCreated", HALF_YEAR):
        return None
    return whole(case, "azurerm_snapshot", made=case.at("properties.timeCreated"))


def _long_logs(case: Case) -> Saving | None:
    days = case.number("properties.retentionInDays")
    cost = case.cost("Retention")
    if days <= 90 or cost <= 0:  # noqa: PLR2004
        return None
    share = f"{1 - Decimal(90 - _FREE_DAYS) / (days - _FREE_DAYS):.4f}"
    change = attributes("azurerm_log_analytics_workspace", label(case), retention_in_days=90)
    return part(cost, share, Basis.BILL, terraform=change, days=int(days))


def _hot(case: Case) -> Saving | None:
    if case.need("properties.accessTier") != "Hot" or not case.rehearsal:
        return None
    stored = case.cost("Hot LRS Data Stored")
    change = attributes("azurerm_storage_account", label(case), access_tier="Cool")
    return published(
        stored,
        "0.45",
        "https://azure.microsoft.com/pricing/details/storage/blobs/",
        terraform=change,
    )


CHECKS: Final = (
    Check(
        id="azure-disk-unattached",
        title="Disk is attached to nothing",
        types=("Microsoft.Compute/disks",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_unattached,
        reads=("properties", "sku"),
        action="Take a snapshot of {name} if its content may be needed, then delete it.",
    ),
    Check(
        id="azure-disk-premium-rehearsal",
        title="Premium disk where something is only tried out",
        types=("Microsoft.Compute/disks",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_premium,
        reads=("sku",),
        action="Change {name} to Standard SSD while its machine is deallocated.",
        source=DISK_PRICES,
    ),
    Check(
        id="azure-snapshot-old",
        title="Snapshot is older than half a year",
        types=("Microsoft.Compute/snapshots",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_old_snapshot,
        reads=("properties",),
        action="Delete {name} unless it must be kept.",
    ),
    Check(
        id="azure-logs-kept-long",
        title="Logs are kept beyond 90 days at the price of analytics",
        types=("Microsoft.OperationalInsights/workspaces",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_long_logs,
        reads=("properties",),
        action="Keep 90 days in {name}, and what must be kept longer as long-term retention.",
    ),
    Check(
        id="azure-storage-hot-rehearsal",
        title="Storage that is not for production is in the hot tier",
        types=("Microsoft.Storage/storageAccounts",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_hot,
        reads=("properties",),
        action="Set the default tier of {name} to cool.",
    ),
)
