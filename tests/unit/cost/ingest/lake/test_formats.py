"""What the clouds' own formats mean in FOCUS, line kind by line kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.functional.cost.statements import cur2, text
from tests.unit.cost.ingest.lake.milling import milled, read

COSTS = "SELECT ChargeCategory, CAST(BilledCost AS DOUBLE), CAST(EffectiveCost AS DOUBLE) FROM rows"
AZURE = {
    "BillingAccountId": "86",
    "BillingProfileId": "86",
    "BillingPeriodStartDate": "01/01/2026",
    "BillingPeriodEndDate": "01/31/2026",
    "SubscriptionId": "ed57",
    "Date": "01/05/2026",
    "MeterCategory": "Virtual Machines",
    "MeterId": "f31",
    "Quantity": "4",
    "UnitPrice": "0.5",
    "PayGPrice": "0.75",
    "Cost": "2",
    "BillingCurrency": "EUR",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "ResourceId": "/subscriptions/ed57/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm",
    "Tags": '"team": "ada","env": "prod"',
}
GOOGLE: dict[str, Any] = {
    "billing_account_id": "01A2B3",
    "service": {"id": "6F81", "description": "Compute Engine"},
    "sku": {"id": "AB", "description": "N1 core"},
    "usage_start_time": "2026-01-05 00:00:00 UTC",
    "usage_end_time": "2026-01-05 01:00:00 UTC",
    "project": {"id": "p1", "name": "P One"},
    "labels": [{"key": "team", "value": "ada"}, {"key": "env", "value": "prod"}],
    "location": {"location": "europe-west1", "region": "europe-west1", "zone": "europe-west1-b"},
    "cost": 1.5,
    "currency": "EUR",
    "usage": {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0},
    "credits": [{"name": "SUD", "full_name": "Sustained", "amount": -0.25, "type": "SUD"}],
    "invoice": {"month": "202601"},
    "cost_type": "regular",
}


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("Usage", {}, ("Usage", 0.107, 0.107)),
        ("Tax", {}, ("Tax", 0.107, 0.107)),
        ("Credit", {"line_item_unblended_cost": "-3"}, ("Credit", -3, -3)),
        ("EdpDiscount", {"line_item_unblended_cost": "-1"}, ("Adjustment", -1, -1)),
        (
            "DiscountedUsage",
            {"line_item_unblended_cost": "0", "reservation_effective_cost": "0.06"},
            ("Usage", 0, 0.06),
        ),
        (
            "RIFee",
            {
                "reservation_unused_amortized_upfront_fee_for_billing_period": "2",
                "reservation_unused_recurring_fee": "3",
            },
            ("Purchase", 0.107, 5),
        ),
        (
            "SavingsPlanRecurringFee",
            {
                "savings_plan_total_commitment_to_date": "10",
                "savings_plan_used_commitment": "8.5",
            },
            ("Purchase", 0.107, 1.5),
        ),
        ("SavingsPlanUpfrontFee", {}, ("Purchase", 0.107, 0)),
    ],
)
def test_each_kind_of_line_of_aws_costs_what_it_is_worth(
    kind: str, changes: dict[str, str], expected: tuple[Any, ...], tmp_path: Path
) -> None:
    line = cur2(line_item_line_item_type=kind, **changes)
    assert read(milled(tmp_path, text([line]).encode()), COSTS) == [expected]


def test_the_legacy_report_has_tags_in_columns(tmp_path: Path) -> None:
    line = {
        "bill/BillingPeriodStartDate": "2026-01-01T00:00:00Z",
        "lineItem/UsageStartDate": "2026-01-05T00:00:00Z",
        "lineItem/LineItemType": "Usage",
        "lineItem/UnblendedCost": "0.0000004",
        "lineItem/CurrencyCode": "USD",
        **{f"resourceTags/user:key-{n}": f"v{n}" * (n % 2) for n in range(400)},
    }
    found = milled(tmp_path, text([line]).encode())
    ((tags,),) = read(found, "SELECT Tags FROM rows")
    assert json.loads(tags) == {f"key-{n}": f"v{n}" for n in range(1, 400, 2)}
    assert found.tally.billed == {"2026-01": {"USD": "0.0000004"}}


def test_azures_american_dates_inclusive_ends_and_bare_tags_are_understood(tmp_path: Path) -> None:
    found = milled(tmp_path, text([AZURE]).encode("utf-8-sig"))
    assert found.format == "Azure actual cost"
    assert read(
        found,
        "SELECT CAST(BillingPeriodEnd AS VARCHAR), CAST(ChargePeriodStart AS VARCHAR), Tags->>'team', "
        "ResourceType, ServiceCategory, CAST(ListCost AS DOUBLE), CAST(ContractedCost AS DOUBLE) FROM rows",
    ) == [
        (
            "2026-02-01 00:00:00",
            "2026-01-05 00:00:00",
            "ada",
            "Microsoft.Compute/virtualMachines",
            "Compute",
            3,
            2,
        )
    ]


@pytest.mark.parametrize(
    ("place", "billed"), [("exports/ActualCost", 2.0), ("exports/AmortizedCost", 0.0)]
)
def test_what_a_reservation_covers_is_billed_by_its_purchase(
    place: str, billed: float, tmp_path: Path
) -> None:
    line = {**AZURE, "PricingModel": "Reservation", "ReservationId": "r1"}
    found = milled(tmp_path, text([line]).encode(), place=place)
    assert read(found, COSTS) == [("Usage", billed, 2.0)]


@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_a_credit_of_google_is_a_line_of_its_own(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "extract.json"
    path.write_text(f"{json.dumps(GOOGLE)}\n", "utf-8")
    if kind == "parquet":
        duckdb.execute(f"COPY (FROM '{path}') TO '{path}.parquet'")
        path = tmp_path / "extract.json.parquet"
    found = milled(tmp_path, path.read_bytes())
    assert read(found, f"{COSTS} ORDER BY 2 DESC") == [
        ("Usage", 1.5, 1.5),
        ("Credit", -0.25, -0.25),
    ]
    assert read(found, "SELECT DISTINCT Tags, ServiceName, RegionId FROM rows") == [
        ('{"env":"prod","team":"ada"}', "Compute Engine", "europe-west1")
    ]
    assert found.tally.billed == {"2026-01": {"EUR": "1.25"}}


def test_the_focus_view_of_google_lists_tags_as_keys_and_values(tmp_path: Path) -> None:
    tags = json.dumps([{"key": "team", "value": "ada"}, {"key": "team", "value": "bob"}])
    line = {
        "BilledCost": "1",
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "ChargePeriodStart": "2026-01-05T00:00:00Z",
        "ServiceName": "Compute Engine",
        "ChargeCategory": "Usage",
        "Tags": tags,
        "x_Labels": "kept",
    }
    found = milled(tmp_path, text([line]).encode())
    assert read(found, "SELECT Tags, x_Labels FROM rows") == [('{"team":"bob"}', "kept")]


def test_binary_numbers_mean_the_shortest_decimal_that_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "focus.parquet"
    duckdb.execute(
        "COPY (SELECT 0.1::DOUBLE AS BilledCost, TIMESTAMP '2026-01-01' AS BillingPeriodStart, "
        "TIMESTAMPTZ '2026-01-05 00:00:00+00' AS ChargePeriodStart, 'EC2' AS ServiceName, "
        f"'Usage' AS ChargeCategory, map{{'team': 'ada'}} AS Tags) TO '{path}'"
    )
    found = milled(tmp_path, path.read_bytes())
    assert found.tally.billed == {"2026-01": {"": "0.1"}}
    assert read(found, "SELECT Tags FROM rows") == [('{"team":"ada"}',)]
