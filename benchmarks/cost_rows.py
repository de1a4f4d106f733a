"""Made-up bills of any size: rows of FOCUS 1.2 with all of its 57 columns, as CSV, gzip, or as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from functions.cost.model.focus.columns import COLUMNS, RENAMED

SERVICES: Final = (
    ("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "Hours"),
    ("Amazon Simple Storage Service", "Storage", "Object Storage", "GB-Months"),
    ("AWS Lambda", "Compute", "Serverless Compute", "Requests"),
    ("Amazon Relational Database Service", "Databases", "Relational Databases", "Hours"),
    ("Amazon Virtual Private Cloud", "Networking", "Network Infrastructure", "GB"),
    ("Amazon CloudWatch", "Management and Governance", "Observability", "Requests"),
)
NAMES: Final = tuple(
    sorted({*(one.name for one in COLUMNS if one.since <= "1.2"), *RENAMED} - {*RENAMED.values()})
)
"""The columns of FOCUS 1.2."""


def write_csv(to: Path, rows: int, *, month: str = "2026-01", seed: int = 1) -> None:
    """A bill of one month as CSV, packed by gzip."""
    chosen = ", ".join(f'CAST("{name}" AS VARCHAR) AS "{name}"' for name in NAMES)
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
        connection.execute(
            f"COPY (SELECT {chosen} FROM ({made(rows, month=month, seed=seed)})) TO '{to}' "
            "(FORMAT csv, HEADER true, COMPRESSION gzip)"
        )


def made(rows: int, *, month: str = "2026-01", seed: int = 1) -> str:
    """So many rows as a SELECT; the same seed makes the same rows."""
    values = {**dict.fromkeys(NAMES, "NULL"), **_values(month)}
    chosen = ", ".join(f'{values[name]} AS "{name}"' for name in NAMES)
    listed = ", ".join(
        f"{{n: '{name}', c: '{category}', s: '{sub}', u: '{unit}'}}"
        for name, category, sub, unit in SERVICES
    )
    return (
        f"SELECT {chosen} FROM (SELECT *, [{listed}][1 + h % {len(SERVICES)}] AS service, "
        "CAST((h // 7) % 9000000 + 1 AS DECIMAL(38,0)) * 0.0000010000::DECIMAL(18,10) AS cost "
        f"FROM (SELECT i, CAST(hash(i * 31 + {seed}) % 1000000007 AS BIGINT) AS h FROM range({rows}) _(i)))"
    )


def _values(month: str) -> dict[str, str]:
    start = f"TIMESTAMP '{month}-01'"
    hour = "to_hours(CAST((h // 11) % 672 AS INTEGER))"
    return {
        "BilledCost": "cost",
        "EffectiveCost": "CAST(cost * 0.9::DECIMAL(2,1) AS DECIMAL(38,12))",
        "ListCost": "CAST(cost * 1.2::DECIMAL(2,1) AS DECIMAL(38,12))",
        "ContractedCost": "cost",
        "ListUnitPrice": "0.0960000000",
        "ContractedUnitPrice": "0.0920000000",
        "PricingQuantity": "CAST((h % 100000) AS DECIMAL(18,0)) * 0.0001",
        "ConsumedQuantity": "CAST((h % 100000) AS DECIMAL(18,0)) * 0.0001",
        "PricingUnit": "service.u",
        "ConsumedUnit": "service.u",
        "BillingAccountId": "'100000000001'",
        "BillingAccountName": "'Acme payer'",
        "BillingAccountType": "'BillingAccount'",
        "BillingCurrency": "'USD'",
        "PricingCurrency": "'USD'",
        "PricingCurrencyEffectiveCost": "CAST(cost * 0.9::DECIMAL(2,1) AS DECIMAL(38,12))",
        "BillingPeriodStart": f"strftime({start}, '%Y-%m-%dT%H:%M:%SZ')",
        "BillingPeriodEnd": f"strftime({start} + INTERVAL 1 MONTH, '%Y-%m-%dT%H:%M:%SZ')",
        "ChargePeriodStart": f"strftime({start} + {hour}, '%Y-%m-%dT%H:%M:%SZ')",
        "ChargePeriodEnd": f"strftime({start} + {hour} + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ')",
        "ChargeCategory": "'Usage'",
        "ChargeDescription": "'$0.096 per unit of ' || service.n || ' in tier ' || h % 977",
        "ChargeFrequency": "'Usage-Based'",
        "InvoiceId": "'INV-2026-' || h % 13",
        "InvoiceIssuerName": "'Amazon Web Services, Inc.'",
        "ProviderName": "'AWS'",
        "PublisherName": "'AWS'",
        "PricingCategory": "'Standard'",
        "RegionId": "['eu-west-1', 'us-east-1', 'ap-south-1', 'eu-central-1'][1 + (h // 3) % 4]",
        "RegionName": "['Ireland', 'N. Virginia', 'Mumbai', 'Frankfurt'][1 + (h // 3) % 4]",
        "AvailabilityZone": "['a', 'b', 'c'][1 + (h // 5) % 3]",
        "ResourceId": "'arn:aws:ec2:eu-west-1:200000000012:instance/i-' || hash(h)",
        "ResourceName": "'i-' || h",
        "ResourceType": "'Instance'",
        "ServiceCategory": "service.c",
        "ServiceName": "service.n",
        "ServiceSubcategory": "service.s",
        "SkuId": "'SKU-' || h % 4001",
        "SkuMeter": "'BoxUsage:' || h % 97",
        "SkuPriceId": "'PRICE-' || h % 4001",
        "SkuPriceDetails": """'{"CoreCount": ' || h % 64 || ', "OperatingSystem": "Linux"}'""",
        "SubAccountId": "CAST(200000000000 + h % 200 AS VARCHAR)",
        "SubAccountName": "'account ' || h % 200",
        "SubAccountType": "'LinkedAccount'",
        "Tags": """'{"team": "team-' || h % 40 || '", "env": "' || ['prod', 'test'][1 + h % 2] || '"}'""",
    }
