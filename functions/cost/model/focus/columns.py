"""The columns of FOCUS 1.4, dataset Cost and Usage, with what each may hold.

Source: FinOps Open Cost and Usage Specification 1.4, FinOps Foundation, CC-BY-4.0, by way of the model that
focus-data-toolkit extracts from its workbook.
"""

from __future__ import annotations

from enum import Flag, StrEnum, auto
from typing import Final, NamedTuple

from functions.cost.model.focus.subcategories import SUBCATEGORIES


class Kind(StrEnum):
    """What a value is."""

    TEXT = "text"
    DECIMAL = "decimal"
    TIME = "time"
    JSON = "json"


class Trait(Flag):
    """What else the specification says of a column."""

    NULLABLE = auto()
    MANDATORY = auto()
    CURRENCY = auto()
    POSITIVE = auto()


class Column(NamedTuple):
    """A column: what it holds, since which version it is known, and its traits."""

    name: str
    kind: Kind
    since: str
    traits: Trait = Trait.NULLABLE

    @property
    def nullable(self) -> bool:
        """Whether a row may have no value."""
        return Trait.NULLABLE in self.traits

    @property
    def mandatory(self) -> bool:
        """Whether every file must have the column."""
        return Trait.MANDATORY in self.traits

    @property
    def currency(self) -> bool:
        """Whether it holds codes of currencies."""
        return Trait.CURRENCY in self.traits

    @property
    def positive(self) -> bool:
        """Whether it is never below zero."""
        return Trait.POSITIVE in self.traits

    @property
    def allowed(self) -> tuple[str, ...]:
        """The values that it may have; empty when any text will do."""
        return ALLOWED.get(self.name, ())


_T, _D, _W, _J = Kind.TEXT, Kind.DECIMAL, Kind.TIME, Kind.JSON
_NEVER_NULL, _MUST = Trait(0), Trait.MANDATORY
_MAY, _OFFERED = Trait.NULLABLE, Trait.MANDATORY | Trait.NULLABLE
_PRICE = Trait.NULLABLE | Trait.POSITIVE

COLUMNS: Final = (
    Column("AllocatedMethodDetails", _J, "1.3"),
    Column("AllocatedMethodId", _T, "1.3"),
    Column("AllocatedResourceId", _T, "1.3"),
    Column("AllocatedResourceName", _T, "1.3"),
    Column("AllocatedTags", _J, "1.3"),
    Column("AvailabilityZone", _T, "0.5"),
    Column("BilledCost", _D, "0.5", _MUST),
    Column("BillingAccountId", _T, "0.5", _MUST),
    Column("BillingAccountName", _T, "0.5", _OFFERED),
    Column("BillingAccountType", _T, "1.2", _NEVER_NULL),
    Column("BillingCurrency", _T, "0.5", _MUST | Trait.CURRENCY),
    Column("BillingPeriodEnd", _W, "0.5", _MUST),
    Column("BillingPeriodStart", _W, "0.5", _MUST),
    Column("CapacityReservationId", _T, "1.1"),
    Column("CapacityReservationStatus", _T, "1.1"),
    Column("ChargeCategory", _T, "0.5", _MUST),
    Column("ChargeClass", _T, "1.0", _OFFERED),
    Column("ChargeDescription", _T, "1.0", _OFFERED),
    Column("ChargeFrequency", _T, "1.0", _NEVER_NULL),
    Column("ChargePeriodEnd", _W, "0.5", _MUST),
    Column("ChargePeriodStart", _W, "0.5", _MUST),
    Column("CommitmentDiscountCategory", _T, "1.0"),
    Column("CommitmentDiscountId", _T, "1.0"),
    Column("CommitmentDiscountName", _T, "1.0"),
    Column("CommitmentDiscountQuantity", _D, "1.1"),
    Column("CommitmentDiscountStatus", _T, "1.0"),
    Column("CommitmentDiscountType", _T, "1.0"),
    Column("CommitmentDiscountUnit", _T, "1.1"),
    Column("CommitmentProgramEligibilityDetails", _J, "1.4"),
    Column("ConsumedQuantity", _D, "1.0"),
    Column("ConsumedUnit", _T, "1.0"),
    Column("ContractApplied", _J, "1.3"),
    Column("ContractedCost", _D, "1.0", _MUST),
    Column("ContractedUnitPrice", _D, "1.0", _PRICE),
    Column("EffectiveCost", _D, "0.5", _MUST),
    Column("HostProviderName", _T, "1.3", _OFFERED),
    Column("InvoiceDetailId", _T, "1.4"),
    Column("InvoiceId", _T, "1.2"),
    Column("InvoiceIssuerName", _T, "0.5", _MUST),
    Column("ListCost", _D, "1.0", _MUST),
    Column("ListUnitPrice", _D, "1.0", _PRICE),
    Column("PricingCategory", _T, "1.0"),
    Column("PricingCurrency", _T, "1.2", _NEVER_NULL | Trait.CURRENCY),
    Column("PricingCurrencyContractedUnitPrice", _D, "1.2", _PRICE),
    Column("PricingCurrencyEffectiveCost", _D, "1.2", _NEVER_NULL),
    Column("PricingCurrencyListUnitPrice", _D, "1.2", _PRICE),
    Column("PricingQuantity", _D, "1.0", _OFFERED),
    Column("PricingUnit", _T, "1.0", _OFFERED),
    Column("RegionId", _T, "1.0"),
    Column("RegionName", _T, "1.0"),
    Column("ResourceId", _T, "0.5"),
    Column("ResourceName", _T, "0.5"),
    Column("ResourceType", _T, "1.0"),
    Column("ServiceCategory", _T, "0.5", _MUST),
    Column("ServiceName", _T, "0.5", _MUST),
    Column("ServiceProviderName", _T, "1.3", _MUST),
    Column("ServiceSubcategory", _T, "1.1", _NEVER_NULL),
    Column("SkuId", _T, "1.0"),
    Column("SkuMeter", _T, "1.1"),
    Column("SkuPriceDetails", _J, "1.1"),
    Column("SkuPriceId", _T, "1.0"),
    Column("SubAccountId", _T, "0.5"),
    Column("SubAccountName", _T, "0.5"),
    Column("SubAccountType", _T, "1.2"),
    Column("Tags", _J, "1.0"),
)
"""In the order of their names."""
BY_NAME: Final = {one.name: one for one in COLUMNS}
NAMES: Final = tuple(BY_NAME)
VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3", "1.4")

RENAMED: Final = {"ProviderName": "ServiceProviderName", "PublisherName": "HostProviderName"}
"""What 1.0 to 1.3 called them; 1.4 has them no more."""

ALLOWED: Final = {
    "CapacityReservationStatus": ("Used", "Unused"),
    "ChargeCategory": ("Usage", "Purchase", "Tax", "Credit", "Adjustment"),
    "ChargeClass": ("Correction",),
    "ChargeFrequency": ("One-Time", "Recurring", "Usage-Based"),
    "CommitmentDiscountCategory": ("Spend", "Usage"),
    "CommitmentDiscountStatus": ("Used", "Unused"),
    "PricingCategory": ("Standard", "Dynamic", "Committed", "Other"),
    "ServiceCategory": tuple(SUBCATEGORIES),
}
