from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cloud.seed import EXTERNAL_ID, Entry, Size
from benchmarks.cloud.server import CloudServer
from tests.functional.inventory.estate import Estate

ACCOUNTS = ("111111111111", "222222222222", "333333333333")


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudServer]:
    server = CloudServer(Size(accounts=2, regions=2, resources=200))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def estate(tmp_path: Path, cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "steward")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "steward")
    made = Estate(tmp_path, now=datetime.now(UTC))
    yield made
    made.pump.close()


def enter(estate: Estate, *accounts: str) -> None:
    for account in accounts:
        assert estate.http("POST", "/accounts", body={"account": account})[0] == 200
        estate.know(account, external_id=EXTERNAL_ID)
        assert estate.http("POST", f"/accounts/aws/{account}/check", body={})[0] == 200
    estate.pump.drain()


def swept(estate: Estate, **scope: Any) -> dict[str, Any]:
    status, begun = estate.http("POST", "/sweeps", body=scope)
    assert status == 200, begun
    estate.pump.drain()
    answer: dict[str, Any] = estate.get(f"/sweeps/{begun['id']}")
    return answer


def found(estate: Estate) -> set[Entry]:
    return {Entry(one["account"], one["type"], one["native_id"]) for one in estate.everything()}


def test_everything_that_is_there_is_found_and_nothing_else(
    estate: Estate, cloud: CloudServer
) -> None:
    enter(estate, *ACCOUNTS[:2])
    done = swept(estate, types=["AWS::S3::Bucket", "AWS::EC2::Volume", "AWS::ECS::Cluster"])
    assert (done["state"], done["reasons"]) == ("done", [])
    types = {"AWS::S3::Bucket", "AWS::EC2::Volume", "AWS::ECS::Cluster"}
    assert found(estate) == {one for one in cloud.ledger.entries if one.type in types}
