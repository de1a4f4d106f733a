"""What could cost less in Google Cloud."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from functions.cost.model.checks.case import Case, NotKnown, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.parts import (
    WEEK,
    assumed,
    hours_off,
    label,
    published,
    quiet,
    whole,
)
from functions.cost.model.checks.sizes import GCP_NEWER, gcp_smaller
from functions.cost.model.checks.terraform import attributes

MACHINE: Final = ("compute.googleapis.com/Instance",)
DATABASE: Final = ("sqladmin.googleapis.com/Instance",)
VM_PRICES: Final = "https://cloud.google.com/compute/all-pricing"
STORAGE_PRICES: Final = "https://cloud.google.com/storage/pricing"
UNSUSTAINED: Final = Decimal(730) / 4
"""Hours of a month at the full price. Source: Compute Engine, "Sustained use discounts"."""
HALF_YEAR: Final = timedelta(days=180)


def _unattached(case: Case) -> Saving | None:
    if case.at("users") or not case.older_than("creationTimestamp", WEEK):
        return None
    return whole(case, "google_compute_disk", size_gb=case.at("sizeGb"))


def _address(case: Case) -> Saving | None:
    external = (case.at("addressType") or "EXTERNAL") == "EXTERNAL"
    if case.need("status") != "RESERVED" or not external:
        return None
    return whole(case, "google_compute_address", address=case.at("address"))


def _kind(case: Case) -> str:
    return str(case.need("machineType")).rpartition("/")[2]


def _cores(kind: str) -> int:
    """The processors of a machine type.

    Raises:
        NotKnown: its name does not say.
    """
    number = kind.rpartition("-")[2]
    if not number.isdecimal() or not int(number):
        raise NotKnown(f"processors of {kind}")
    return int(number)


def _running(case: Case) -> bool:
    return bool(case.need("status") == "RUNNING")


def _preemptible(case: Case) -> bool:
    return bool(case.at("scheduling.preemptible")) or (
        case.at("scheduling.provisioningModel") == "SPOT"
    )


def _compute(case: Case) -> Decimal:
    """What its processors and memory cost, without disks."""
    return case.cost("Core") + case.cost("Ram")


def _idle(case: Case) -> Saving | None:
    if not _running(case) or not quiet(case, "cpu", 5.0):
        return None
    return whole(case, "google_compute_instance", cpu_peak=f"{case.metric('cpu').peak:.1f}%")


def _oversized(case: Case) -> Saving | None:
    kind, cpu = _kind(case), case.metric("cpu")
    smaller = gcp_smaller(kind)
    if smaller is None or not _running(case) or not 5.0 < cpu.peak <= 40.0:  # noqa: PLR2004
        return None
    change = attributes("google_compute_instance", label(case), machine_type=smaller)
    return published(
        _compute(case), "0.5", VM_PRICES, terraform=change, now=kind, cpu_peak=f"{cpu.peak:.1f}%"
    )


def _old(case: Case) -> Saving | None:
    kind = _kind(case)
    newer = GCP_NEWER.get(kind.partition("-")[0])
    if newer is None or not _running(case) or _preemptible(case):
        return None
    # Sustained use takes more off the old family than off the new one, from a quarter of the month on.
    if case.quantity("Core") / _cores(kind) > UNSUSTAINED:
        return None
    instead = f"{newer.family}-{kind.partition('-')[2]}"
    change = attributes("google_compute_instance", label(case), machine_type=instead)
    return published(_compute(case), newer.cheaper, VM_PRICES, terraform=change, now=kind)


def _always_on(case: Case) -> Saving | None:
    # Whether it ever stopped is in no line: cores are counted together, however long they ran.
    if not case.rehearsal or not _running(case) or case.at("lastStopTimestamp") is not None:
        return None
    return hours_off(_compute(case))


def _spot(case: Case) -> Saving | None:
    grouped = any(
        one.get("key") == "created-by" and "instanceGroupManagers" in str(one.get("value"))
        for one in case.at("metadata.items") or ()
    )
    if not grouped or not case.rehearsal or _preemptible(case) or not _running(case):
        return None
    return assumed(_compute(case), "0.6", "spot costs 60 % less", type=_kind(case))


def _old_snapshot(case: Case) -> Saving | None:
    if not case.older_than("creationTimestamp", HALF_YEAR):
        return None
    return whole(case, "google_compute_snapshot", made=case.at("creationTimestamp"))


def _one_class(case: Case) -> Saving | None:
    plain = case.need("storageClass") == "STANDARD"
    if not plain or case.at("lifecycle.rule") or case.at("autoclass.enabled"):
        return None
    stored, reads = case.cost("Standard Storage"), case.cost("Class B")
    if reads * 2 > stored:
        return None
    change = (
        f'resource "google_storage_bucket" "{label(case)}" {{\n  autoclass {{\n'
        "    enabled = true\n  }\n}"
    )
    that = "70 % of what is stored is not read for a month, and costs half then"
    return assumed(stored, "0.35", that, terraform=change, source=STORAGE_PRICES)


def _idle_database(case: Case) -> Saving | None:
    if case.need("state") != "RUNNABLE" or not quiet(case, "connections", 0):
        return None
    return whole(case, "google_sql_database_instance", tier=case.at("settings.tier"))


def _mirrored(case: Case) -> Saving | None:
    if not case.rehearsal or case.need("settings.availabilityType") != "REGIONAL":
        return None
    change = (
        f'resource "google_sql_database_instance" "{label(case)}" {{\n  settings {{\n'
        '    availability_type = "ZONAL"\n  }\n}'
    )
    return published(
        case.cost("Regional"), "0.5", "https://cloud.google.com/sql/pricing", terraform=change
    )


CHECKS: Final = (
    Check(
        id="gcp-disk-unattached",
        title="Disk is attached to nothing",
        types=("compute.googleapis.com/Disk",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_unattached,
        reads=("users", "creationTimestamp", "sizeGb"),
        action="Take a snapshot of {name} if its content may be needed, then delete it.",
    ),
    Check(
        id="gcp-address-unused",
        title="Reserved address is used by nothing",
        types=("compute.googleapis.com/Address",),
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_address,
        reads=("status", "addressType", "address"),
        action="Release {name}, unless somebody has it on a list of what they let in.",
    ),
    Check(
        id="gcp-instance-idle",
        title="Machine does nothing",
        types=MACHINE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle,
        reads=("status",),
        metrics=("cpu",),
        action="Ask its owner, stop {name}, and delete it when nobody has missed it for a week.",
    ),
    Check(
        id="gcp-instance-oversized",
        title="Machine is twice as large as it needs to be",
        types=MACHINE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_oversized,
        reads=("status", "machineType"),
        metrics=("cpu",),
        action="Look at its memory as well, then stop {name} and change its machine type.",
        source=VM_PRICES,
    ),
    Check(
        id="gcp-instance-old-generation",
        title="Machine of an older generation",
        types=MACHINE,
        category=AdviceCategory.GENERATION,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.LOW,
        look=_old,
        reads=("status", "machineType", "scheduling"),
        action="Stop {name} and change its machine type to the newer family.",
        source=VM_PRICES,
    ),
    Check(
        id="gcp-instance-always-on",
        title="Machine that is not for production runs at night",
        types=MACHINE,
        category=AdviceCategory.SCHEDULE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_always_on,
        reads=("status", "lastStopTimestamp"),
        action="Give {name} an instance schedule from 7 to 19 on working days.",
    ),
    Check(
        id="gcp-group-on-demand",
        title="Replaceable machine is paid on demand",
        types=MACHINE,
        category=AdviceCategory.SPOT,
        effort=AdviceLevel.MEDIUM,
        risk=AdviceLevel.MEDIUM,
        look=_spot,
        reads=("status", "machineType", "scheduling", "metadata"),
        action="Set the provisioning model in the template of the group of {name} to spot.",
    ),
    Check(
        id="gcp-snapshot-old",
        title="Snapshot is older than half a year",
        types=("compute.googleapis.com/Snapshot",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_old_snapshot,
        reads=("creationTimestamp",),
        action="Delete {name} unless it must be kept.",
    ),
    Check(
        id="gcp-bucket-one-class",
        title="All of a bucket is kept in the dearest class",
        types=("storage.googleapis.com/Bucket",),
        category=AdviceCategory.STORAGE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_one_class,
        reads=("storageClass", "lifecycle", "autoclass"),
        action="Turn Autoclass on for {name}.",
        source=STORAGE_PRICES,
    ),
    Check(
        id="gcp-sql-idle",
        title="Nobody connects to the database",
        types=DATABASE,
        category=AdviceCategory.IDLE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.MEDIUM,
        look=_idle_database,
        reads=("state", "settings"),
        metrics=("connections",),
        action="Export {name} and delete it, or stop it (activation policy NEVER).",
    ),
    Check(
        id="gcp-sql-mirrored-rehearsal",
        title="Database that is not for production stands in two zones",
        types=DATABASE,
        category=AdviceCategory.SIZE,
        effort=AdviceLevel.LOW,
        risk=AdviceLevel.LOW,
        look=_mirrored,
        reads=("settings",),
        action="Set the availability of {name} to zonal.",
    ),
)
