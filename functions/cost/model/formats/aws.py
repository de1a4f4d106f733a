"""AWS's own reports: CUR 2.0 of Data Exports, and the legacy report, which says the same in other names.

Sources: AWS Data Exports user guide, "Cost and usage report (CUR) 2.0"; AWS CUR user guide, "Data
dictionary" and "Understanding your amortized reservation data" for what a line truly costs.
"""

from __future__ import annotations

import re
from typing import Final

from functions.cost.model.formats.format import Format
from functions.cost.model.formats.services import category_of

_LINE: Final = "{lineItem/LineItemType}"
_BILLED: Final = "coalesce({lineItem/NetUnblendedCost}, {lineItem/UnblendedCost})"
_SAVED: Final = (
    "coalesce({savingsPlan/NetSavingsPlanEffectiveCost}, {savingsPlan/SavingsPlanEffectiveCost})"
)
_RESERVED: Final = "coalesce({reservation/NetEffectiveCost}, {reservation/EffectiveCost})"


def _less(whole: str, part: str) -> str:
    return (
        f"CAST(coalesce(TRY_CAST({whole} AS DECIMAL(38,18)), 0) - "
        f"coalesce(TRY_CAST({part} AS DECIMAL(38,18)), 0) AS VARCHAR)"
    )


_UNUSED_PLAN: Final = _less("{savingsPlan/TotalCommitmentToDate}", "{savingsPlan/UsedCommitment}")
_UNUSED_RESERVATION: Final = _less(
    "{reservation/UnusedAmortizedUpfrontFeeForBillingPeriod}",
    "'-' || {reservation/UnusedRecurringFee}",
)
_LIST: Final = f"""CASE WHEN {_LINE} IN ('Usage', 'SavingsPlanCoveredUsage', 'DiscountedUsage')
    THEN coalesce({{pricing/publicOnDemandCost}}, {_BILLED})
    WHEN {_LINE} = 'SavingsPlanNegation' THEN '0' ELSE {_BILLED} END"""
_CATEGORY: Final = f"""CASE WHEN {_LINE} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage',
        'SavingsPlanNegation') THEN 'Usage'
    WHEN {_LINE} IN ('Fee', 'RIFee', 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee') THEN 'Purchase'
    WHEN {_LINE} = 'Tax' THEN 'Tax'
    WHEN {_LINE} IN ('Credit', 'Refund') THEN 'Credit'
    WHEN {_LINE} IS NOT NULL THEN 'Adjustment' END"""
