"""Discovery of subscriptions and projects through the vendors' real clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from functions.inventory.adapters.discovery.azure import Arm, AzureDiscovery, Graph, seconds
from functions.inventory.adapters.discovery.gcp import Assets, GcpDiscovery, Rest
from functions.inventory.model.discovery import Found, Interrupted, Kind, Part
from functions.inventory.model.gcp.rows import ROWS
from steward.errors import BadInput
from tests.unit.inventory.clouds.answers import (
    Answers,
    arm_client,
    asset_client,
    google_session,
    graph_client,
)

SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
PROJECT = "shop-prod"


def row(name: str, type_: str = "disks") -> dict[str, Any]:
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop"
    id_ = f"{group}/providers/Microsoft.Compute/{type_}/{name}"
    return {"id": id_, "type": f"microsoft.compute/{type_.lower()}", "location": "westeurope"}


def azure(*given: tuple[int, Any, dict[str, str]]) -> tuple[AzureDiscovery, Answers, list[float]]:
    left, waits = list(given), list[float]()
    answers = Answers(lambda _: left.pop(0))
    graph = Graph(graph_client(answers), wait=waits.append)
    return AzureDiscovery(graph, Arm(arm_client(answers)), account=SUBSCRIPTION), answers, waits


def page(*rows: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    more = {"$skipToken": token} if token else {}
    return {
        "totalRecords": 9,
        "count": len(rows),
        "data": list(rows),
        "facets": [],
        "resultTruncated": "false",
        **more,
    }


def names(found: list[Found]) -> list[str]:
    return [
        one.facts.arn.rpartition("/")[2]
        for each in found
        for one in each.resources
        if one.facts.arn
    ]


def resources(discovery: AzureDiscovery | GcpDiscovery) -> Part:
    return next(iter(discovery.parts()))


def test_a_subscription_is_listed_page_by_page_each_cut_by_type() -> None:
    discovery, answers, _ = azure(
        (200, page(row("a"), row("v", "virtualMachines"), row("b"), token="next"), {}),
        (200, page(row("c")), {}),
    )
    found = list(discovery.pages(resources(discovery)))
    assert sorted(names(found)) == ["a", "b", "c", "v"]
    assert {one.type for one in found} == {
        "Microsoft.Compute/disks",
        "Microsoft.Compute/virtualMachines",
        "",
    }
    assert all(each.subject.type == one.type for one in found for each in one.resources)
    assert (found[-1].cursor, found[-1].ended, found[-1].whole) == (None, True, True)
    asked = [
        json.loads(str(one.body, "utf-8") if isinstance(one.body, bytes) else str(one.body))
        for one in answers.asked
    ]
    assert asked[0]["subscriptions"] == [SUBSCRIPTION]
    assert asked[1]["options"]["$skipToken"] == "next"


def test_a_listing_goes_on_from_any_cursor_without_loss() -> None:
    first, second = page(row("a"), row("v", "virtualMachines"), token="next"), page(row("c"))
    discovery, _, _ = azure((200, first, {}), (200, second, {}))
    whole = list(discovery.pages(resources(discovery)))
    for place in range(len(whole) - 1):
        cursor = whole[place].cursor
        assert cursor is not None
        rest: tuple[int, Any, dict[str, str]] = (200, second, {})
        left = [rest] if '"next"' in cursor else [(200, first, {}), rest]
        again, _, _ = azure(*left)
        seen = names(whole[: place + 1]) + names(list(again.pages(resources(again), cursor)))
        assert set(seen) == {"a", "v", "c"}


def test_a_spent_quota_is_waited_for_and_no_other() -> None:
    spent = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"}
    rich = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
    discovery, _, waits = azure(
        (200, page(row("a"), token="1"), rich),
        (200, page(row("b"), token="2"), spent),
        (200, page(row("c")), rich),
    )
    assert len(names(list(discovery.pages(resources(discovery))))) == 3
    assert waits == [4.0]
    assert seconds("nonsense") == 5.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, Kind.THROTTLED), (401, Kind.EXPIRED), (503, Kind.BROKEN)],
)
def test_what_passes_interrupts_and_says_where_to_go_on(status: int, kind: Kind) -> None:
    error = {"error": {"code": "X", "message": "later"}}
    discovery, _, _ = azure((200, page(row("a"), token="next"), {}), (status, error, {}))
    found = discovery.pages(resources(discovery))
    with pytest.raises(Interrupted) as caught:
        list(found)
    assert caught.value.problem.kind is kind
    assert caught.value.cursor == '["next",false]'


def test_a_denied_subscription_is_a_problem_and_nothing_is_taken_for_gone() -> None:
    error = {"error": {"code": "AuthorizationFailed", "message": "no"}}
    discovery, _, _ = azure((403, error, {}))
    (found,) = discovery.pages(resources(discovery))
    assert found.problems[0].kind is Kind.DENIED
    assert (found.ended, found.whole) == (True, False)


def test_without_resource_graph_arms_own_list_is_read_and_says_that_it_is_partial() -> None:
    error = {"error": {"code": "SubscriptionNotRegistered", "message": "no"}}
    second = "https://management.azure.com/subscriptions/x/resources?page=2"
    discovery, answers, _ = azure(
        (409, error, {}),
        (200, {"value": [row("a")], "nextLink": second}, {}),
        (200, {"value": [row("b")]}, {}),
    )
    found = list(discovery.pages(resources(discovery)))
    assert names(found) == ["a", "b"]
    assert all(one.facts.partial for each in found for one in each.resources)
    assert answers.asked[2].url == second


def held(count: int, *, denied: str = "") -> tuple[AzureDiscovery, Answers]:
    """A subscription of database servers with two firewall rules each, in two pages of Resource Graph."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers"
    servers = [f"{group}/Microsoft.DBforMySQL/flexibleServers/s{n}" for n in range(count)]
    rows = [{"id": one, "type": "microsoft.dbformysql/flexibleservers"} for one in servers]
    half = count // 2

    def give(request: Any) -> tuple[int, Any, dict[str, str]]:
        url = str(request.url)
        if "ResourceGraph" in url:
            later = "$skipToken" in str(request.body)
            return 200, page(*rows[half:]) if later else page(*rows[:half], token="more"), {}
        where, _, query = url.partition("?")
        where = where.removeprefix("https://management.azure.com")
        if where.endswith(denied or "nothing"):
            return 403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, {}
        if not where.endswith("/firewallRules"):
            return 200, {"value": []}, {}
        item = {"id": f"{where}/{'b' if 'page=2' in query else 'a'}", "properties": {}}
        more = {} if "page=2" in query else {"nextLink": f"{url}&page=2"}
        return 200, {"value": [item], **more}, {}

    answers = Answers(give)
    graph = Graph(graph_client(answers))
    return AzureDiscovery(graph, Arm(arm_client(answers)), account=SUBSCRIPTION), answers


