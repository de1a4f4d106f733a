"""Bills that are broken: each is kept aside with one reason, and the month that was there stays."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.cost.model.delivery import BillDeliveryStatus
from tests.functional.cost.bills import ROOT, BillWorld, bill_world
from tests.functional.cost.statements import packed, row, text

SUM = "SELECT CAST(sum(BilledCost) AS VARCHAR), count(*) FROM costs"
GOOD = [["1.250000000000000000", 1]]


@pytest.fixture
def bills(tmp_path: Path) -> BillWorld:
    """A world that has a good month."""
    world = bill_world(tmp_path)
    world.bill("aws/good.csv.gz", packed([row()]))
    return world


def _without(name: str) -> bytes:
    line = row()
    line[f"{name}Renamed"] = line.pop(name)
    return text([line]).encode()


def _with_plain_ends(rows: list[dict[str, str]]) -> bytes:
    return text(rows).replace("\r\n", "\n").replace("a\nb", "a\r\nb").encode()


def _zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text([row(BilledCost="7")]))
    return out.getvalue()


def _bomb() -> bytes:
    header, _, line = text([row(Tags="")]).encode().partition(b"\n")
    return gzip.compress(header + b"\n" + line * (80_000_000 // len(line)))


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated gzip": (lambda: packed([row()] * 5000)[:-400], "gzip: ends in the middle"),
    "damaged gzip": (lambda: packed([row()])[:-8] + b"12345678", "gzip: damaged"),
    "nothing": (lambda: b"", "empty"),
    "a header alone": (lambda: text([row()]).partition("\n")[0].encode() + b"\n", "no rows at all"),
    "no bill": (lambda: b"ds,y\n1992-01-01,146376\n", "no bill that is known"),
    "renamed cost": (lambda: _without("BilledCost"), "column 'BilledCost': the file has none"),
    "renamed period": (lambda: _without("BillingPeriodStart"), "column 'BillingPeriodStart'"),
    "a column twice": (lambda: b"ServiceName,ServiceName\na,b\n", "'ServiceName' twice"),
    "a cost that is a word": (
        lambda: text([row(), row(BilledCost="free")]).encode(),
        "BilledCost 'free': is no number",
    ),
    "a date that is a word": (
        lambda: text([row(ChargePeriodStart="monday")]).encode(),
        "ChargePeriodStart 'monday': is no date",
    ),
    "no date": (lambda: text([row(BillingPeriodStart="")]).encode(), "1 rows have none"),
    "comma decimals": (
        lambda: text([row(BilledCost="1,25")], delimiter=";").encode(),
        "BilledCost '1,25': is no number; write decimals with a point",
    ),
    "not a number": (lambda: text([row(BilledCost="NaN")]).encode(), "'NaN': is no number"),
    "a row too short": (lambda: text([row()]).encode() + b"1,2,3\n", "rows: cannot be read"),
    "half a UTF-16": (
        lambda: b"\xff\xfe" + text([row()]).encode("utf-16-le")[:-1],
        "UTF-16: broken",
    ),
    "bytes that are no text": (lambda: text([row(RegionId="x")]).encode().replace(b",x,", b",\xff,"),
        "rows: cannot be read"),
    "two files in a zip": (lambda: _zipped("a.csv", "b.csv"), "zip: holds 2 files"),
    "a zip cut short": (lambda: _zipped("a.csv")[:-30], "zip: damaged"),
    "a zip bomb": (_bomb, "as no bill does"),
    "half a Parquet file": (lambda: b"PAR1" + bytes(100), "Parquet: cut short or damaged"),
    "JSON that is none": (lambda: b"{nothing\n", "JSON lines: the first is none"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_bill_is_kept_aside_with_one_reason_and_the_month_stays(
    kind: str, bills: BillWorld
) -> None:
    body, reason = BROKEN[kind]
    found = bills.bill("aws/broken.csv", body())
    assert found.status is BillDeliveryStatus.REFUSED
    assert reason in str(found.reason)
    assert "/steward-bill" not in str(found.reason), "no path of this machine"
    assert bills.ask(SUM) == GOOD


@pytest.mark.parametrize(
    "body",
    [
        text([row(BilledCost="7")]).encode("utf-8-sig"),
        b"\xff\xfe" + text([row(BilledCost="7")]).encode("utf-16-le"),
        b"\xfe\xff" + text([row(BilledCost="7")]).encode("utf-16-be"),
        text([dict(reversed(row(BilledCost="7").items()))]).encode(),
        text([row(BilledCost="7")], delimiter=";").encode(),
        text([row(BilledCost="7")], delimiter="\t").encode(),
        text([row(BilledCost="7")]).replace("\r\n", "\n").encode().rstrip(b"\n"),
        text([row(BilledCost="7", ChargeDescription='a "b",\nc')]).encode(),
        _with_plain_ends([row(BilledCost="7", ChargeDescription="a\r\nb")]),
        _zipped("bill.csv"),
        gzip.compress(text([row(BilledCost="7")]).encode()[:100])
        + gzip.compress(text([row(BilledCost="7")]).encode()[100:]),
    ],
    ids=[
        "mark", "utf-16-le", "utf-16-be", "reordered", "semicolons", "tabs", "no last line end",
        "lines in a field", "ends of lines in a field", "zip", "two gzip members",
    ],
)  # fmt: skip
def test_a_bill_in_an_odd_dress_is_understood(body: bytes, bills: BillWorld) -> None:
    found = bills.bill("aws/odd", body)
    assert (found.status, found.reason) == (BillDeliveryStatus.INGESTED, None)
    assert bills.ask(SUM) == [["7.000000000000000000", 1]]


def test_an_older_statement_that_comes_late_changes_nothing(bills: BillWorld) -> None:
    for name, issued, cost in (("new", "2026-02-03", "9"), ("old", "2026-02-02", "8")):
        bills.put(f"gcp/{name}/rows.csv", text([row(BilledCost=cost)]))
        said = {"files": ["rows.csv"], "period": "2026-01", "issuedAt": f"{issued}T00:00:00Z"}
        found = bills.bill(f"gcp/{name}/steward-manifest.json", json.dumps(said))
    assert found.status is BillDeliveryStatus.SUPERSEDED
    assert bills.ask(
        "SELECT CAST(sum(BilledCost) AS INTEGER) FROM costs WHERE x_StewardSource = 'gcp'"
    ) == [[9]]


def test_a_manifest_of_another_month_than_its_rows_is_refused(bills: BillWorld) -> None:
    bills.put("gcp/x/rows.csv", text([row()]))
    said = {"files": ["rows.csv"], "period": "2025-12"}
    found = bills.bill("gcp/x/steward-manifest.json", json.dumps(said))
    assert "rows of 2026-01: the manifest says that the statement is of 2025-12" in str(
        found.reason
    )


def test_files_that_are_replaced_before_they_are_read_count_no_more(bills: BillWorld) -> None:
    etag = bills.put("gcp/rows.csv", text([row(BilledCost="3")]))
    bills.function("receive-bill").deliver(_receive(), [bills.notice(f"{ROOT}/gcp/rows.csv", etag)])
    bills.put("gcp/rows.csv", text([row(BilledCost="4")]))
    bills.taken()
    assert bills.delivery("gcp/rows.csv").status is BillDeliveryStatus.SUPERSEDED
    assert bills.ask(SUM) == GOOD


def _receive() -> object:
    from functions.cost.handlers import receive_bill

    return receive_bill.handler


def test_negative_and_zero_lines_count_and_currencies_stay_apart(bills: BillWorld) -> None:
    lines = [
        row(BilledCost="-3.5"),
        row(BilledCost="0"),
        row(BilledCost="2", BillingCurrency="EUR"),
    ]
    found = bills.bill("aws/mixed.csv", text(lines))
    assert found.periods[0].billed == {"EUR": "2", "USD": "-3.5"}
    assert bills.ask(
        "SELECT currency, CAST(sum(billed) AS VARCHAR) FROM cost_days GROUP BY 1 ORDER BY 1"
    ) == [
        ["EUR", "2.000000000000000000"],
        ["USD", "-3.500000000000000000"],
    ]


def test_twenty_digits_stay_as_text_and_count_to_the_last_one(bills: BillWorld) -> None:
    fine, large = "0.12345678901234567891", "123456789012345678901234567890.5"
    found = bills.bill("aws/long.csv", text([row(BilledCost=fine), row(BilledCost=large), row()]))
    assert found.periods[0].billed == {"USD": "123456789012345678901234567891.87345678901234567891"}
    assert bills.ask(
        "SELECT BilledCost, x_StewardOversize, x_StewardFlags FROM costs ORDER BY 2"
    ) == [
        [None, f'{{"BilledCost":"{fine}"}}', "CAU-BilledCost-Type"],
        [None, f'{{"BilledCost":"{large}"}}', "CAU-BilledCost-Type"],
        ["1.25", None, None],
    ]


def test_rows_that_break_rules_are_kept_flagged_and_counted(bills: BillWorld) -> None:
    lines = [
        row(ChargeCategory="Fun"),
        row(BillingCurrency="dollars", Tags="team=ada"),
        row(ListUnitPrice="-1", ChargePeriodEnd="2026-01-04T00:00:00Z"),
        row(),
    ]
    found = bills.bill("aws/odd.csv", text([{"ListUnitPrice": "", **one} for one in lines]))
    assert {one.rule: (one.rows, one.example) for one in found.violations} == {
        "CAU-BillingCurrency-Currency": (1, "dollars"),
        "CAU-ChargeCategory-AllowedValues": (1, "Fun"),
        "CAU-ChargePeriodEnd-AfterStart": (1, "2026-01-04 00:00:00"),
        "CAU-ListUnitPrice-NotNegative": (1, "-1.000000000000000000"),
        "CAU-Tags-JSONObject": (1, "team=ada"),
    }
    assert (found.rows, found.flagged) == (4, 3)
