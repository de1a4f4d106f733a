"""Google resources in the inventory's own terms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.model.discovery import Kind, Listed, Problem
from functions.inventory.model.gcp.lists import Answer, items_of, read, row_of
from functions.inventory.model.gcp.names import (
    region_of,
    singular,
    type_of_collection,
    type_of_name,
)
from functions.inventory.model.gcp.read import of_asset
from functions.inventory.model.gcp.rows import ROWS

INSTANCE = "//compute.googleapis.com/projects/shop-prod/zones/europe-west3-a/instances/web"
BUCKET = "//storage.googleapis.com/shop-media"


def asset(**changes: Any) -> dict[str, Any]:
    return {
        "name": INSTANCE,
        "assetType": "compute.googleapis.com/Instance",
        "ancestors": ["projects/518122731295", "organizations/870080179722"],
        "resource": {
            "version": "v1",
            "location": "europe-west3-a",
            "data": {
                "name": "web",
                "status": "RUNNING",
                "machineType": "https://www.googleapis.com/compute/v1/projects/x/machineTypes/e2-micro",
                "labels": {"owner": "shop"},
                "creationTimestamp": "2026-03-01T01:00:00.000-08:00",
                "networkInterfaces": [{"accessConfigs": [{"natIP": "34.1.2.3"}]}],
            },
        },
        **changes,
    }


def known(item: dict[str, Any], **options: Any) -> Listed:
    found = of_asset(item, **options)
    assert isinstance(found, Listed)
    return found


def test_the_configuration_is_the_assets_data_whole() -> None:
    item = asset()
    assert known(item).facts.configuration == item["resource"]["data"]


def test_an_instance_shows_its_common_view() -> None:
    found = known(asset())
    assert (found.subject.account, found.subject.region) == ("shop-prod", "europe-west3")
    facts = found.facts
    assert (facts.name, facts.state, facts.size, facts.owner) == (
        "web",
        "RUNNING",
        "e2-micro",
        "shop",
    )
    assert (facts.public, facts.encrypted) == (True, True)
    assert facts.created_at is not None
    assert facts.created_at.isoformat() == "2026-03-01T01:00:00-08:00"


def test_the_project_is_known_by_its_id_wherever_its_number_stands() -> None:
    by_number = asset(name=INSTANCE.replace("shop-prod", "518122731295"))
    found = known(by_number, projects={"518122731295": "shop-prod"})
    assert found.subject.account == "shop-prod"
    assert found.subject.id == known(asset()).subject.id


def test_a_bucket_belongs_to_the_project_among_its_ancestors() -> None:
    bucket = asset(name=BUCKET, assetType="storage.googleapis.com/Bucket")
    assert known(bucket, projects={"518122731295": "shop-prod"}).subject.account == "shop-prod"
    assert known(bucket).subject.account == "518122731295"
    assert known({**bucket, "ancestors": []}, account="asked").subject.account == "asked"


def test_a_project_is_the_account_it_describes() -> None:
    project = asset(
        name="//cloudresourcemanager.googleapis.com/projects/518122731295",
        assetType="cloudresourcemanager.googleapis.com/Project",
        resource={"data": {"projectId": "shop-prod", "lifecycleState": "ACTIVE"}},
    )
    found = known(project)
    assert (found.subject.account, found.facts.state) == ("shop-prod", "ACTIVE")


@pytest.mark.parametrize(
    ("policy", "prevention", "public"),
    [
        (["allUsers"], "inherited", True),
        (["user:ada@example.com"], "inherited", None),
        (["allUsers"], "enforced", False),
    ],
)
def test_a_bucket_is_public_by_its_policy_unless_that_is_prevented(
    policy: list[str], prevention: str, *, public: bool | None
) -> None:
    bucket = asset(
        name=BUCKET,
        assetType="storage.googleapis.com/Bucket",
        iamPolicy={"bindings": [{"role": "roles/storage.objectViewer", "members": policy}]},
        resource={"data": {"iamConfiguration": {"publicAccessPrevention": prevention}}},
    )
    assert known(bucket).facts.public is public


def test_an_asset_without_its_data_says_that_it_is_partial() -> None:
    assert known(asset(resource={})).facts.partial is not None


def test_an_asset_without_a_name_is_a_problem_and_no_resource() -> None:
    for item in ({}, {"name": ""}, {"name": "//x"}):
        found = of_asset(item)
        assert isinstance(found, Problem)
        assert found.kind is Kind.NO_ID


@pytest.mark.parametrize(
    ("location", "region"),
    [
        ("europe-west3-a", "europe-west3"),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/us-east1-b", "us-east1"),
        ("US", "us"),
        ("nam5", "nam5"),
        ("", "global"),
        (None, "global"),
    ],
)
def test_a_zone_lies_in_its_region(location: object, region: str) -> None:
    assert region_of(location) == region


def test_a_collection_names_the_type_of_what_it_holds() -> None:
    assert singular("Policies") == "Policy"
    assert (
        type_of_collection("cloudkms.googleapis.com", "keyRings")
        == "cloudkms.googleapis.com/KeyRing"
    )
    assert type_of_name(INSTANCE) == "compute.googleapis.com/Instance"
    assert type_of_name(BUCKET) == "storage.googleapis.com/Bucket"
    rule = "//compute.googleapis.com/projects/p/global/forwardingRules/r"
    assert type_of_name(rule) == "compute.googleapis.com/GlobalForwardingRule"
    assert type_of_name("//cloudsql.googleapis.com/projects/p/instances/i") == (
        "sqladmin.googleapis.com/Instance"
    )


def listing(host: str, path: str, body: dict[str, Any]) -> list[Listed | Problem]:
    found = row_of(host, path)
    assert found is not None
    return list(read(Answer(*found, body)))


def test_an_aggregated_list_yields_what_is_in_every_scope() -> None:
    link = "https://www.googleapis.com/compute/v1/projects/shop-prod/zones/{}/disks/{}"
    body = {
        "items": {
            "zones/us-east1-b": {"disks": [{"selfLink": link.format("us-east1-b", "a")}]},
            "zones/us-east1-c": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
            "zones/us-west1-a": {"disks": [{"selfLink": link.format("us-west1-a", "b")}, {}]},
        }
    }
    one, two, odd = listing(
        "compute.googleapis.com", "compute/v1/projects/shop-prod/aggregated/disks", body
    )
    assert isinstance(one, Listed)
    assert one.subject.native_id == (
        "//compute.googleapis.com/projects/shop-prod/zones/us-east1-b/disks/a"
    )
    assert one.subject.type == "compute.googleapis.com/Disk"
    assert isinstance(two, Listed)
    assert two.subject.region == "us-west1"
    assert isinstance(odd, Problem)


def test_a_list_and_an_asset_name_the_same_resource_alike() -> None:
    link = "https://compute.googleapis.com/compute/v1/projects/shop-prod/zones/europe-west3-a/instances/web"
    (found,) = listing(
        "compute.googleapis.com",
        "compute/v1/projects/shop-prod/zones/europe-west3-a/instances",
        {"items": [{"kind": "compute#instance", "selfLink": link}]},
    )
    assert isinstance(found, Listed)
    assert found.subject == known(asset()).subject


def test_a_service_account_is_named_by_its_unique_id_where_that_is_told() -> None:
    name = "projects/shop-prod/serviceAccounts/ci@shop-prod.iam.gserviceaccount.com"
    accounts = [{"name": name, "projectId": "shop-prod", "uniqueId": "117"}, {"name": name}]
    by_id, by_name = listing(
        "iam.googleapis.com", "v1/projects/shop-prod/serviceAccounts", {"accounts": accounts}
    )
    assert isinstance(by_id, Listed)
    assert by_id.subject.native_id.endswith("/serviceAccounts/117")
    assert isinstance(by_name, Listed)
    assert by_name.subject.native_id == f"//iam.googleapis.com/{name}"


def test_every_row_finds_itself_and_no_other() -> None:
    for row in ROWS:
        path = row.path.replace("{", "").replace("}", "")
        found = row_of(row.host, path)
        assert found is not None
        assert found[0] == row


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ["name", "labels", "status", "zone", "creationTimestamp", "networkInterfaces", "acl"]


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_whatever_a_member_holds_nothing_breaks_and_nothing_is_dropped(
    data: dict[str, Any],
) -> None:
    found = known(asset(resource={"data": data}))
    assert json.dumps(found.facts.configuration) == json.dumps(data)


@given(st.sampled_from(ROWS), st.dictionaries(st.sampled_from(["items", "keys", "topics"]), JSON))
def test_a_list_answer_of_any_shape_breaks_nothing(row: Any, body: dict[str, Any]) -> None:
    answer = Answer(row, {}, body)
    assert len(list(read(answer))) == len(list(items_of(row, body)))
