"""What several checks do alike: give all of a cost back, or part of it, with the reason."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from functions.cost.model.checks.case import Basis, Case, Saving
from functions.cost.model.checks.terraform import removed

WEEK: Final = timedelta(days=7)
_LABEL: Final = re.compile(r"[^A-Za-z0-9_]+")


def label(case: Case) -> str:
    """A name for a Terraform block of the resource."""
    name = case.resource.name or case.resource.native_id.rpartition("/")[2]
    plain = _LABEL.sub("_", name).strip("_") or "this"
    return plain if plain[0].isalpha() else f"r_{plain}"


def whole(case: Case, block: str, **evidence: Any) -> Saving:
    """All that the resource costs: it is to be removed."""
    shown = {key: str(value) for key, value in evidence.items()}
    return Saving(case.cost(), Basis.BILL, shown, removed(block, label(case)))


def part(of: Decimal, share: str, basis: Basis, *, terraform: str = "", **evidence: Any) -> Saving:
    """A share of a cost, written as a decimal; the evidence says which."""
    shown = {"cost": f"{of:.2f}", "share": share}
    return Saving(
        of * Decimal(share), basis, shown | {k: str(v) for k, v in evidence.items()}, terraform
    )
