from __future__ import annotations

from typing import Any

import pytest

from tests.functional.inventory.estate import Estate, estate
from tests.functional.inventory.test_record_change import bucket, fresh
from tests.unit.inventory.notices import ACCOUNT, call, item

__all__ = ["estate"]


@pytest.fixture
def fleet(estate: Estate) -> Estate:
    estate.claim(ACCOUNT)
    for number in range(12):
        estate.send(
            fresh(
                item(
                    "AWS::EC2::Volume" if number % 2 else "AWS::S3::Bucket",
                    f"thing-{number}",
                    awsRegion="eu-west-1" if number % 3 else "us-east-1",
                    configuration={"state": "available" if number % 4 else "in-use"},
                    tags={"Env": "prod" if number < 6 else "test", "n": str(number)},
                ),
                number,
            )
        )
    return estate


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, 12),
        ({"type": "AWS::EC2::Volume"}, 6),
        ({"type": "AWS::EC2::Volume", "region": "us-east-1"}, 2),
        ({"region": "eu-west-1"}, 8),
        ({"account": ACCOUNT}, 12),
        ({"account": "999999999999"}, 0),
        ({"provider": "gcp"}, 0),
        ({"state": "in-use"}, 3),
        ({"tag": "Env=prod"}, 6),
        ({"tag": "Env"}, 12),
        ({"tag": "Env=none"}, 0),
        ({"tag": "Env=prod", "type": "AWS::S3::Bucket"}, 3),
    ],
)
def test_a_list_holds_what_all_filters_take(
    fleet: Estate, query: dict[str, str], wanted: int
) -> None:
    assert len(fleet.resources(**query)) == wanted


@pytest.mark.parametrize("query", [{}, {"region": "eu-west-1"}, {"tag": "Env=prod"}])
@pytest.mark.parametrize("limit", [1, 5])
def test_pages_by_cursor_give_every_resource_once(
    fleet: Estate, query: dict[str, str], limit: int
) -> None:
    whole = sorted(one["id"] for one in fleet.resources(**query))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(40):
        more: dict[str, Any] = {"cursor": cursor} if cursor else {}
        page = fleet.get("/resources", limit=limit, **query, **more)
        assert len(page["items"]) <= limit
        seen += [one["id"] for one in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert cursor is None
    assert sorted(seen) == whole


def test_a_state_of_any_words_is_kept(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    estate.send(bucket(1, state="x" * 700), bucket(2, status="a\tb"))
    (one,) = estate.resources()
    assert one["state"] == "a\tb"
    assert estate.letters() == []


def test_a_resource_shows_its_configuration_and_its_version(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    estate.send(bucket(1, n=1), bucket(2, n=2))
    (one,) = estate.resources()
    shown = estate.get(f"/resources/{one['id']}")
    assert (shown["configuration"], shown["version"]) == ({"n": 2}, 2)


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-03-10T09:00:01Z", 1), ("2026-03-10T10:00:01.5+01:00", 1), ("2026-03-10T09:00:02", 2)],
)
def test_a_resource_shows_as_it_was_at_an_instant(estate: Estate, at: str, expected: int) -> None:
    estate.claim(ACCOUNT)
    estate.send(bucket(1, n=1), bucket(2, n=2))
    (one,) = estate.resources()
    assert estate.get(f"/resources/{one['id']}", at=at)["configuration"] == {"n": expected}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/resources/res_none", {}, 404),
        ("/resources/res_none/history", {}, 404),
        ("/resources", {"cursor": "%%%"}, 422),
        ("/resources", {"limit": 0}, 422),
        ("/resources", {"limit": 5000}, 422),
    ],
)
def test_what_cannot_be_answered_says_so(
    estate: Estate, path: str, query: dict[str, Any], status: int
) -> None:
    assert estate.http("GET", path, **query)[0] == status


@pytest.mark.parametrize(
    ("at", "status"), [("yesterday", 422), ("2026-03-10T08:00:00Z", 404), ("2026-03-10T", 422)]
)
def test_an_instant_before_the_beginning_or_no_instant_at_all_says_so(
    estate: Estate, at: str, status: int
) -> None:
    estate.claim(ACCOUNT)
    estate.send(bucket(1, n=1))
    (one,) = estate.resources()
    code, answer = estate.http("GET", f"/resources/{one['id']}", at=at)
    assert code == status
    assert answer["detail"]


def test_the_history_names_who_did_what(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    made = call("s3", "CreateBucket", requestParameters={"bucketName": "logs"})
    estate.send(made, bucket(1, name="logs"))
    (one,) = estate.resources()
    newest, oldest = estate.get(f"/resources/{one['id']}/history")["items"]
    assert (newest["source"], oldest["action"]) == ("config", "CreateBucket")
    assert oldest["actor"]["who"].endswith(":user/ana")
    assert {"op", "path", "value", "before"} == set(oldest["patch"][0])
