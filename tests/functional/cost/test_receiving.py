"""Bills that arrive: in any order, told of or not, each statement is due once, when it is whole."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from pathlib import Path

import pytest

from functions.cost.handlers import api
from functions.cost.model.delivery import BillDeliveryStatus
from steward.identity import Role
from tests.asking import Asker
from tests.functional.cost.bills import ROOT, BillWorld, bill_world

AWS = "aws/daily/costs"
AWS_FILES = tuple(f"{AWS}/data/BILLING_PERIOD=2026-01/costs-0000{n}.csv.gz" for n in (1, 2))
AWS_MANIFEST = f"{AWS}/metadata/BILLING_PERIOD=2026-01/costs-Manifest.json"
AWS_SAID = json.dumps({"dataFiles": [f"s3://theirs/{one}" for one in AWS_FILES]})
CUR_SAID = json.dumps(
    {
        "billingPeriod": {"start": "20260101T000000.000Z", "end": "20260201T000000.000Z"},
        "reportKeys": ["reports/hourly/20260101-20260201/abc/hourly-1.csv.gz"],
    }
)
AZURE = "azure/exports/20260101-20260131/actual/202601311200/0b1c"
AZURE_SAID = json.dumps(
    {
        "blobs": [{"blobName": f"{AZURE.removeprefix('azure/')}/part_0_0001.csv"}],
        "runInfo": {
            "submittedTime": "2026-02-01T03:00:00.123Z",
            "startDate": "2026-01-01T00:00:00",
            "endDate": "2026-01-31T00:00:00",
        },
    }
)


@pytest.fixture
def bills(tmp_path: Path) -> BillWorld:
    return bill_world(tmp_path)


@pytest.mark.parametrize("order", list(itertools.permutations((*AWS_FILES, AWS_MANIFEST))))
def test_a_statement_is_due_once_in_whatever_order_its_files_come(
    bills: BillWorld, order: tuple[str, ...]
) -> None:
    for key in order:
        assert bills.due() == []
        bills.told(key, AWS_SAID if key == AWS_MANIFEST else b"rows")
    assert len(bills.due()) == 1
    (delivery,) = bills.deliveries()
    assert delivery.status is BillDeliveryStatus.DUE
    assert delivery.files == tuple(f"{ROOT}/{one}" for one in AWS_FILES)
    assert delivery.period == "2026-01"


def test_a_manifest_before_its_files_says_what_it_waits_for(bills: BillWorld) -> None:
    bills.told(AWS_MANIFEST, AWS_SAID)
    bills.told(AWS_FILES[0], b"rows")
    (delivery,) = bills.deliveries()
    assert delivery.status is BillDeliveryStatus.WAITING
    assert delivery.missing == (f"s3://theirs/{AWS_FILES[1]}",)
    assert "waits for 1 files" in str(delivery.reason)


def test_a_duplicate_delivery_changes_nothing(bills: BillWorld) -> None:
    assert bills.told("oci/january.csv", b"rows", times=3) == []
    bills.found()
    assert len(bills.due()) == len(bills.deliveries()) == 1


def test_a_restated_file_is_another_delivery(bills: BillWorld) -> None:
    bills.told("oci/january.csv", b"rows")
    bills.told("oci/january.csv", b"other rows")
    assert len(bills.due()) == 2


@pytest.mark.parametrize(
    ("manifest", "said", "file"),
    [
        (
            "aws/reports/hourly/20260101-20260201/hourly-Manifest.json",
            CUR_SAID,
            "aws/reports/hourly/20260101-20260201/abc/hourly-1.csv.gz",
        ),
        (f"{AZURE}/manifest.json", AZURE_SAID, f"{AZURE}/part_0_0001.csv"),
        (
            "gcp/2026-01/steward-manifest.json",
            json.dumps({"files": ["rows-000000000000.parquet"], "period": "2026-01"}),
            "gcp/2026-01/rows-000000000000.parquet",
        ),
    ],
)
def test_every_clouds_manifest_names_its_files_and_period(
    bills: BillWorld, manifest: str, said: str, file: str
) -> None:
    bills.told(file, b"rows")
    assert bills.deliveries() == []
    bills.told(manifest, said)
    (delivery,) = bills.deliveries()
    assert (delivery.status, delivery.period) == (BillDeliveryStatus.DUE, "2026-01")
    assert delivery.files == (f"{ROOT}/{file}",)


def test_azure_says_when_a_statement_was_issued(bills: BillWorld) -> None:
    bills.told(f"{AZURE}/part_0_0001.csv", b"rows")
    bills.told(f"{AZURE}/manifest.json", AZURE_SAID)
    assert bills.deliveries()[0].issued_at.isoformat() == "2026-02-01T03:00:00.123000+00:00"


@pytest.mark.parametrize("body", [b"\xff\xfe{", b"[]", b'{"files": []}', b"{", b'"text"'])
def test_a_manifest_that_says_nothing_is_kept_aside_with_one_reason(
    bills: BillWorld, body: bytes
) -> None:
    bills.told("aws/x/costs-Manifest.json", body)
    (delivery,) = bills.deliveries()
    assert delivery.status is BillDeliveryStatus.REFUSED
    assert "manifest" in str(delivery.reason)
    assert bills.due() == []


def test_a_file_in_no_sources_folder_is_a_dead_letter(bills: BillWorld) -> None:
    assert bills.told("stray.csv", b"rows") == []
    ((_, reason),) = bills.world.letters.letters
    assert "put it in a folder of its source" in reason["reason"]


def test_what_nobody_told_of_is_found(bills: BillWorld) -> None:
    for key in (*AWS_FILES, "oci/january.csv"):
        bills.put(key, b"rows")
    bills.put(AWS_MANIFEST, AWS_SAID)
    bills.found()
    bills.found()
    assert len(bills.due()) == len(bills.deliveries()) == 2


def test_a_tick_asks_for_every_tenant_with_an_account(bills: BillWorld) -> None:
    bills.world.add_account("111111111111")
    bills.world.add_account("222222222222", tenant="umbrella")
    bills.ticked()
    asked = [one for one in bills.world.events() if one["type"] == "cost.bills.due.v1"]
    assert [one["tenantid"] for one in asked] == ["acme", "umbrella"]


def test_deliveries_are_listed_by_status_and_by_source(bills: BillWorld) -> None:
    bills.told("oci/january.csv", b"rows")
    bills.told(AWS_MANIFEST, AWS_SAID)
    ask = Asker(bills.function("cost-api"), api.handler, bills.world.add_key(Role.VIEWER))
    root = "/api/v1/cost/deliveries"
    assert len(ask("GET", root).body["items"]) == 2
    (due,) = ask("GET", f"{root}?status=due").body["items"]
    (waiting,) = ask("GET", f"{root}?source=aws").body["items"]
    assert (due["source"], waiting["status"]) == ("oci", "waiting")
    assert ask("GET", f"{root}/{due['id']}").body == due
    assert ask("GET", f"{root}?status=due&source=aws").status == 422
    assert ask("GET", f"{root}/nothing").status == 404


def test_deliveries_are_listed_newest_first(bills: BillWorld) -> None:
    for number in range(6):
        bills.told(f"oci/{number}.csv", b"rows")
        bills.world.clock.forward(timedelta(minutes=1))
    key = bills.world.add_key(Role.VIEWER)
    ask = Asker(bills.function("cost-api"), api.handler, key)
    first = ask("GET", "/api/v1/cost/deliveries?limit=4").body
    rest = ask("GET", f"/api/v1/cost/deliveries?cursor={first['cursor']}").body
    keys = [one["key"].rpartition("/")[2] for one in (*first["items"], *rest["items"])]
    assert keys == [f"{number}.csv" for number in reversed(range(6))]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_of_all_deliveries_hold_each_once_whatever_their_status(
    bills: BillWorld, limit: int
) -> None:
    # Some of the same instant: their order is that of their ids.
    statuses = list(BillDeliveryStatus)
    for number, status in enumerate((*statuses, *statuses)):
        bills.told(f"oci/{number}.csv", b"rows")
        bills.settled(f"oci/{number}.csv", status)
        if number % 3:
            bills.world.clock.forward(timedelta(minutes=1))
    kept = sorted(bills.deliveries(), key=lambda one: (one.received_at, one.id), reverse=True)
    assert {one.status for one in kept} == set(statuses)
    ask = Asker(bills.function("cost-api"), api.handler, bills.world.add_key(Role.VIEWER))
    found, cursor = [], ""
    while cursor is not None:
        page = ask("GET", f"/api/v1/cost/deliveries?limit={limit}{cursor}").body
        found += [one["id"] for one in page["items"]]
        cursor = page["cursor"] and f"&cursor={page['cursor']}"
    assert found == [one.id for one in kept]
