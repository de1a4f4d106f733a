"""Small bills as rows of FOCUS in DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

TEXTS = (
    "ServiceProviderName", "ServiceName", "SubAccountId", "RegionId", "ChargeCategory", "SkuMeter",
    "BillingCurrency", "ResourceId", "Tags",
)  # fmt: skip
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def line(cost: str | Decimal = "1", *, at: str = "2026-10-05", **values: Any) -> dict[str, Any]:
    """A row that costs as much by every measure."""
    found = dict.fromkeys(COSTS, Decimal(cost))
    plain = {"ServiceName": "Compute", "SubAccountId": "1", "BillingCurrency": "USD"}
    tags = json.dumps(values.pop("tags", {}))
    return {
        "ChargePeriodStart": datetime.fromisoformat(at),
        **found,
        **plain,
        "Tags": tags,
        **values,
    }


def bill(rows: Iterable[Mapping[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A connection whose table ``costs`` has the rows."""
    connection = duckdb.connect()
    texts = ", ".join(f'"{name}" VARCHAR' for name in TEXTS)
    costs = ", ".join(f'"{name}" DECIMAL(38,18)' for name in COSTS)
    connection.execute(f'CREATE TABLE costs ("ChargePeriodStart" TIMESTAMP, {texts}, {costs})')
    names = ("ChargePeriodStart", *TEXTS, *COSTS)
    values = [[row.get(name) for name in names] for row in rows]
    if values:
        connection.executemany(f"INSERT INTO costs VALUES ({', '.join('?' * len(names))})", values)
    return connection
