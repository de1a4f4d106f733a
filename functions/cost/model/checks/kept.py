"""What advice needs of a resource: its facts from the inventory, its part of the bill, and its usage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.contracts.inventory import ResourceView

MONTH_DAYS: Final = Decimal(730) / 24
"""Days that the clouds' own calculators count a month as."""
LINES: Final = 24
"""Meters of one resource that are kept, those that cost most."""


class BilledLine(BaseModel):
    """What a resource used of one meter, in a month of `MONTH_DAYS`, and what that cost.

    How much it used is not known where the bill's unit cannot be read: it is ``unread``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    meter: str
    unit: str = ""
    unread: bool = False
    quantity: Decimal = Decimal(0)
    cost: Decimal


class Measured(BaseModel):
    """A metric over ``days``: average, highest hour, total, and the highest of the days' 95th percentiles.

    ``until`` is the last day known; with a ``failure`` its cloud said nothing when it was last asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    average: float
    peak: float
    total: float
    days: int
    p95: float = 0.0
    until: date | None = None
    failure: str = ""


class Spent(BaseModel):
    """A resource's part of the bill over the last ``days`` billed, ``until`` a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    days: int
    until: AwareDatetime
    lines: tuple[BilledLine, ...]


class Kept(BaseModel):
    """A resource, as far as any check reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None = None
    name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    configuration: dict[str, Any] = Field(default_factory=dict)
    state: str
    created_at: AwareDatetime | None = None
    captured_at: AwareDatetime
    version: int
    network: str | None = None
    seen_at: AwareDatetime
    spent: Spent | None = None
    measured: dict[str, Measured] = Field(default_factory=dict)
    measured_at: AwareDatetime | None = None

    @property
    def names(self) -> frozenset[str]:
        """What a bill may call it by, in lower case: bills have an ARN here and a bare id there."""
        native = self.native_id.lower()
        known = {native, (self.arn or "").lower()}
        if self.provider == "aws":
            known.add(native.rpartition(":")[2])
        if self.provider == "gcp":
            known |= {native.removeprefix("//"), native.partition(".googleapis.com/")[2]}
        return frozenset(known - {""})


def kept(view: ResourceView, reads: frozenset[str], *, at: AwareDatetime) -> Kept:
    """The resource with the parts of its configuration that the checks of its type read."""
    return Kept(
        id=view.id,
        provider=view.provider,
        account=view.account,
        region=view.region,
        type=view.type,
        native_id=view.native_id,
        arn=view.arn,
        name=view.name,
        tags=view.tags,
        configuration={key: value for key, value in view.configuration.items() if key in reads},
        state=view.state,
        created_at=view.created_at,
        captured_at=view.captured_at,
        version=view.version,
        network=_network(view),
        seen_at=at,
    )


def renewed(before: Kept | None, now: Kept) -> Kept:
    """The resource as it is now, with what is known of its bill and usage."""
    if before is None:
        return now
    known = {
        "spent": before.spent,
        "measured": before.measured,
        "measured_at": before.measured_at,
    }
    return now.model_copy(update=known)


def _network(view: ResourceView) -> str | None:
    found = view.configuration.get("vpcId")
    return f"{view.account}/{view.region}/{found}" if isinstance(found, str) else None
