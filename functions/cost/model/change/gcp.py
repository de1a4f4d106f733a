"""What resources of Google Cloud use, by Terraform's names of what they declare."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from functions.cost.model.change.asking import HOURS, Ask, NotDeclared

_MACHINE: Final = re.compile(r"([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d+)")
# What the meters of a family are called, and GiB of memory a processor by kind.
# Source: https://cloud.google.com/compute/docs/general-purpose-machines
_FAMILIES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "e2": ("E2 Instance", {"standard": "4", "highmem": "8", "highcpu": "1"}),
    "n1": ("N1 Predefined Instance", {"standard": "3.75", "highmem": "6.5", "highcpu": "0.9"}),
    "n2": ("N2 Instance", {"standard": "4", "highmem": "8", "highcpu": "1"}),
    "n2d": ("N2D AMD Instance", {"standard": "4", "highmem": "8", "highcpu": "1"}),
    "c3": ("C3 Instance", {"standard": "4", "highmem": "8", "highcpu": "2"}),
    "t2d": ("T2D AMD Instance", {"standard": "4"}),
}
_DISKS: Final = {
    "pd-standard": "Storage PD Capacity",
    "pd-balanced": "Balanced PD Capacity",
    "pd-ssd": "SSD backed PD Capacity",
}
_DATABASES: Final = {
    "POSTGRES": "PostgreSQL",
    "MYSQL": "MySQL",
    "SQLSERVER": "SQL Server",
}
_TIER: Final = re.compile(r"db-custom-(\d+)-(\d+)")


def _instance(ask: Ask) -> None:
    _machine(ask, ask.text("machine_type"))
    for one in ask.blocks("boot_disk"):
        for each in ask.inside(one).blocks("initialize_params") or [{}]:
            disk = ask.inside(each)
            _capacity(ask, disk.text("type", "pd-standard"), disk.number("size", 10))


def _machine(ask: Ask, kind: str, count: Decimal | int = 1) -> None:
    found = _MACHINE.fullmatch(kind)
    family = _FAMILIES.get(found[1]) if found else None
    if found is None or family is None or found[2] not in family[1]:
        raise NotDeclared(f"machine_type {kind}")
    processors = Decimal(found[3]) * count
    memory = processors * Decimal(family[1][found[2]])
    ask.add(f"processors of {kind}", f"{family[0]} Core", quantity=processors * HOURS)
    ask.add(f"memory of {kind}", f"{family[0]} Ram", quantity=memory * HOURS)


def _disk(ask: Ask) -> None:
    _capacity(ask, ask.text("type", "pd-standard"), ask.number("size"))


def _capacity(ask: Ask, kind: str, gib: Decimal) -> None:
    plain = kind.rpartition("/")[2]
    if plain not in _DISKS:
        raise NotDeclared(f"type {plain}")
    ask.add(f"storage {plain}", _DISKS[plain], quantity=gib)


def _address(ask: Ask) -> None:
    if ask.text("address_type", "EXTERNAL") == "EXTERNAL":
        ask.add("address", "Static Ip Charge")


def _database(ask: Ask) -> None:
    version = ask.text("database_version").partition("_")[0]
    settings = ask.inside((ask.blocks("settings") or [{}])[0])
    tier = _TIER.fullmatch(settings.text("tier"))
    if version not in _DATABASES or tier is None:
        raise NotDeclared("settings.tier")
    spread = "Regional" if _mirrored(settings) else "Zonal"
    name = f"Cloud SQL for {_DATABASES[version]}: {spread} -"
    ask.add("processors", f"{name} vCPU", quantity=Decimal(tier[1]) * HOURS)
    ask.add("memory", f"{name} RAM", quantity=Decimal(tier[2]) / 1024 * HOURS)
    ask.add("storage", f"{name} Standard storage", quantity=settings.number("disk_size", 10))


def _mirrored(settings: Ask) -> bool:
    return settings.text("availability_type", "ZONAL") == "REGIONAL"


def _cluster(ask: Ask) -> None:
    # A zone ends in a letter of its own: europe-west1-b.
    zonal = ask.text("location").count("-") > 1
    ask.add("cluster", f"{'Zonal' if zonal else 'Regional'} Kubernetes Clusters")


def _pool(ask: Ask) -> None:
    node = ask.inside((ask.blocks("node_config") or [{}])[0])
    count = ask.number("node_count", ask.declared.get("initial_node_count") or 1)
    _machine(ask, node.text("machine_type", "e2-standard-2"), count)
    disk, size = node.text("disk_type", "pd-balanced"), node.number("disk_size_gb", 100)
    _capacity(ask, disk, size * count)


def _bucket(ask: Ask) -> None:
    kind = ask.text("storage_class", "STANDARD").capitalize()
    ask.assume("storage", f"{kind} Storage", name="gcp.storage.stored_gb")


def region_of(declared: Mapping[str, Any]) -> str | None:
    """The region that a resource says it is in, by its zone where it has one."""
    region = declared.get("region")
    if isinstance(region, str) and region:
        return region
    place = declared.get("zone") or declared.get("location")
    if not isinstance(place, str):
        return None
    return place.rpartition("-")[0] if place.count("-") > 1 else place


PRICED: Final[Mapping[str, Callable[[Ask], None]]] = {
    "google_compute_instance": _instance,
    "google_compute_disk": _disk,
    "google_compute_address": _address,
    "google_sql_database_instance": _database,
    "google_container_cluster": _cluster,
    "google_container_node_pool": _pool,
    "google_storage_bucket": _bucket,
}
"""The types that are priced."""
FREE: Final = (
    "google_project_", "google_service_account", "google_compute_network", "google_compute_subnetwork",
    "google_compute_firewall", "google_compute_route", "google_storage_bucket_iam", "google_project",
    "google_compute_instance_template",
)  # fmt: skip
"""What Google takes nothing for, by how its type begins."""