def below(discovery: AzureDiscovery) -> Part:
    return list(discovery.parts())[-1]


def rules_of(found: list[Found]) -> list[str]:
    listed = (one.subject.native_id for each in found for one in each.resources)
    return sorted("/".join(one.split("/")[-3::2]) for one in listed)


def test_what_resource_graph_does_not_list_is_listed_from_whatever_holds_it() -> None:
    discovery, _ = held(4)
    found = list(discovery.pages(below(discovery)))
    assert rules_of(found) == sorted(f"s{n}/{rule}" for n in range(4) for rule in "ab")
    types = {one.subject.type for each in found for one in each.resources}
    assert types == {"Microsoft.DBforMySQL/flexibleServers/firewallRules"}
    assert (found[-1].ended, found[-1].whole) == (True, True)


def test_what_is_held_is_taken_up_at_any_page() -> None:
    whole, _ = held(60)
    every = list(whole.pages(below(whole)))
    cursors = [(place, one.cursor) for place, one in enumerate(every) if one.cursor]
    assert len({cursor for _, cursor in cursors}) == 4
    for place, cursor in cursors:
        again, _ = held(60)
        rest = list(again.pages(below(again), cursor))
        assert set(rules_of(every[: place + 1] + rest)) == set(rules_of(every))


def test_one_list_that_is_denied_stops_no_other_and_nothing_is_taken_for_gone() -> None:
    discovery, _ = held(4, denied="s1/firewallRules")
    found = list(discovery.pages(below(discovery)))
    assert rules_of(found) == sorted(f"s{n}/{rule}" for n in (0, 2, 3) for rule in "ab")
    assert [one.kind for each in found for one in each.problems] == [Kind.DENIED]
    assert not found[-1].whole


def test_a_cursor_that_says_no_place_is_refused() -> None:
    discovery, _ = held(2)
    with pytest.raises(BadInput):
        list(discovery.pages(below(discovery), '["x:1",false]'))


def asset(name: str) -> dict[str, Any]:
    return {
        "name": f"//compute.googleapis.com/projects/518/zones/europe-west3-a/disks/{name}",
        "assetType": "compute.googleapis.com/Disk",
        "ancestors": ["projects/518"],
        "resource": {
            "version": "v1",
            "location": "europe-west3-a",
            "data": {"name": name, "sizeGb": "10"},
        },
    }


def gcp(give: Any) -> tuple[GcpDiscovery, Answers]:
    answers = Answers(give)
    assets, rest = Assets(asset_client(answers)), Rest(google_session(answers))
    return GcpDiscovery(assets, rest, account=PROJECT, projects={"518": PROJECT}), answers


def listing(*pages: Any, policies: Any = ()) -> Callable[[requests.PreparedRequest], Any]:
    """Asset inventory, which lists resources and their policies each for itself."""
    left, told = list(pages), list(policies) or [{}]

    def give(request: requests.PreparedRequest) -> tuple[int, Any, dict[str, str]]:
        found = told if "contentType=2" in str(request.url) else left
        page = found.pop(0)
        return page if isinstance(page, tuple) else (200, page, {})

    return give


TOPIC = f"//pubsub.googleapis.com/projects/{PROJECT}/topics"
BINDING = {"role": "roles/pubsub.publisher", "members": ["allUsers"]}


