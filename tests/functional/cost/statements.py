"""Small statements of costs, as rows of FOCUS and as files of any kind."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping

PLAIN = {
    "BilledCost": "1.25",
    "BillingAccountId": "100000000001",
    "BillingAccountName": "Acme",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-02-01T00:00:00Z",
    "BillingPeriodStart": "2026-01-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "an hour of it",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-01-05T01:00:00Z",
    "ChargePeriodStart": "2026-01-05T00:00:00Z",
    "ContractedCost": "1.25",
    "EffectiveCost": "1.25",
    "InvoiceIssuerName": "AWS",
    "ListCost": "1.5",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "ProviderName": "AWS",
    "PublisherName": "AWS",
    "RegionId": "eu-west-1",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon EC2",
    "SubAccountId": "200000000012",
    "Tags": '{"team": "ada"}',
}


def row(**values: str) -> dict[str, str]:
    """A line of a FOCUS 1.0 bill."""
    return {**PLAIN, **values}


def text(rows: Iterable[Mapping[str, str]], *, delimiter: str = ",") -> str:
    """The rows as CSV with a header."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue()


def packed(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The rows as CSV, gzip."""
    return gzip.compress(text(rows).encode(), mtime=0)


CUR2 = {
    "bill_billing_period_start_date": "2026-01-01T00:00:00.000Z",
    "bill_billing_period_end_date": "2026-02-01T00:00:00.000Z",
    "bill_payer_account_id": "100000000001",
    "line_item_usage_account_id": "200000000012",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-01-05T00:00:00.000Z",
    "line_item_usage_end_date": "2026-01-05T01:00:00.000Z",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "EU-BoxUsage:m6i.large",
    "line_item_usage_amount": "1.0",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "0.107",
    "line_item_resource_id": "i-0123",
    "pricing_public_on_demand_cost": "0.107",
    "product": '{"product_name": "Amazon Elastic Compute Cloud", "region": "eu-west-1"}',
    "product_region_code": "eu-west-1",
    "reservation_reservation_a_r_n": "",
    "savings_plan_savings_plan_a_r_n": "",
    "savings_plan_savings_plan_effective_cost": "",
    "resource_tags": '{"user_team": "ada"}',
}


def cur2(**values: str) -> dict[str, str]:
    """A line of an AWS report, CUR 2.0."""
    return {**CUR2, **values}
