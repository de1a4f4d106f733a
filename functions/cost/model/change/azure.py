"""What resources of Azure use, by Terraform's names of what they declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from functions.cost.model.change.asking import HOURS, Ask, NotDeclared

# Source: Microsoft, "Azure managed disk types": the sizes in GiB at which the next tier begins.
_TIERS: Final = (
    (4, 1), (8, 2), (16, 3), (32, 4), (64, 6), (128, 10), (256, 15), (512, 20), (1024, 30),
    (2048, 40), (4096, 50), (8192, 60), (16384, 70), (32767, 80),
)  # fmt: skip
_LETTERS: Final = {"Premium": "P", "StandardSSD": "E", "Standard": "S"}
_LEAST_HDD: Final = 4


def _machine(end: str) -> Callable[[Ask], None]:
    def ask_it(ask: Ask) -> None:
        size = ask.text("size")
        _sized(ask, size, end=end)
        for one in ask.blocks("os_disk"):
            disk = ask.inside(one)
            _tier(disk, disk.text("storage_account_type"), disk.number("disk_size_gb", 30))

    return ask_it


def _sized(ask: Ask, size: str, *, end: str = "", count: Decimal | int = 1) -> None:
    short = size.removeprefix("Standard_").replace("_", " ")
    names = (f"vm/{size}{end}",) if end else (f"vm/{size}", short)
    ask.add(f"machine {size}", *names, quantity=count * HOURS)


def _disk(ask: Ask) -> None:
    _tier(ask, ask.text("storage_account_type"), ask.number("disk_size_gb"))


def _tier(ask: Ask, kind: str, gib: Decimal) -> None:
    family, _, copies = kind.partition("_")
    letter = _LETTERS.get(family)
    number = next((tier for most, tier in _TIERS if gib <= most), None)
    if letter is None or number is None:
        raise NotDeclared(f"storage_account_type {kind}")
    number = max(number, _LEAST_HDD) if letter == "S" else number
    name = f"{letter}{number} {copies or 'LRS'}"
    ask.add(f"disk {name}", f"{name} Disk", f"{name} Disks", quantity=1)


def _address(ask: Ask) -> None:
    sku, way = ask.text("sku", "Standard"), ask.text("allocation_method", "Static")
    ask.add("address", f"{sku} IPv4 {way} Public IP")


def _nat(ask: Ask) -> None:
    ask.add("gateway", "Standard Gateway")
    ask.assume("data", "Standard Data Processed", name="azure.nat.data_gb")


def _cluster(ask: Ask) -> None:
    if ask.text("sku_tier", "Free") == "Standard":
        ask.add("cluster", "Standard Uptime SLA")
    for one in ask.blocks("default_node_pool"):
        _pool(ask.inside(one))


def _pool(ask: Ask) -> None:
    _sized(ask, ask.text("vm_size"), count=ask.number("node_count", 1))


def _plan(ask: Ask) -> None:
    sku, count = ask.text("sku_name"), ask.number("worker_count", 1)
    name = f"{sku[:-2]} {sku[-2:]}" if sku[-2:].startswith("v") else sku
    ask.add(f"plan {sku}", f"{name} App", name, quantity=count * HOURS)


def _storage(ask: Ask) -> None:
    tier, copies = ask.text("access_tier", "Hot"), ask.text("account_replication_type")
    ask.assume("storage", f"{tier} {copies} Data Stored", name="azure.storage.stored_gb")


PRICED: Final[Mapping[str, Callable[[Ask], None]]] = {
    "azurerm_linux_virtual_machine": _machine(""),
    "azurerm_windows_virtual_machine": _machine("/windows"),
    "azurerm_managed_disk": _disk,
    "azurerm_public_ip": _address,
    "azurerm_nat_gateway": _nat,
    "azurerm_kubernetes_cluster": _cluster,
    "azurerm_kubernetes_cluster_node_pool": _pool,
    "azurerm_service_plan": _plan,
    "azurerm_storage_account": _storage,
}
"""The types that are priced."""
FREE: Final = (
    "azurerm_resource_group", "azurerm_virtual_network", "azurerm_subnet", "azurerm_network_",
    "azurerm_role_", "azurerm_user_assigned_identity", "azurerm_storage_container",
    "azurerm_virtual_machine_data_disk_attachment", "azurerm_route_table", "azurerm_policy_",
)  # fmt: skip
"""What Azure takes nothing for, by how its type begins."""