_COMMITMENT: Final = "coalesce({savingsPlan/SavingsPlanARN}, {reservation/ReservationARN})"
_SERVICE: Final = "coalesce({product/ProductName}, {product/servicename}, {lineItem/ProductCode})"
_READS: Final = {
    "AvailabilityZone": "{lineItem/AvailabilityZone}",
    "BilledCost": _BILLED,
    "BillingAccountId": "{bill/PayerAccountId}",
    "BillingAccountName": "{bill/PayerAccountName}",
    "BillingAccountType": "CASE WHEN {bill/PayerAccountId} IS NOT NULL THEN 'BillingAccount' END",
    "BillingCurrency": "{lineItem/CurrencyCode}",
    "BillingPeriodEnd": "{bill/BillingPeriodEndDate}",
    "BillingPeriodStart": "{bill/BillingPeriodStartDate}",
    "ChargeCategory": _CATEGORY,
    "ChargeDescription": "{lineItem/LineItemDescription}",
    "ChargeFrequency": f"""CASE WHEN {_LINE} IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'Recurring'
        WHEN {_LINE} IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')
        THEN 'Usage-Based' WHEN {_LINE} IS NOT NULL THEN 'One-Time' END""",
    "ChargePeriodEnd": "{lineItem/UsageEndDate}",
    "ChargePeriodStart": "{lineItem/UsageStartDate}",
    "CommitmentDiscountCategory": """CASE WHEN {savingsPlan/SavingsPlanARN} IS NOT NULL THEN 'Spend'
        WHEN {reservation/ReservationARN} IS NOT NULL THEN 'Usage' END""",
    "CommitmentDiscountId": _COMMITMENT,
    "CommitmentDiscountStatus": f"""CASE WHEN {_COMMITMENT} IS NULL THEN NULL
        WHEN {_LINE} IN ('SavingsPlanCoveredUsage', 'DiscountedUsage') THEN 'Used'
        WHEN {_LINE} IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'Unused' END""",
    "CommitmentDiscountType": """CASE WHEN {savingsPlan/SavingsPlanARN} IS NOT NULL
        THEN coalesce({savingsPlan/OfferingType}, 'Savings Plan')
        WHEN {reservation/ReservationARN} IS NOT NULL THEN 'Reserved' END""",
    "ConsumedQuantity": f"CASE WHEN {_LINE} IN ('Usage', 'SavingsPlanCoveredUsage', 'DiscountedUsage') "
    "THEN {lineItem/UsageAmount} END",
    "ConsumedUnit": f"CASE WHEN {_LINE} IN ('Usage', 'SavingsPlanCoveredUsage', 'DiscountedUsage') "
    "THEN {pricing/unit} END",
    "ContractedCost": f"""CASE WHEN {_LINE} IN ('SavingsPlanCoveredUsage', 'DiscountedUsage')
        THEN coalesce({{pricing/publicOnDemandCost}}, {_BILLED})
        WHEN {_LINE} = 'SavingsPlanNegation' THEN '0' ELSE {_BILLED} END""",
    "EffectiveCost": f"""CASE WHEN {_LINE} = 'SavingsPlanCoveredUsage' THEN {_SAVED}
        WHEN {_LINE} = 'DiscountedUsage' THEN {_RESERVED}
        WHEN {_LINE} IN ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') THEN '0'
        WHEN {_LINE} = 'SavingsPlanRecurringFee' THEN {_UNUSED_PLAN}
        WHEN {_LINE} = 'RIFee' THEN {_UNUSED_RESERVATION}
        WHEN {_LINE} = 'Fee' AND {{reservation/ReservationARN}} IS NOT NULL THEN '0'
        ELSE {_BILLED} END""",
    "HostProviderName": "CASE WHEN {lineItem/LegalEntity} LIKE 'Amazon%' THEN 'AWS' "
    "ELSE {lineItem/LegalEntity} END",
    "InvoiceId": "{bill/InvoiceId}",
    "InvoiceIssuerName": "coalesce({bill/InvoicingEntity}, {lineItem/LegalEntity})",
    "ListCost": _LIST,
    "ListUnitPrice": "{pricing/publicOnDemandRate}",
    "PricingCategory": f"""CASE WHEN {_LINE} IN ('SavingsPlanCoveredUsage', 'DiscountedUsage')
        THEN 'Committed' WHEN {{lineItem/UsageType}} LIKE '%SpotUsage%' THEN 'Dynamic'
        WHEN {_LINE} = 'Usage' THEN 'Standard' END""",
    "PricingCurrency": "coalesce({pricing/currency}, {lineItem/CurrencyCode})",
    "PricingQuantity": f"CASE WHEN {_LINE} = 'Tax' THEN NULL ELSE {{lineItem/UsageAmount}} END",
    "PricingUnit": "{pricing/unit}",
    "RegionId": "coalesce({product/regionCode}, {product/region})",
    "RegionName": "{product/location}",
    "ResourceId": "{lineItem/ResourceId}",
    "ServiceCategory": category_of(_SERVICE),
    "ServiceName": _SERVICE,
    "ServiceProviderName": "CASE WHEN {lineItem/LineItemType} IS NOT NULL THEN 'AWS' END",
    "SkuId": "{product/sku}",
    "SkuMeter": "{lineItem/UsageType}",
    "SkuPriceId": "coalesce({pricing/RateCode}, {pricing/RateId})",
    "SubAccountId": "{lineItem/UsageAccountId}",
    "SubAccountName": "{lineItem/UsageAccountName}",
    "SubAccountType": "CASE WHEN {lineItem/UsageAccountId} IS NOT NULL THEN 'LinkedAccount' END",
}
_PLACE: Final = re.compile(r"\{(\w+)/(\w+)\}")
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IN_MAP: Final = {
    "product_product_name": "product_name",
    "product_servicename": "servicename",
    "product_region": "region",
}


def _snake(text: str) -> str:
    # AWS takes the letters of ARN for words.
    return _HUMPS.sub("_", text).lower().replace("_arn", "_a_r_n")


def _renamed(said: str) -> str:
    """An expression on the legacy report's columns as one on those of CUR 2.0."""

    def place(found: re.Match[str]) -> str:
        name = f"{_snake(found[1])}_{_snake(found[2])}"
        inside = _IN_MAP.get(name)
        if inside is not None:
            return f"json_extract_string(TRY_CAST({{product}} AS JSON), '$.{inside}')"
        return f"{{{name}}}"

    return _PLACE.sub(place, said)


CUR: Final = Format(
    name="AWS CUR",
    marks=("lineItem/UnblendedCost", "bill/BillingPeriodStartDate"),
    reads=_READS,
    tags=("resourceTags/user:", "resourceTags/"),
)
"""The legacy report."""

CUR2: Final = Format(
    name="AWS CUR 2.0",
    marks=("line_item_unblended_cost", "bill_billing_period_start_date"),
    reads={
        **{name: _renamed(said) for name, said in _READS.items()},
        "Tags": "{resource_tags}",
    },
)
"""What AWS Data Exports calls Cost and usage report 2.0."""
