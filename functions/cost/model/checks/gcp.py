"""What could cost less in Google Cloud."""

from __future__ import annotations

from typing import Final

from functions.cost.model.checks.case import Case, Saving
from functions.cost.model.checks.check import Category, Check, Level
from functions.cost.model.checks.parts import WEEK, whole


def _unattached(case: Case) -> Saving | None:
    if case.at("users") or not case.older_than("creationTimestamp", WEEK):
        return None
    return whole(case, "google_compute_disk", size_gb=case.at("sizeGb"))


CHECKS: Final = (
    Check(
        id="gcp-disk-unattached",
        title="Disk is attached to nothing",
        types=("compute.googleapis.com/Disk",),
        category=Category.IDLE,
        effort=Level.LOW,
        risk=Level.MEDIUM,
        look=_unattached,
        reads=("users", "creationTimestamp", "sizeGb"),
        action="Take a snapshot of {name} if its content may be needed, then delete it.",
    ),
)
