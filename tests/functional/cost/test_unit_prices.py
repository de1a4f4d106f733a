"""Azure prices blocks of units: its bill says what one unit costs, and what cannot be read is said."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from functions.cost.adapters.change_reports import difference, imported
from functions.cost.model.checks.case import NotKnown
from functions.cost.model.checks.kept import BilledLine
from functions.cost.model.checks.parts import between
from tests.functional.cost.advice import AdviceWorld
from tests.functional.cost.bills import BillWorld, bill_world
from tests.unit.cost.change.plans import change, plan
from tests.unit.cost.checks.cases import EXAMPLES

EXTRACTS = Path(__file__).parent / "extracts"
BLOCKS = Path(__file__).parent / "blocks"
Rows = list[dict[str, str]]


@pytest.fixture
def bills(tmp_path: Path) -> BillWorld:
    return bill_world(tmp_path)


def real(path: Path = EXTRACTS / "azure_actual.csv") -> Rows:
    """The rows of an extract of a real bill."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def written(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def priced(
    bills: BillWorld, folder: Path, region: str
) -> tuple[dict[str, tuple[str, Decimal]], set[str]]:
    """Of a region's meters the unit and its price, and the meters without one."""
    advice = AdviceWorld(bills.world, folder)
    advice.night()
    sheets = advice.prices("GET", f"?provider=azure&region={region}").body["items"]
    found = {
        one["meter"]: (one["unit"], Decimal(one["amount"]))
        for sheet in sheets
        for one in sheet["prices"]
    }
    return found, {one["meter"] for sheet in sheets for one in sheet["unread"]}


def test_a_bills_price_is_of_one_unit_whatever_the_block(bills: BillWorld, tmp_path: Path) -> None:
    bills.bill("azure-main/azure.csv", written(real()))
    found, unread = priced(bills, tmp_path, "eastus2")
    # 0.0004 blocks of ten thousand operations cost 0.00004: one operation is a hundred-thousandth.
    assert found["GRS List and Create Container Operations"] == ("Units", Decimal("0.00001"))
    assert unread == set()
    found, _ = priced(bills, tmp_path, "westus")
    assert found["Premium LRS Read Operations"] == ("Units", Decimal("0.000000237"))


def test_a_block_of_hours_costs_a_hundred_of_one_hour(bills: BillWorld, tmp_path: Path) -> None:
    rows = real()
    (hour,) = [row for row in rows if row["MeterName"] == "D2 v3/D2s v3"]
    block = {**hour, "UnitOfMeasure": "100 Hours", "Quantity": "0.24", "UnitPrice": "11"}
    bills.bill("azure-main/azure.csv", written([block]))
    found, _ = priced(bills, tmp_path, hour["ResourceLocation"].lower())
    assert found[hour["MeterName"]] == ("Hours", Decimal("0.11"))


def test_a_unit_that_cannot_be_read_has_no_price_and_is_named(
    bills: BillWorld, tmp_path: Path
) -> None:
    rows = real()
    (hour,) = [row for row in rows if row["MeterName"] == "D2 v3/D2s v3"]
    bills.bill("azure-main/azure.csv", written([{**hour, "UnitOfMeasure": "1.000 Hours"}]))
    found, unread = priced(bills, tmp_path, hour["ResourceLocation"].lower())
    assert (found, unread) == ({}, {hour["MeterName"]})


def test_a_bill_that_contradicts_itself_tells_no_price(bills: BillWorld, tmp_path: Path) -> None:
    # Operations are priced by ten thousands here, and counted in "Units" which do not say so.
    rows = real(BLOCKS / "azure_focus_1_0.csv")
    bills.bill("azure-main/focus.csv", written(rows))
    regions = {row["RegionId"].lower() for row in rows}
    found = [priced(bills, tmp_path, region) for region in regions]
    odd = {
        row["SkuId"]
        for row in rows
        if Decimal(row["PricingQuantity"]) * 2 < Decimal(row["ConsumedQuantity"])
    }
    assert set().union(*(unread for _, unread in found)) == odd != set()
    units = {price[0] for prices, _ in found for price in prices.values()}
    assert units == {"GB", "GB/Month", "Hours", "Units/Hour", "Units/Month"}


def test_a_line_that_nobody_can_count_has_no_saving_by_its_quantity() -> None:
    example = EXAMPLES["azure-vm-old-generation"]
    case = example.case()
    (line,) = case.lines
    unread = BilledLine(meter=line.meter, unit="1.000 Hours", unread=True, cost=line.cost)
    spent = case.resource.spent
    assert spent is not None
    resource = case.resource.model_copy(
        update={"spent": spent.model_copy(update={"lines": (unread,)})}
    )
    odd = replace(case, resource=resource)
    assert odd.cost() == case.cost()
    other = next(iter(case.book.prices))
    with pytest.raises(NotKnown, match="quantity"):
        odd.quantity(line.meter)
    with pytest.raises(NotKnown, match="quantity"):
        between(odd, line.meter, other, otherwise=None)
    assert between(odd, line.meter, other, otherwise="0.1") is not None


def retail(unit: str, price: float, meter: str = "D2s v5") -> dict[str, object]:
    """An item of Azure's list of retail prices."""
    return {
        "currencyCode": "USD",
        "retailPrice": price,
        "armRegionName": "westeurope",
        "meterName": meter,
        "productName": "Virtual Machines Dsv5 Series",
        "serviceName": "Virtual Machines",
        "armSkuName": "Standard_D2s_v5" if meter == "D2s v5" else "",
        "unitOfMeasure": unit,
        "type": "Consumption",
    }


def test_a_price_list_says_the_same_of_a_block_as_of_a_unit(tmp_path: Path) -> None:
    path, told = tmp_path / "prices.json", list[str]()
    items = [retail("100 Hours", 11.5), retail("10,000 s", 5, "A"), retail("1.000 Hours", 9, "B")]
    path.write_text(json.dumps({"Items": items}))
    (found,) = imported(path, tell=told.append).values()
    assert {one.meter: (one.unit, one.amount) for one in found} == {
        "vm/Standard_D2s_v5": ("Hours", Decimal("0.115")),
        "A": ("s", Decimal("0.0005")),
    }
    assert [one.partition(":")[0] for one in told] == ["B"]


def test_the_cost_of_a_change_says_which_unit_it_cannot_read(tmp_path: Path) -> None:
    path, listed = tmp_path / "plan.json", tmp_path / "prices.json"
    disk = {"location": "westeurope", "storage_account_type": "Premium_LRS", "disk_size_gb": 100}
    path.write_text(json.dumps(plan(change("azurerm_managed_disk", disk))))
    sheet = {"prices": [], "unread": [{"meter": "P10 LRS Disk", "unit": "1.000/Month"}]}
    asked = partial(difference, path, before=None, region=None, usage=(), sheets=lambda *_: [sheet])
    found = asked(prices=())
    (one,) = found.incomplete
    assert "P10 LRS Disk" in one.after.unknown[0]
    assert "'1.000/Month'" in one.after.unknown[0]
    # A list that can be read counts, where the bill cannot.
    listed.write_text(json.dumps({"Items": [retail("10/Month", 190, "P10 LRS Disk")]}))
    found = asked(prices=(listed,))
    assert (found.incomplete, found.after) == ((), Decimal(19))
