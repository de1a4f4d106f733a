"""Azure Cost Management's own exports, of Enterprise Agreements and of Customer Agreements.

An export of actual costs has what is billed, one of amortised costs what a commitment's use is worth. Source:
Microsoft Cost Management documentation, "Understand the terms in your Azure usage and charges file".
"""

from __future__ import annotations

from typing import Final

from functions.cost.model.formats.format import Format
from functions.cost.model.formats.services import category_of

_COST: Final = "coalesce({CostInBillingCurrency}, {Cost}, {PreTaxCost})"
_CHARGE: Final = "{ChargeType}"
_MODEL: Final = "{PricingModel}"
_COMMITTED: Final = f"{_MODEL} IN ('Reservation', 'SavingsPlan')"
_USED: Final = f"{_CHARGE} IN ('Usage', 'UnusedReservation', 'UnusedSavingsPlan')"
_QUANTITY: Final = "coalesce({Quantity}, {UsageQuantity})"
_SERVICE: Final = "coalesce({MeterCategory}, {ServiceFamily})"


def _date(*places: str) -> str:
    """A date that a portal wrote as its country does in America, as one that all can read."""
    said = f"coalesce({', '.join(places)})"
    american = f"CAST(try_strptime({said}, '%m/%d/%Y') AS VARCHAR)"
    return f"coalesce({american}, {said})"


def _day_after(said: str) -> str:
    return f"CAST(TRY_CAST({said} AS TIMESTAMP) + INTERVAL 1 DAY AS VARCHAR)"


def _product(price: str) -> str:
    # Two factors of nine digits behind the point come to eighteen: nothing is rounded that was written.
    factors = (f"TRY_CAST({one} AS DECIMAL(19,9))" for one in (price, _QUANTITY))
    return f"CAST({' * '.join(factors)} AS VARCHAR)"


