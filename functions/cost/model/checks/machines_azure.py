"""Machines, addresses and plans of Azure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Case, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    assumed,
    between,
    hours_off,
    label,
    published,
    quiet,
    whole,
)
from functions.cost.model.checks.sizes import azure_newer, azure_smaller
from functions.cost.model.checks.terraform import attributes

MACHINE: Final = ("Microsoft.Compute/virtualMachines",)
VM_PRICES: Final = "https://azure.microsoft.com/pricing/details/virtual-machines/linux/"
_POWER: Final = "properties.extended.instanceView.powerState.code"


def _address(case: Case) -> Saving | None:
    if case.at("properties.ipConfiguration") or case.at("properties.natGateway"):
        return None
    case.need("properties")
    return whole(case, "azurerm_public_ip", address=case.at("properties.ipAddress"))


def _runs(case: Case) -> bool:
    return bool(case.need(_POWER) == "PowerState/running")


def _stopped(case: Case) -> Saving | None:
    if case.need(_POWER) != "PowerState/stopped":
        return None
    return whole(case, "azurerm_linux_virtual_machine", power="stopped, not deallocated")


def _idle(case: Case) -> Saving | None:
    if not _runs(case) or not quiet(case, "cpu", 5.0):
        return None
    peak = f"{case.metric('cpu').peak:.1f}%"
    return whole(case, "azurerm_linux_virtual_machine", cpu_peak=peak)


def _oversized(case: Case) -> Saving | None:
    kind = case.need("properties.hardwareProfile.vmSize")
    smaller, cpu = azure_smaller(kind), case.metric("cpu")
    if smaller is None or not _runs(case) or not 5.0 < cpu.peak <= 40.0:  # noqa: PLR2004
        return None
    change = attributes("azurerm_linux_virtual_machine", label(case), size=smaller)
    return published(
        case.cost(), "0.5", VM_PRICES, terraform=change, now=kind, cpu_peak=f"{cpu.peak:.1f}%"
    )


def _old(case: Case) -> Saving | None:
    kind = case.need("properties.hardwareProfile.vmSize")
    newer = azure_newer(kind)
    if newer is None or not _runs(case):
        return None
    # What the newer one costs less differs by region from nothing to a third: its price has to be known.
    change = attributes("azurerm_linux_virtual_machine", label(case), size=newer)
    return between(case, _meter(kind), _meter(newer), otherwise=None, terraform=change)


def _meter(kind: str) -> str:
    """What a bill calls an hour of a size."""
    return kind.removeprefix("Standard_").replace("_", " ")


def _hybrid(case: Case) -> Saving | None:
    windows = case.need("properties.storageProfile.osDisk.osType") == "Windows"
    if not windows or case.at("properties.licenseType") not in (None, "None") or not _runs(case):
        return None
    change = attributes(
        "azurerm_windows_virtual_machine", label(case), license_type="Windows_Server"
    )
    return assumed(
        case.cost(),
        "0.4",
        "licences with Software Assurance are there, and Windows is 40 % of the price",
        terraform=change,
    )


def _always_on(case: Case) -> Saving | None:
    hours = sum((one.quantity for one in case.lines if "hour" in one.unit.lower()), Decimal(0))
    if not case.rehearsal or not _runs(case) or hours < Decimal("0.95") * 730:
        return None
    return hours_off(case.cost())


def _empty_plan(case: Case) -> Saving | None:
    if case.number("properties.numberOfSites") > 0:
        return None
    return whole(case, "azurerm_service_plan", sites=0, sku=case.at("sku.name"))


CHECKS: Final = (
    Check(
        id="azure-public-address-unused",
        title="Public address is used by nothing",
        types=("Microsoft.Network/publicIPAddresses",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_address,
        reads=("properties",),
        action="Delete {name}, unless somebody has it on a list of what they let in.",
    ),
    Check(
        id="azure-vm-stopped-allocated",
        title="Machine is stopped and still paid for",
        types=MACHINE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_stopped,
        reads=("properties",),
        action="Deallocate {name}: az vm deallocate --ids {id}",
        source="https://learn.microsoft.com/azure/virtual-machines/states-billing",
    ),
    Check(
        id="azure-vm-idle",
        title="Machine does nothing",
        types=MACHINE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle,
        reads=("properties",),
        metrics=("cpu",),
        action="Ask its owner, deallocate {name}, and delete it when nobody has missed it for a week.",
    ),
    Check(
        id="azure-vm-oversized",
        title="Machine is twice as large as it needs to be",
        types=MACHINE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_oversized,
        reads=("properties",),
        metrics=("cpu",),
        action="Look at its memory as well, then resize {name}.",
        source=VM_PRICES,
    ),
    Check(
        id="azure-vm-old-generation",
        title="Machine of an older generation",
        types=MACHINE,
        category=AdviceCategory.GENERATION,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.LOW,
        look=_old,
        reads=("properties",),
        action="Resize {name} to the same size of the newer generation.",
        source=VM_PRICES,
    ),
    Check(
        id="azure-vm-windows-licence",
        title="Windows is paid for by the hour",
        types=MACHINE,
        category=AdviceCategory.LICENCE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_hybrid,
        reads=("properties",),
        action="Use the Azure Hybrid Benefit for {name}, if you hold licences for it.",
        source="https://learn.microsoft.com/azure/virtual-machines/windows/hybrid-use-benefit-licensing",
    ),
    Check(
        id="azure-vm-always-on",
        title="Machine that is not for production runs at night",
        types=MACHINE,
        category=AdviceCategory.SCHEDULE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_always_on,
        reads=("properties",),
        action="Have {name} deallocated at 19 and started at 7 on working days.",
    ),
    Check(
        id="azure-plan-empty",
        title="App Service plan has no app",
        types=("Microsoft.Web/serverfarms",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_empty_plan,
        reads=("properties", "sku"),
        action="Delete {name}.",
    ),
)
