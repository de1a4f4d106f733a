"""Google Cloud's billing export of BigQuery, standard or detailed, as its extracts have it.

A line's credits are a list in it; each becomes a line of its own, so that what is billed is what is added up.
Source: Google Cloud Billing documentation, "Structure of Detailed data export".
"""

from __future__ import annotations

from typing import Final

from functions.cost.model.formats.format import SPREAD, Format
from functions.cost.model.formats.services import category_of

_CREDIT: Final = f"{{{SPREAD}}}"


def _in(place: str, path: str) -> str:
    return f"json_extract_string(TRY_CAST({{{place}}} AS JSON), '$.{path}')"


def _credit(path: str) -> str:
    return f"json_extract_string(TRY_CAST({_CREDIT} AS JSON), '$.{path}')"


def _either(credit: str, line: str) -> str:
    return f"CASE WHEN {_CREDIT} IS NOT NULL THEN {credit} ELSE {line} END"


def _of_line(line: str) -> str:
    return f"CASE WHEN {_CREDIT} IS NULL THEN {line} END"


_MONTH: Final = f"try_strptime({_in('invoice', 'month')}, '%Y%m')"
_SERVICE: Final = _in("service", "description")
_SPREAD: Final = """[NULL::VARCHAR] || coalesce(from_json({credits}, '["VARCHAR"]'), [])"""
_LABELS: Final = "object_of({labels})"

OPTIONAL: Final = (
    "resource", "labels", "system_labels", "tags", "credits", "project", "location", "seller_name",
    "cost_type", "cost_at_list", "adjustment_info", "price", "invoice", "usage", "currency",
    "currency_conversion_rate", "transaction_type", "export_time",
)  # fmt: skip
"""The columns that a line leaves out where it has nothing to say."""

DETAILED: Final = Format(
    name="Google Cloud billing",
    marks=("billing_account_id", "usage_start_time", "cost", "sku"),
    reads={
        "AvailabilityZone": _in("location", "zone"),
        "BilledCost": _either(_credit("amount"), "{cost}"),
        "BillingAccountId": "{billing_account_id}",
        "BillingAccountType": "CASE WHEN {billing_account_id} IS NOT NULL THEN 'Billing Account' END",
        "BillingCurrency": "{currency}",
        "BillingPeriodEnd": f"CAST({_MONTH} + INTERVAL 1 MONTH AS VARCHAR)",
        "BillingPeriodStart": f"CAST({_MONTH} AS VARCHAR)",
        "ChargeCategory": _either(
            "'Credit'",
            "CASE {cost_type} WHEN 'tax' THEN 'Tax' WHEN 'regular' THEN 'Usage' ELSE 'Adjustment' END",
        ),
        "ChargeDescription": _either(
            f"coalesce({_credit('full_name')}, {_credit('name')})", _in("sku", "description")
        ),
        "ChargeFrequency": "CASE WHEN {cost_type} IS NOT NULL THEN 'Usage-Based' END",
        "ChargePeriodEnd": "{usage_end_time}",
        "ChargePeriodStart": "{usage_start_time}",
        "CommitmentDiscountName": f"CASE WHEN {_credit('type')} LIKE 'COMMITTED_USAGE%' "
        f"THEN {_credit('full_name')} END",
        "ConsumedQuantity": _of_line(_in("usage", "amount")),
        "ConsumedUnit": _of_line(_in("usage", "unit")),
        "ContractedCost": _either(_credit("amount"), "{cost}"),
        "EffectiveCost": _either(_credit("amount"), "{cost}"),
        "HostProviderName": "coalesce({seller_name}, CASE WHEN {billing_account_id} IS NOT NULL "
        "THEN 'Google Cloud' END)",
        "InvoiceIssuerName": "CASE WHEN {billing_account_id} IS NOT NULL THEN 'Google Cloud' END",
        "ListCost": _either("'0'", "coalesce({cost_at_list}, {cost})"),
        "PricingQuantity": _of_line(_in("usage", "amount_in_pricing_units")),
        "PricingUnit": _of_line(_in("usage", "pricing_unit")),
        "RegionId": f"coalesce({_in('location', 'region')}, {_in('location', 'location')})",
        "ResourceId": f"coalesce({_in('resource', 'global_name')}, {_in('resource', 'name')})",
        "ResourceName": _in("resource", "name"),
        "ServiceCategory": category_of(_SERVICE),
        "ServiceName": _SERVICE,
        "ServiceProviderName": "CASE WHEN {billing_account_id} IS NOT NULL THEN 'Google Cloud' END",
        "SkuId": _in("sku", "id"),
        "SkuMeter": _in("sku", "description"),
        "SubAccountId": _in("project", "id"),
        "SubAccountName": _in("project", "name"),
        "SubAccountType": f"CASE WHEN {_in('project', 'id')} IS NOT NULL THEN 'Project' END",
        "Tags": _LABELS,
    },
    spread=_SPREAD,
)
"""The standard and the detailed export."""