def topic(name: str, **content: Any) -> dict[str, Any]:
    kind = {"assetType": "pubsub.googleapis.com/Topic", "ancestors": ["projects/518"]}
    return {"name": f"{TOPIC}/{name}", **kind, **content}


def told(name: str) -> dict[str, Any]:
    return topic(name, resource={"data": {"name": f"projects/{PROJECT}/topics/{name}"}})


def policies_of(found: list[Found]) -> dict[str, Any]:
    return {
        str(one.facts.arn).rpartition("/")[2]: one.facts.configuration.get("supplementary")
        for each in found
        for one in each.resources
    }


def test_each_resource_has_its_own_policy_in_whatever_order_they_come() -> None:
    audited = {"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}
    discovery, answers = gcp(
        listing(
            {"assets": [told("a"), told("b")], "nextPageToken": "next"},
            {"assets": [told("c"), asset("d")]},
            policies=[
                {"assets": [topic("c", iamPolicy={"bindings": [BINDING]})], "nextPageToken": "p"},
                {"assets": [topic("a", iamPolicy={"auditConfigs": [audited]})]},
            ],
        )
    )
    found = policies_of(list(discovery.pages(resources(discovery))))
    assert found["c"]["iamPolicy"]["bindings"][0]["members"] == ["allUsers"]
    assert found["c"]["iamPolicy"]["bindings"][0]["role"] == "roles/pubsub.publisher"
    (config,) = found["a"]["iamPolicy"]["auditConfigs"][0]["auditLogConfigs"]
    assert config["logType"] == "ADMIN_READ"
    assert found["b"] == {"iamPolicy": {"bindings": []}}
    assert found["d"] is None
    assert sum("contentType=2" in str(one.url) for one in answers.asked) == 2


def test_policies_that_may_not_be_listed_leave_the_resources_partial_and_say_what_to_grant() -> (
    None
):
    denied = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}}
    pages = ({"assets": [told("a")], "nextPageToken": "n"}, {"assets": [told("b")]})
    discovery, _ = gcp(listing(*pages, policies=[(403, denied, {})]))
    found = list(discovery.pages(resources(discovery)))
    assert [one.kind for each in found for one in each.problems] == [Kind.DENIED]
    assert (found[-1].ended, found[-1].whole) == (True, True)
    assert policies_of(found) == {"a": None, "b": None}
    for one in (one for each in found for one in each.resources):
        assert "cloudasset.assets.listIamPolicy" in str(one.facts.partial)


def test_a_project_is_listed_with_its_data_page_by_page() -> None:
    first = {"assets": [asset("a"), asset("b")], "nextPageToken": "next"}
    discovery, answers = gcp(listing(first, {"assets": [asset("c")]}))
    found = list(discovery.pages(resources(discovery)))
    assert names(found) == ["a", "b", "c"]
    assert all(one.subject.account == PROJECT for each in found for one in each.resources)
    assert found[0].resources[0].facts.configuration == {"name": "a", "sizeGb": "10"}
    assert (found[-1].ended, found[-1].whole) == (True, True)
    urls = [str(one.url) for one in answers.asked]
    assert "contentType=1" in urls[0]
    assert "contentType=2" in urls[1]
    assert "pageToken=next" in urls[2]


def test_without_asset_inventory_each_service_is_asked_and_one_that_refuses_stops_no_other() -> (
    None
):
    def give(request: requests.PreparedRequest) -> tuple[int, Any, dict[str, str]]:
        url = str(request.url)
        if "cloudasset" in url:
            return (
                403,
                {
                    "error": {
                        "code": 403,
                        "status": "PERMISSION_DENIED",
                        "message": "SERVICE_DISABLED",
                    }
                },
                {},
            )
        if "pubsub" in url and url.endswith("/topics"):
            return (
                200,
                {"topics": [{"name": f"projects/{PROJECT}/topics/t1"}], "nextPageToken": "p2"},
                {},
            )
        if "pageToken=p2" in url:
            return 200, {"topics": [{"name": f"projects/{PROJECT}/topics/t2"}]}, {}
        if "storage" in url:
            return 403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}}, {}
        return 200, {}, {}

    discovery, answers = gcp(give)
    found = list(discovery.pages(resources(discovery)))
    assert names(found) == ["t1", "t2"]
    assert [one.kind for each in found for one in each.problems] == [Kind.DENIED]
    assert (found[-1].ended, found[-1].whole) == (True, False)
    assert len(answers.asked) < len(ROWS) + 3


def test_a_throttled_project_interrupts_and_says_where_to_go_on() -> None:
    busy: Any = (
        429,
        {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "later"}},
        {},
    )
    first = {"assets": [asset("a")], "nextPageToken": "next"}
    discovery, _ = gcp(listing(first, busy))
    with pytest.raises(Interrupted) as caught:
        list(discovery.pages(resources(discovery)))
    assert caught.value.problem.kind is Kind.THROTTLED
    assert caught.value.cursor == '["next",false]'


def test_a_cursor_of_another_discovery_is_refused() -> None:
    discovery, _, _ = azure()
    for text in ("nonsense", "7", "[1]"):
        with pytest.raises(BadInput):
            list(discovery.pages(resources(discovery), text))
