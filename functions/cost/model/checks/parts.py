"""What several checks do alike: give all of a cost back, or part of it, with the reason."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from functions.cost.model.checks.case import Basis, Case, NotKnown, Saving
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


def published(
    of: Decimal, share: str, source: str, *, terraform: str = "", **evidence: Any
) -> Saving:
    """A share that the cloud publishes."""
    return part(of, share, Basis.PUBLISHED, terraform=terraform, source=source, **evidence)


def assumed(of: Decimal, share: str, that: str, *, terraform: str = "", **evidence: Any) -> Saving:
    """A share that is taken for granted; the evidence says so."""
    return part(of, share, Basis.ASSUMED, terraform=terraform, assumption=that, **evidence)


def between(
    case: Case,
    meter: str,
    other: str,
    *,
    otherwise: str | None,
    source: str = "",
    terraform: str = "",
) -> Saving | None:
    """What another meter costs less, for the same quantity; ``otherwise`` is the share that is published.

    Raises:
        NotKnown: neither its price is known, nor a share.
    """
    cost, price = case.cost(meter), case.price(other) if case.counts(meter) else None
    if price is None and otherwise is None:
        raise NotKnown(f"price of {other}" if case.counts(meter) else f"quantity of {meter}")
    if price is None:
        return published(cost, str(otherwise), source, terraform=terraform, instead=other)
    evidence = {"cost": f"{cost:.2f}", "instead": other, "price": str(price)}
    return Saving(cost - case.quantity(meter) * price, Basis.PRICES, evidence, terraform)


def quiet(case: Case, metric: str, at_most: float) -> bool:
    """Whether a metric never went above that.

    Raises:
        NotKnown: it was not measured for long enough.
    """
    return case.metric(metric).peak <= at_most


def hours_off(cost: Decimal) -> Saving:
    """What is saved by running on working days from 7 to 19 alone."""
    share = f"{1 - Decimal(60) / 168:.4f}"
    return assumed(cost, share, "60 of 168 hours a week are enough")