_DAY: Final = _date("{Date}", "{UsageDateTime}", "{UsageDate}")
_ENDS: Final = _date("{BillingPeriodEndDate}", "{BillingPeriodEnd}")
_BILLED: Final = _COST
_READS: Final = {
    "AvailabilityZone": "{AvailabilityZone}",
    "BilledCost": _BILLED,
    "BillingAccountId": "{BillingAccountId}",
    "BillingAccountName": "{BillingAccountName}",
    "BillingAccountType": "CASE WHEN {BillingProfileId} <> {BillingAccountId} THEN 'Billing Profile' "
    "WHEN {BillingAccountId} IS NOT NULL THEN 'Billing Account' END",
    "BillingCurrency": "coalesce({BillingCurrency}, {BillingCurrencyCode}, {Currency})",
    "BillingPeriodEnd": _day_after(_ENDS),
    "BillingPeriodStart": _date("{BillingPeriodStartDate}", "{BillingPeriodStart}"),
    "ChargeCategory": f"""CASE WHEN {_USED} THEN 'Usage' WHEN {_CHARGE} = 'Purchase' THEN 'Purchase'
        WHEN {_CHARGE} = 'Tax' THEN 'Tax' WHEN {_CHARGE} IN ('Refund', 'Credit') THEN 'Credit'
        WHEN {_CHARGE} IS NOT NULL THEN 'Adjustment' END""",
    "ChargeDescription": "coalesce({Product}, {ProductName}, {MeterName})",
    "ChargeFrequency": """CASE WHEN {Frequency} = 'OneTime' THEN 'One-Time'
        WHEN {Frequency} = 'UsageBased' THEN 'Usage-Based' ELSE {Frequency} END""",
    "ChargePeriodEnd": _day_after(_DAY),
    "ChargePeriodStart": _DAY,
    "CommitmentDiscountCategory": f"""CASE WHEN {_MODEL} = 'SavingsPlan' THEN 'Spend'
        WHEN {_MODEL} = 'Reservation' THEN 'Usage' END""",
    "CommitmentDiscountId": f"CASE WHEN {_COMMITTED} THEN coalesce({{BenefitId}}, {{ReservationId}}) END",
    "CommitmentDiscountName": f"CASE WHEN {_COMMITTED} THEN coalesce({{BenefitName}}, {{ReservationName}}) "
    "END",
    "CommitmentDiscountStatus": f"""CASE WHEN {_CHARGE} LIKE 'Unused%' THEN 'Unused'
        WHEN {_COMMITTED} AND {_CHARGE} = 'Usage' THEN 'Used' END""",
    "CommitmentDiscountType": f"CASE WHEN {_COMMITTED} THEN {_MODEL} END",
    "ConsumedQuantity": f"CASE WHEN {_USED} THEN {_QUANTITY} END",
    "ConsumedUnit": f"CASE WHEN {_USED} THEN {{UnitOfMeasure}} END",
    "ContractedCost": f"coalesce({_product('{UnitPrice}')}, {_COST})",
    "ContractedUnitPrice": "{UnitPrice}",
    "EffectiveCost": _COST,
    "HostProviderName": "CASE WHEN {PublisherType} IN ('Azure', 'Microsoft') THEN 'Microsoft' "
    "ELSE coalesce({PublisherName}, 'Microsoft') END",
    "InvoiceId": "{InvoiceId}",
    "InvoiceIssuerName": "coalesce({PartnerName}, CASE WHEN coalesce({BillingAccountId}, {SubscriptionId}) "
    "IS NOT NULL THEN 'Microsoft' END)",
    "ListCost": "coalesce({PaygCostInBillingCurrency}, "
    f"{_product('coalesce({PayGPrice}, {UnitPrice})')}, {_COST})",
    "ListUnitPrice": "{PayGPrice}",
    "PricingCategory": f"""CASE WHEN {_COMMITTED} AND {_USED} THEN 'Committed'
        WHEN {_MODEL} = 'Spot' THEN 'Dynamic' WHEN {_MODEL} = 'OnDemand' THEN 'Standard' END""",
    "PricingCurrency": "coalesce({PricingCurrency}, {BillingCurrency}, {BillingCurrencyCode})",
    "PricingQuantity": _QUANTITY,
    "PricingUnit": "{UnitOfMeasure}",
    "RegionId": "coalesce({ResourceLocation}, {Location}, {MeterRegion})",
    "RegionName": "{MeterRegion}",
    "ResourceId": "coalesce({ResourceId}, {InstanceId})",
    "ResourceName": "coalesce({ResourceName}, nullif(regexp_extract({ResourceId}, '([^/]+)/?$', 1), ''))",
    "ResourceType": "nullif(regexp_extract({ResourceId}, '/providers/([^/]+/[^/]+)', 1), '')",
    "ServiceCategory": category_of(_SERVICE),
    "ServiceName": _SERVICE,
    "ServiceProviderName": f"CASE WHEN {_CHARGE} IS NOT NULL THEN 'Microsoft' END",
    "SkuId": "coalesce({MeterId}, {PartNumber})",
    "SkuMeter": "{MeterName}",
    "SkuPriceId": "{PartNumber}",
    "SubAccountId": "coalesce({SubscriptionId}, {SubscriptionGuid})",
    "SubAccountName": "{SubscriptionName}",
    "SubAccountType": "CASE WHEN coalesce({SubscriptionId}, {SubscriptionGuid}) IS NOT NULL "
    "THEN 'Subscription' END",
    "Tags": "CASE WHEN {Tags} LIKE '{%' THEN {Tags} WHEN {Tags} IS NOT NULL "
    "THEN '{' || {Tags} || '}' END",
}
_MARKS: Final = ("ChargeType", "MeterCategory", "Date")

ACTUAL: Final = Format(name="Azure actual cost", marks=_MARKS, reads=_READS)
"""What is billed; the use of a commitment costs nothing, and its purchase all."""

AMORTIZED: Final = Format(
    name="Azure amortised cost",
    marks=_MARKS,
    reads={**_READS, "BilledCost": f"CASE WHEN {_COMMITTED} THEN '0' ELSE {_COST} END"},
    hint="amorti",
)
"""What a commitment's use is worth, day by day: its rows are billed by other exports, as purchases."""
