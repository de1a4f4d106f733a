from __future__ import annotations

from typing import Any

import pytest

from functions.inventory.service import scopes
from tests.functional.inventory.estate import Estate, estate
from tests.functional.inventory.test_record_change import fresh
from tests.unit.inventory.notices import ACCOUNT, call, item

__all__ = ["estate"]

ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"


def seen(name: str, second: int, number: int, **fields: Any) -> Any:
    told = {
        "configurationItemCaptureTime": f"2026-03-10T09:00:{second:02d}.000Z",
        "configurationStateId": number,
        "configuration": {"n": number},
        "resourceName": name,
        **fields,
    }
    return fresh(item("AWS::S3::Bucket", name, **told), number)


def asked(estate: Estate, path: str, **query: Any) -> Any:
    status, answer = estate.http(
        "GET", path, key=estate.viewer, function="inventory.history-api", **query
    )
    assert status == 200, answer
    return answer


def at(second: int) -> str:
    return f"2026-03-10T09:00:{second:02d}Z"


@pytest.fixture
def past(estate: Estate) -> Estate:
    """``old`` goes at 20, ``kept`` changes at 15 and ``new`` comes at 12."""
    estate.claim(ACCOUNT)
    estate.send(
        seen("old", 1, 1, tags={"Env": "prod"}),
        seen("kept", 2, 2),
        seen("new", 12, 3),
        seen("kept", 15, 4, tags={"Env": "prod"}),
        seen("old", 20, 5, configurationItemStatus="ResourceDeleted"),
    )
    return estate


def names(found: Any) -> set[str]:
    return {one["native_id"] for one in found["items"]}


@pytest.mark.parametrize(
    ("second", "query", "expected"),
    [
        (0, {}, set()),
        (5, {}, {"old", "kept"}),
        (14, {"type": "AWS::S3::Bucket"}, {"old", "kept", "new"}),
        (30, {"account": ACCOUNT}, {"kept", "new"}),
        (5, {"tag": "Env=prod"}, {"old"}),
        (16, {"tag": "Env=prod", "type": "AWS::S3::Bucket"}, {"old", "kept"}),
        (30, {"tag": "Env=prod", "region": "eu-west-1"}, {"kept"}),
        (30, {"state": "deleted"}, {"old"}),
        (14, {"type": "AWS::EC2::VPC"}, set()),
    ],
)
def test_a_scope_is_shown_as_it_was(
    past: Estate, second: int, query: dict[str, str], expected: set[str]
) -> None:
    assert names(asked(past, "/states", at=at(second), **query)) == expected


@pytest.mark.parametrize("query", [{}, {"type": "AWS::S3::Bucket"}])
def test_a_scope_is_read_page_by_page(
    past: Estate, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "READ", 1)
    seen_: list[str] = []
    more: dict[str, str] = {}
    for _ in range(9):
        page = asked(past, "/states", at=at(14), limit=2, **query, **more)
        seen_ += sorted(names(page))
        if page["cursor"] is None:
            break
        more = {"cursor": page["cursor"]}
    assert sorted(seen_) == ["kept", "new", "old"]


def test_two_instants_of_a_scope_differ_by_what_came_changed_and_went(past: Estate) -> None:
    found = asked(past, "/differences", since=at(5), until=at(30), account=ACCOUNT)["items"]
    told = {one["native_id"]: one["what"] for one in found}
    assert told == {"old": "removed", "kept": "changed", "new": "added"}
    (kept,) = (one for one in found if one["native_id"] == "kept")
    steps = {step["path"]: (step["before"], step["value"]) for step in kept["patch"]}
    assert steps["/configuration/n"] == (2, 4)
    assert asked(past, "/differences", since=at(21), until=at(30))["items"] == []


def test_one_resource_differs_or_is_said_to_be_the_same(past: Estate) -> None:
    (kept,) = (one for one in past.resources() if one["native_id"] == "kept")
    path = f"/differences/{kept['id']}"
    assert asked(past, path, since=at(5), until=at(30))["what"] == "changed"
    status, answer = past.http(
        "GET", path, function="inventory.history-api", since=at(16), until=at(30)
    )
    assert (status, "is the same" in answer["detail"]) == (404, True)


def test_instants_the_wrong_way_round_are_refused(past: Estate) -> None:
    status, answer = past.http(
        "GET", "/differences", function="inventory.history-api", since=at(9), until=at(5)
    )
    assert (status, "swap them" in answer["detail"]) == (422, True)


def test_a_timeline_follows_an_account_or_an_actor(past: Estate) -> None:
    made = call("s3", "CreateBucket", requestParameters={"bucketName": "made"})
    past.send(fresh(made, 6), seen("made", 5, 7))
    found = asked(past, "/changes", account=ACCOUNT)["items"]
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert {one["native_id"] for one in found} == {"old", "kept", "new", "made"}
    by_ana = asked(past, "/changes", actor=ANA)["items"]
    assert [(one["native_id"], one["source"]) for one in by_ana] == [
        ("made", "config"),
        ("made", "trail"),
    ]
    assert by_ana[0]["joined"] == by_ana[1]["id"]


def test_a_timeline_can_be_cut_to_a_span(past: Estate) -> None:
    found = asked(past, "/changes", account=ACCOUNT, since=at(12), until=at(15))["items"]
    assert [one["native_id"] for one in found] == ["kept", "new"]


@pytest.mark.parametrize("query", [{}, {"account": "1", "actor": "x"}])
def test_a_timeline_is_of_exactly_one_thing(past: Estate, query: dict[str, str]) -> None:
    status, answer = past.http("GET", "/changes", function="inventory.history-api", **query)
    assert (status, "exactly one" in answer["detail"]) == (422, True)


@pytest.mark.parametrize("cursor", ["x", "9.abc", "0.%%%"])
def test_a_cursor_of_another_list_is_refused(past: Estate, cursor: str) -> None:
    status, _ = past.http(
        "GET", "/states", function="inventory.history-api", at=at(5), cursor=cursor
    )
    assert status == 422
