from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from benchmarks.cloud.makers import MAKERS
from benchmarks.cloud.seed import ACCOUNTS, EXTERNAL_ID, Entry, Size, bare
from benchmarks.cloud.server import CloudServer
from tests.functional.inventory.estate import Estate

pytestmark = [pytest.mark.xdist_group("cloud"), pytest.mark.slow]

# moto dates the work group anew at each call, and issues a certificate after a while.
MOVING = {"AWS::Athena::WorkGroup", "AWS::CertificateManager::Certificate"}
SMALL = frozenset({"AWS::S3::Bucket", "AWS::EC2::Volume", "AWS::SQS::Queue"})


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudServer]:
    server = CloudServer(Size(accounts=2, regions=2, resources=300))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def estate(tmp_path: Path, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "steward")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "steward")
    set_(cloud, share=0, denied="")
    made = Estate(tmp_path, now=datetime.now(UTC))
    yield made
    made.pump.close()


def set_(cloud: CloudServer, **asked: Any) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    with urlopen(f"{cloud.url}/_steward/?{query}") as answer:  # noqa: S310  # our own server
        found: dict[str, Any] = json.load(answer)
    return found


def enter(estate: Estate, *accounts: str) -> None:
    for account in accounts:
        assert estate.http("POST", "/accounts", body={"account": account})[0] == 200
        estate.know(account, external_id=EXTERNAL_ID)
        assert estate.http("POST", f"/accounts/aws/{account}/check", body={})[0] == 200
    estate.pump.drain()


def swept(estate: Estate, **scope: Any) -> dict[str, Any]:
    estate.now += timedelta(seconds=1)
    status, begun = estate.http("POST", "/sweeps", body=scope)
    assert status == 200, begun
    for _ in range(40):
        estate.pump.drain()
        answer: dict[str, Any] = estate.get(f"/sweeps/{begun['id']}")
        if answer["state"] != "running":
            break
        estate.now += timedelta(seconds=30)
    return answer


def found(estate: Estate, types: frozenset[str]) -> set[Entry]:
    rows = (Entry(one["account"], one["type"], one["native_id"]) for one in estate.everything())
    return bare(rows, types)


def there(cloud: CloudServer, types: frozenset[str]) -> set[Entry]:
    return bare(cloud.ledger.entries, types)


def test_everything_that_is_there_is_found_and_nothing_else(
    estate: Estate, cloud: CloudServer
) -> None:
    enter(estate, *ACCOUNTS[:2])
    done = swept(estate, types=sorted(MAKERS))
    assert (done["state"], done["reasons"]) == ("done", [])
    seen, real = found(estate, frozenset(MAKERS)), there(cloud, frozenset(MAKERS))
    assert (sorted(real - seen), sorted(seen - real)) == ([], [])
    changes = len(estate.published())
    again = swept(estate, types=sorted(MAKERS))
    assert (again["state"], again["gone"], again["seen"]) == ("done", 0, done["seen"])
    news = [one for one in estate.published()[changes:] if ".resource." in one["type"]]
    assert {one["data"]["resource"]["type"] for one in news} <= MOVING


def test_it_is_found_as_well_when_a_fifth_of_all_calls_fail(
    estate: Estate, cloud: CloudServer
) -> None:
    enter(estate, *ACCOUNTS[:2])
    set_(cloud, share=0.2, reset=1)
    done = swept(estate, types=sorted(SMALL))
    assert set_(cloud, share=0)["faults"] > 10
    assert (done["state"], done["reasons"]) == ("done", [])
    assert found(estate, SMALL) == there(cloud, SMALL)


def test_a_denied_service_is_stale_with_the_reason_and_loses_nothing(
    estate: Estate, cloud: CloudServer
) -> None:
    enter(estate, ACCOUNTS[0])
    swept(estate, types=sorted(SMALL))
    known = found(estate, SMALL)
    set_(cloud, denied="sqs")
    done = swept(estate, types=sorted(SMALL))
    set_(cloud, denied="")
    assert done["state"] == "partial"
    assert "AccessDenied" in done["reasons"][0]
    parts = estate.get(f"/accounts/aws/{ACCOUNTS[0]}/parts")["items"]
    stale = [one for one in parts if "AccessDenied" in one["reason"]]
    assert {one["service"] for one in stale} == {"sqs"}
    assert {one["state"] for one in stale} == {"stale"}
    assert found(estate, SMALL) == known


def test_what_is_gone_is_deleted_and_what_came_is_found(estate: Estate, cloud: CloudServer) -> None:
    enter(estate, ACCOUNTS[1])
    swept(estate, types=["AWS::SQS::Queue"])
    before = found(estate, SMALL)
    victim = next(one for one in sorted(before) if one.type == "AWS::SQS::Queue")
    region = "eu-west-1" if "eu-west-1" in victim.native_id else "us-east-1"
    queues = cloud.client("sqs", account=ACCOUNTS[1], region=region)
    url = queues.get_queue_url(QueueName=victim.native_id)["QueueUrl"]
    queues.delete_queue(QueueUrl=url)
    queues.create_queue(QueueName="newcomer")
    try:
        done = swept(estate, types=["AWS::SQS::Queue"])
        assert (done["changed"], done["gone"]) == (1, 1)
        newcomer = Entry(ACCOUNTS[1], "AWS::SQS::Queue", "newcomer")
        assert found(estate, SMALL) == before - {victim} | {newcomer}
    finally:
        queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName="newcomer")["QueueUrl"])
        queues.create_queue(QueueName=victim.native_id)


def test_an_account_whose_role_wants_another_external_id_is_not_proven(
    estate: Estate, cloud: CloudServer
) -> None:
    assert estate.http("POST", "/accounts", body={"account": ACCOUNTS[0]})[0] == 200
    assert estate.http("POST", f"/accounts/aws/{ACCOUNTS[0]}/check", body={})[0] == 200
    estate.pump.drain()
    shown = estate.get(f"/accounts/aws/{ACCOUNTS[0]}")
    assert shown["state"] == "pending"
    assert "AccessDenied" in shown["problems"][0]


def test_a_missing_permission_is_named_and_degrades_the_account(
    estate: Estate, cloud: CloudServer
) -> None:
    set_(cloud, denied="sqs:ListQueues")
    enter(estate, ACCOUNTS[0])
    set_(cloud, denied="")
    shown = estate.get(f"/accounts/aws/{ACCOUNTS[0]}")
    assert (shown["state"], shown["missing"]) == ("degraded", ["sqs:ListQueues"])


def test_an_organisations_accounts_are_claimed_and_listed_once_an_hour(
    estate: Estate, cloud: CloudServer
) -> None:
    at_aws = cloud.client("organizations", account=ACCOUNTS[0], region="us-east-1")
    organization = at_aws.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    for name in ("shop", "pay"):
        at_aws.create_account(Email=f"{name}@example.com", AccountName=name)
    body = {"account": ACCOUNTS[0], "organization": organization}
    assert estate.http("POST", "/accounts", body=body)[0] == 200
    set_(cloud, reset=1)
    enter(estate, ACCOUNTS[0])
    enter(estate, ACCOUNTS[0])
    shown = {one["name"]: one for one in estate.get("/accounts")["items"] if one["member_of"]}
    assert set(shown) == {"shop", "pay"}
    assert {one["state"] for one in shown.values()} == {"pending"}
    assert {one["external_id"] for one in shown.values()} == {EXTERNAL_ID}
    assert set_(cloud)["by"]["organizations:ListAccounts"] == 1
