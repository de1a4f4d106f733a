"""Lists, facets and SQL answer alike whether a resource is in the snapshot, in its delta or in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from functions.inventory.adapters import lake_builder, lake_search
from steward.contracts.inventory import SnapshotDue, SweepEnded
from tests.edge_world import cloud_event
from tests.functional.inventory.estate import TENANT, Estate
from tests.functional.inventory.test_record_change import fresh
from tests.unit.inventory.notices import ACCOUNT, item

TYPES = ("AWS::EC2::Instance", "AWS::EC2::VPC", "AWS::EC2::Volume")


def thing(number: int, second: int, **changes: Any) -> dict[str, Any]:
    kind = TYPES[number % 3]
    return fresh(
        item(
            kind,
            f"thing-{number:02d}",
            **{
                "awsRegion": "eu-west-1" if number % 2 else "us-east-1",
                "resourceName": f"Näme {number}",
                "configurationItemCaptureTime": f"2026-03-10T09:00:{second:02d}.000Z",
                "configurationStateId": second,
                "configuration": {
                    "state": "available" if number % 4 else "in-use",
                    "size": number,
                    "deep": {"list": [{"on": number % 2 == 0}, {"on": False}], "none": None},
                },
                "tags": {"Env": "prod" if number < 6 else "test", "n": str(number)},
                **changes,
            },
        ),
        second,
    )


def build(estate: Estate, event: SnapshotDue | SweepEnded | None = None) -> None:
    due = cloud_event(event or SnapshotDue(), id_=f"due-{uuid4()}", tenant=TENANT)
    estate.pump.put_events(due["detail"])
    estate.pump.drain()
    assert estate.letters() == []


def settled(folder: Path, way: str) -> Estate:
    """Twelve things, the last of which was changed; kept in one of the ways there are."""
    estate = Estate(folder)
    estate.claim(ACCOUNT)
    for number in range(12):
        tags = {"tags": {"was": "so"}} if number == 11 else {}
        estate.send(thing(number, number, **tags))
        if way == "bases" and number % 4 == 3:
            estate.now += timedelta(minutes=30)
            build(estate)
    if way in ("delta", "mixed"):
        build(estate)
        estate.now += timedelta(minutes=30)
    estate.send(thing(11, 30))
    if way in ("snapshot", "delta"):
        build(estate)
        estate.now += timedelta(minutes=30)
    return estate


@pytest.fixture
def fleet(settled_fleet: Estate) -> Estate:
    """As many requests as a minute takes."""
    settled_fleet.now += timedelta(minutes=1)
    return settled_fleet


@pytest.fixture(scope="module", params=["store", "snapshot", "delta", "mixed", "bases"])
def settled_fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Estate]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "bases":
            patch.setattr(lake_builder, "DELTA_ROWS", 2)
        made = settled(tmp_path_factory.mktemp(request.param), request.param)
        yield made
        made.pump.close()


CASES: list[tuple[dict[str, str], Any]] = [
    ({}, range(12)),
    ({"type": "AWS::EC2::Volume"}, (2, 5, 8, 11)),
    ({"type": "AWS::EC2::Volume", "region": "us-east-1"}, (2, 8)),
    ({"tag": "Env=prod"}, range(6)),
    ({"tag": "was"}, ()),
    ({"tag": "En"}, ()),
    ({"tag": "Env=pro"}, ()),
    ({"tag": "env=prod"}, ()),
    ({"state": "in-use"}, (0, 4, 8)),
    ({"state": "deleted"}, ()),
    ({"provider": "gcp"}, ()),
    ({"text": "THING-1"}, (10, 11)),
    ({"text": "näME 1"}, (1, 10, 11)),
    ({"text": "env=PROD"}, range(6)),
    ({"text": "%"}, ()),
    ({"where": "configuration.size=7"}, (7,)),
    ({"where": "configuration.size=7.0"}, (7,)),
    ({"where": "configuration.size>=10"}, (10, 11)),
    ({"where": "configuration.size<2"}, (0, 1)),
    ({"where": "configuration.size!=3"}, (0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11)),
    ({"where": "configuration.deep.list[0].on=true"}, (0, 2, 4, 6, 8, 10)),
    ({"where": "configuration.deep.list[*].on=true"}, (0, 2, 4, 6, 8, 10)),
    ({"where": "configuration.deep.list[*].on!=true"}, (1, 3, 5, 7, 9, 11)),
    ({"where": "configuration.deep.none"}, ()),
    ({"where": "configuration.deep.none=null"}, range(12)),
    ({"where": "configuration.missing!=x"}, range(12)),
    ({"where": "configuration.state~USE"}, (0, 4, 8)),
    ({"where": "tags.n=4"}, (4,)),
    ({"where": 'tags["n"]>9'}, (10, 11)),
    ({"where": "name~me 11"}, (11,)),
    ({"where": "captured_at>=2026-03-10T09:00:30Z"}, (11,)),
    ({"where": "captured_at<2026-03-10T10:00:02+01:00"}, (0, 1)),
    ({"where": "version>1"}, (11,)),
    ({"where": "configuration.size>3 && configuration.size<=5 && tags.Env=prod"}, (4, 5)),
]


def test_every_filter_takes_the_same_wherever_resources_are_kept(fleet: Estate) -> None:
    for query, wanted in CASES:
        found = {one["native_id"] for one in fleet.resources(**query)}
        assert found == {f"thing-{number:02d}" for number in wanted}, query


@pytest.mark.parametrize(
    "sort", [None, "id", "name", "-name", "type", "-captured_at", "-version", "region"]
)
@pytest.mark.parametrize("limit", [1, 5])
def test_pages_of_every_order_hold_every_resource_once(
    fleet: Estate, sort: str | None, limit: int
) -> None:
    query = {"sort": sort} if sort else {}
    whole = [one["id"] for one in fleet.resources(**query)]
    assert len(whole) == 12
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = fleet.get(
            "/resources", limit=limit, **query, **({"cursor": cursor} if cursor else {})
        )
        seen += [one["id"] for one in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == whole


def test_a_list_is_sorted_by_what_was_asked(fleet: Estate) -> None:
    types = [(one["type"], one["id"]) for one in fleet.resources()]
    assert types == sorted(types)
    names = [one["name"] for one in fleet.resources(sort="-name")]
    assert names == sorted(names, reverse=True)
    times = [one["captured_at"] for one in fleet.resources(sort="captured_at")]
    assert times == sorted(times)


@pytest.mark.parametrize("way", ["store", "mixed", "bases"])
def test_what_is_written_meanwhile_moves_no_page(tmp_path: Path, way: str) -> None:
    estate = settled(tmp_path, way)
    first = estate.get("/resources", limit=5, sort="id")
    estate.send(thing(50, 40), thing(51, 41), thing(3, 42))
    build(estate)
    rest = estate.get("/resources", limit=50, sort="id", cursor=first["cursor"])
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert ids == sorted(set(ids))
    assert len(ids) >= 12
    estate.pump.close()


def ended(*, changed: int) -> SweepEnded:
    return SweepEnded(
        sweep="swp_1", state="done", accounts=1, parts=1, stale=0, seen=12, changed=changed, gone=0
    )


def test_what_a_sweep_found_is_listed_when_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More has come than is listed without a snapshot.
    monkeypatch.setattr(lake_search, "RECENT", 2)
    estate = Estate(tmp_path)
    estate.claim(ACCOUNT)
    estate.send(*(thing(number, number) for number in range(6)))
    build(estate, ended(changed=0))
    status, answer = estate.http("GET", "/resources", key=estate.viewer)
    assert (status, "first snapshot" in answer["detail"]) == (503, True)
    build(estate, ended(changed=6))
    assert len(estate.get("/resources", limit=50)["items"]) == 6
    estate.pump.close()


def facets(estate: Estate, **query: object) -> Any:
    status, answer = estate.http(
        "GET", "/facets", key=estate.viewer, function="inventory.search-api", **query
    )
    assert status == 200, answer
    return answer


def test_facets_count_what_the_filters_take(fleet: Estate) -> None:
    answer = facets(fleet, fields="type,region,tags,tags.Env,configuration.state,public")
    assert answer["total"] == 12
    counted = {
        one["field"]: {value["value"]: value["count"] for value in one["values"]}
        for one in answer["facets"]
    }
    assert counted["type"] == dict.fromkeys(TYPES, 4)
    assert counted["region"] == {"eu-west-1": 6, "us-east-1": 6}
    assert counted["tags"] == {"Env": 12, "n": 12}
    assert counted["tags.Env"] == {"prod": 6, "test": 6}
    assert counted["configuration.state"] == {"available": 9, "in-use": 3}
    narrowed = facets(fleet, type="AWS::EC2::VPC", where="configuration.size>3", fields="region")
    assert narrowed["total"] == 3
    assert [value["count"] for value in narrowed["facets"][0]["values"]] == [2, 1]


def test_facets_leave_out_the_rare_and_say_how_many(fleet: Estate) -> None:
    (facet,) = facets(fleet, fields="tags.n", limit=5)["facets"]
    assert (len(facet["values"]), facet["more"]) == (5, 7)


def ask(estate: Estate, sql: str) -> Any:
    status, answer = estate.http(
        "POST", "/query", key=estate.viewer, body={"sql": sql}, function="inventory.search-api"
    )
    assert status == 200, answer
    return answer


def test_sql_answers_over_all_tables(fleet: Estate) -> None:
    counted = ask(fleet, "SELECT type, count(*) AS n FROM resources GROUP BY 1 ORDER BY 1")
    assert counted["columns"] == ["type", "n"]
    assert counted["rows"] == [[kind, 4] for kind in sorted(TYPES)]
    assert counted["cut"] is None
    assert ask(fleet, "SELECT count(*), count(DISTINCT resource_id) FROM changes")["rows"] == [
        [13, 12]
    ]
    (account,) = ask(fleet, "SELECT account, resources, types, regions FROM accounts")["rows"]
    assert account == [ACCOUNT, 12, 3, 2]
    sizes = "SELECT sum((configuration->>'$.size')::INT) FROM resources"
    assert ask(fleet, sizes)["rows"] == [[66]]
    newest = "SELECT list_sort(paths) FROM changes ORDER BY happened_at DESC LIMIT 1"
    assert ask(fleet, newest)["rows"] == [[["/tags/Env", "/tags/n", "/tags/was"]]]


def views(
    estate: Estate, method: str, path: str = "", body: object = None, **query: Any
) -> tuple[int, Any]:
    function = "inventory.views-api"
    return estate.http(method, f"/views{path}", body=body, function=function, **query)


def test_a_saved_view_finds_what_its_search_finds(fleet: Estate) -> None:
    draft = {"name": "Small ones", "wanted": {"where": "configuration.size<4"}, "sort": "-name"}
    status, saved = views(fleet, "POST", body=draft)
    assert status == 200, saved
    assert saved["id"] in {one["id"] for one in views(fleet, "GET")[1]["items"]}
    found = views(fleet, "GET", f"/{saved['id']}/resources")[1]["items"]
    assert found == fleet.resources(where="configuration.size<4", sort="-name")
    changed = {**draft, "wanted": {"tag": "Env=test"}}
    assert views(fleet, "PUT", f"/{saved['id']}", body=changed)[0] == 200
    found = views(fleet, "GET", f"/{saved['id']}/resources", limit=200)[1]["items"]
    assert len(found) == 6
    assert views(fleet, "DELETE", f"/{saved['id']}")[0] in (200, 204)
    assert views(fleet, "GET", f"/{saved['id']}")[0] == 404
    assert views(fleet, "GET", f"/{saved['id']}/resources")[0] == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wanted": {"where": "nowhere=1"}}, "begins with no field"),
        ({"wanted": {"where": "tags.a.b=1"}}, "name one tag"),
        ({"sort": "colour"}, "sort"),
    ],
)
def test_a_view_that_cannot_be_carried_out_is_not_saved(
    fleet: Estate, changes: dict[str, Any], said: str
) -> None:
    status, answer = views(fleet, "POST", body={"name": "x", **changes})
    assert status == 422
    assert said in answer["detail"]
