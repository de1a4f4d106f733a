from __future__ import annotations

from typing import Any

import pytest

from tests.functional.inventory.estate import Estate, estate
from tests.functional.inventory.test_record_change import fresh
from tests.unit.inventory.notices import ACCOUNT, REGION, item

__all__ = ["estate"]

VPC, SUBNET, GROUP = "vpc-0a1b2c3d", "subnet-0a1b2c3d", "sg-0a1b2c3d"
INSTANCE, VOLUME, KEY = "i-0a1b2c3d", "vol-0a1b2c3d", "11112222-3333-4444-5555-666677778888"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"
MACHINE = {
    "vpcId": VPC,
    "subnetId": SUBNET,
    "securityGroups": [{"groupId": GROUP, "groupName": "web"}],
    "blockDeviceMappings": [{"ebs": {"volumeId": VOLUME}}],
}
DISK = {"kmsKeyId": KEY_ARN, "attachments": [{"instanceId": INSTANCE}]}


def known(type_name: str, id_: str, second: int, configuration: Any, **fields: Any) -> Any:
    at = f"2026-03-10T09:00:{second:02d}.000Z"
    told = {"configurationItemCaptureTime": at, "configurationStateId": second, **fields}
    return fresh(item(type_name, id_, configuration=configuration, **told), second)


@pytest.fixture
def small(estate: Estate) -> Estate:
    """An instance in a subnet of a network, with a group, and a volume under a key."""
    estate.claim(ACCOUNT)
    estate.send(
        known("AWS::EC2::Instance", INSTANCE, 1, MACHINE),
        known("AWS::EC2::Volume", VOLUME, 2, DISK),
        known("AWS::EC2::VPC", VPC, 3, {"vpcId": VPC}),
        known("AWS::EC2::Subnet", SUBNET, 4, {"subnetId": SUBNET, "vpcId": VPC}),
        known("AWS::EC2::SecurityGroup", GROUP, 5, {"groupId": GROUP, "vpcId": VPC}),
        known("AWS::KMS::Key", KEY, 6, {"keyId": KEY, "arn": KEY_ARN}, ARN=KEY_ARN),
    )
    return estate


def ids(estate: Estate) -> dict[str, str]:
    return {one["native_id"]: one["id"] for one in estate.resources(limit=200)}


def graph(estate: Estate, path: str, **query: object) -> Any:
    status, answer = estate.http(
        "GET", path, key=estate.viewer, function="inventory.graph-api", **query
    )
    assert status == 200, answer
    return answer


def around(estate: Estate, native_id: str) -> set[tuple[str, str, str]]:
    found = graph(estate, f"/neighbours/{ids(estate)[native_id]}")["items"]
    return {
        (one["direction"], kind, one["resource"]["native_id"])
        for one in found
        for kind in one["kinds"]
    }


def test_neighbours_are_found_from_both_ends(small: Estate) -> None:
    assert around(small, VOLUME) == {
        ("out", "uses key", KEY),
        ("out", "is attached to", INSTANCE),
        ("in", "uses", INSTANCE),
    }
    assert around(small, KEY) == {("in", "uses key", VOLUME)}
    assert ("in", "is protected by", INSTANCE) in around(small, GROUP)


def test_what_a_resource_names_and_the_inventory_does_not_know_is_shown_as_such(
    small: Estate,
) -> None:
    small.send(
        known("AWS::EC2::Volume", "vol-99999999", 9, {"attachments": [{"instanceId": "i-99"}]})
    )
    (one,) = graph(small, f"/neighbours/{ids(small)['vol-99999999']}")["items"]
    assert (one["resource"]["id"], one["resource"]["native_id"]) == (None, "i-99")


def test_the_blast_radius_of_a_key_reaches_the_machine_by_its_volume(small: Estate) -> None:
    place = ids(small)
    found = graph(small, f"/dependents/{place[KEY]}")["items"]
    told = {one["resource"]["native_id"]: (one["depth"], one["path"]) for one in found}
    assert told == {
        VOLUME: (1, [place[KEY], place[VOLUME]]),
        INSTANCE: (2, [place[KEY], place[VOLUME], place[INSTANCE]]),
    }
    near = graph(small, f"/dependents/{place[KEY]}", depth=1)["items"]
    assert [one["resource"]["native_id"] for one in near] == [VOLUME]


