"""What costs can be told apart by: columns of FOCUS, tags, teams, and dimensions of one's own."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple, Self

from steward.errors import BadInput

TAG: Final = "tags."
OWN: Final = "own."
TEAM: Final = "team"
DAY: Final = "day"
NAMES: Final = {
    "provider": "ServiceProviderName",
    "service": "ServiceName",
    "category": "ServiceCategory",
    "account": "SubAccountId",
    "account_name": "SubAccountName",
    "payer": "BillingAccountId",
    "region": "RegionId",
    "zone": "AvailabilityZone",
    "resource": "ResourceId",
    "resource_type": "ResourceType",
    "charge": "ChargeCategory",
    "usage": "SkuMeter",
    "sku": "SkuId",
    "pricing": "PricingCategory",
    "commitment": "CommitmentDiscountId",
    "invoice": "InvoiceId",
    "currency": "BillingCurrency",
    "source": "x_StewardSource",
}
"""Short names of columns."""
COLUMNS: Final = frozenset(
    {
        "AvailabilityZone", "BillingAccountId", "BillingAccountName", "BillingAccountType",
        "BillingCurrency", "CapacityReservationId", "CapacityReservationStatus", "ChargeCategory",
        "ChargeClass", "ChargeDescription", "ChargeFrequency", "CommitmentDiscountCategory",
        "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus",
        "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedUnit", "HostProviderName",
        "InvoiceDetailId", "InvoiceId", "InvoiceIssuerName", "PricingCategory", "PricingCurrency",
        "PricingUnit", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType",
        "ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory", "SkuId",
        "SkuMeter", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType",
        "x_StewardSource",
    }
)  # fmt: skip
"""The columns of text that rows are grouped and chosen by."""
ROLLED: Final = ("provider", "service", "account", "region", TEAM, "charge", "currency")
"""The dimensions that the daily rollups keep, beside the day."""
_FIELD = re.compile(
    r"""tags\.[^=!~|<>"\\\x00]{1,256} | own\.[a-z][a-z0-9_-]{0,63} | [A-Za-z_]{1,64}""", re.VERBOSE
)
_OWN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Field(NamedTuple):
    """A dimension: the ``name`` it was asked by, and the ``column``, ``tag`` or own dimension it is."""

    name: str
    column: str | None = None
    tag: str | None = None
    own: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The dimension that a text names.

        Raises:
            BadInput: there is none of that name.
        """
        if text == TEAM:
            return cls(text)
        if _FIELD.fullmatch(text) is None:
            raise _unknown(text)
        if text.startswith(TAG):
            return cls(text, tag=text.removeprefix(TAG))
        if text.startswith(OWN):
            return cls(text, own=text.removeprefix(OWN))
        column = NAMES.get(text, text)
        if column not in COLUMNS:
            raise _unknown(text)
        return cls(text, column=column)

    @property
    def rolled(self) -> str | None:
        """The column of the rollups that is the same; None where they have none."""
        if self.name == TEAM:
            return TEAM
        return next((one for one in ROLLED if NAMES.get(one) == self.column and self.column), None)


def own_name(text: str) -> str:
    """The name, if a dimension of one's own may have it.

    Raises:
        BadInput: it may not.
    """
    if _OWN_NAME.fullmatch(text) is None:
        raise BadInput(
            f"dimension {text[:80]!r}: use up to 64 lower-case letters, digits, '_' and '-', a letter first"
        )
    return text


def check_own(fields: Collection[Field], known: Collection[str]) -> None:
    """Refuse a dimension of one's own that is not defined.

    Raises:
        BadInput: there is none of that name.
    """
    for field in fields:
        if field.own is not None and field.own not in known:
            defined = ", ".join(sorted(known)) or "none"
            raise BadInput(f"dimension {field.name[:80]!r}: is not defined; defined are: {defined}")


def _unknown(text: str) -> BadInput:
    return BadInput(
        f"dimension {text[:80]!r}: is none; use {', '.join(NAMES)}, team, tags.KEY, own.NAME or a "
        "FOCUS column of text"
    )