def test_a_walk_that_is_cut_off_says_so(small: Estate) -> None:
    found = graph(small, f"/dependents/{ids(small)[VPC]}", limit=1)
    assert (len(found["items"]), found["cut"]) == (1, "cut off at 1")


def test_the_shortest_path_between_two_resources(small: Estate) -> None:
    place = ids(small)
    found = graph(small, f"/paths/{place[KEY]}", to=place[SUBNET])
    steps = [(one["direction"], one["resource"]["native_id"]) for one in found["steps"]]
    assert steps == [("in", VOLUME), ("out", INSTANCE), ("out", SUBNET)]


def test_no_path_leads_to_what_is_tied_to_nothing(small: Estate) -> None:
    small.send(known("AWS::S3::Bucket", "alone", 9, {}))
    place = ids(small)
    assert graph(small, f"/paths/{place[KEY]}", to=place["alone"])["steps"] is None


def test_a_tie_that_is_gone_is_not_found_from_the_other_end_either(small: Estate) -> None:
    small.send(known("AWS::EC2::Volume", VOLUME, 9, {"attachments": []}))
    assert around(small, KEY) == set()
    assert ("out", "uses", VOLUME) in around(small, INSTANCE)


def test_who_is_deleted_depends_on_nothing(small: Estate) -> None:
    small.send(known("AWS::EC2::Volume", VOLUME, 9, {}, configurationItemStatus="ResourceDeleted"))
    assert graph(small, f"/dependents/{ids(small)[KEY]}")["items"] == []


def test_a_resource_with_more_ties_than_a_commit_takes_is_found_from_all_of_them(
    estate: Estate,
) -> None:
    estate.claim(ACCOUNT)
    instances = [f"i-{number:08x}" for number in range(300)]
    group = {"instances": [{"instanceId": one} for one in instances]}
    estate.send(
        known("AWS::AutoScaling::AutoScalingGroup", "fleet", 1, group),
        *(known("AWS::EC2::Instance", one, n, {}) for n, one in enumerate(instances[::60], 2)),
    )
    for one in instances[::60]:
        assert around(estate, one) == {("in", "contains", "fleet")}
    estate.send(known("AWS::AutoScaling::AutoScalingGroup", "fleet", 30, {"instances": []}))
    assert all(around(estate, one) == set() for one in instances[::60])
    edges = estate.pump.connection.execute(
        "SELECT count(*) FROM items WHERE collection = 'edges'"
    ).fetchone()
    assert edges == (0,)


def test_an_unknown_resource_has_no_neighbours(estate: Estate) -> None:
    for path in ("/neighbours/res_x", "/dependents/res_x"):
        assert estate.http("GET", path, function="inventory.graph-api")[0] == 404


def test_exposure_says_what_stops_the_internet_first(small: Estate) -> None:
    found = graph(small, f"/exposure/{ids(small)[INSTANCE]}")
    assert (found["verdict"], found["why"]) == ("blocked", f"{INSTANCE} has no public address")
    small.send(
        known("AWS::EC2::Instance", INSTANCE, 9, {**MACHINE, "publicIpAddress": "198.51.100.1"})
    )
    found = graph(small, f"/exposure/{ids(small)[INSTANCE]}")
    assert found["verdict"] == "unknown"
    assert "route table" in found["missing"][0]


def test_of_a_type_that_steward_cannot_judge_it_says_so(small: Estate) -> None:
    found = graph(small, f"/exposure/{ids(small)[KEY]}")
    assert found["verdict"] == "unknown"
    assert "AWS::KMS::Key" in found["missing"][0]


def test_orphans_are_listed_by_kind(small: Estate) -> None:
    small.send(known("AWS::EC2::Volume", "vol-99999999", 9, {"attachments": []}))
    (found,) = graph(small, "/orphans", kind="unattached-volume")["items"]
    assert (found["resource"]["native_id"], found["says"]) == (
        "vol-99999999",
        "is attached to no instance",
    )
    status, answer = small.http("GET", "/orphans", function="inventory.graph-api", kind="x")
    assert (status, "unattached-volume" in answer["detail"]) == (422, True)
