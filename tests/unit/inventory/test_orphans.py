from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.inventory.service.graph import orphans as service
from functions.inventory.service.graph.orphans import orphans
from steward.contracts.inventory import Relation
from steward.errors import BadInput
from tests.unit.inventory.worlds import World, world_in

VOLUME, SNAPSHOT, GROUP = "AWS::EC2::Volume", "AWS::EC2::Snapshot", "AWS::EC2::SecurityGroup"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
DISK = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/disks/d"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_in(tmp_path)


def kinds(world: World, **query: Any) -> set[tuple[str, str]]:
    page = orphans(graph=world.graph(), limit=200, **query)
    assert page.cursor is None
    return {(one.kind, one.resource.native_id) for one in page.items}


@pytest.mark.parametrize(
    ("kind", "type_name", "lonely", "busy"),
    [
        (
            "unattached-volume",
            VOLUME,
            {"attachments": []},
            {"attachments": [{"instanceId": "i-1"}]},
        ),
        ("idle-address", "AWS::EC2::EIP", {}, {"associationId": "eipassoc-1"}),
        ("idle-address", "AWS::EC2::EIP", {}, {"networkInterfaceId": "eni-1"}),
        (
            "unused-interface",
            "AWS::EC2::NetworkInterface",
            {},
            {"attachment": {"status": "attached"}},
        ),
        ("unused-key", "AWS::KMS::Key", {"keyManager": "CUSTOMER"}, {"keyManager": "AWS"}),
        ("unused-policy", "AWS::IAM::Policy", {"attachmentCount": 0}, {"attachmentCount": 1}),
        ("unused-security-group", GROUP, {"groupName": "x"}, {"groupName": "default"}),
        (
            "unused-role",
            "AWS::IAM::Role",
            {"roleLastUsed": {}},
            {"roleLastUsed": {"lastUsedDate": "2026-01-01T00:00:00Z"}},
        ),
        (
            "target-group-without-balancer",
            TARGETS,
            {"loadBalancerArns": []},
            {"loadBalancerArns": ["x"]},
        ),
        (
            "detached-internet-gateway",
            "AWS::EC2::InternetGateway",
            {"attachments": []},
            {"attachments": [{"vpcId": "vpc-1"}]},
        ),
    ],
)
def test_what_serves_nothing_is_an_orphan_and_what_serves_is_none(
    world: World, kind: str, type_name: str, lonely: dict[str, Any], busy: dict[str, Any]
) -> None:
    world.know(type_name, "lonely", lonely)
    world.know(type_name, "busy", busy)
    assert kinds(world, kind=kind) == {(kind, "lonely")}


def test_what_somebody_names_is_no_orphan_until_the_last_one_is_gone(world: World) -> None:
    world.know(GROUP, "sg-0a1b2c3d", {"groupName": "web"})
    world.know("AWS::EC2::Instance", "i-1", {"securityGroups": [{"groupId": "sg-0a1b2c3d"}]})
    world.know(GROUP, "sg-00000001", _allowing("sg-0a1b2c3d"))
    assert kinds(world, kind="unused-security-group") == {("unused-security-group", "sg-00000001")}
    world.lose("i-1")
    found = {id_ for _, id_ in kinds(world, kind="unused-security-group")}
    assert found == {"sg-00000001", "sg-0a1b2c3d"}


def test_a_network_that_holds_a_group_does_not_use_it(world: World) -> None:
    holds = Relation(kind="Contains SecurityGroup", target_type=GROUP, target_id="sg-0a1b2c3d")
    world.know(GROUP, "sg-0a1b2c3d", {"groupName": "web"})
    world.know("AWS::EC2::VPC", "vpc-1", {}, relations=(holds,))
    assert kinds(world) == {("unused-security-group", "sg-0a1b2c3d")}


def _allowing(group: str) -> dict[str, Any]:
    return {"groupName": "y", "ipPermissions": [{"userIdGroupPairs": [{"groupId": group}]}]}


def test_a_snapshot_is_an_orphan_when_its_volume_is_deleted_or_not_known(world: World) -> None:
    world.know(VOLUME, "vol-0a1b2c3d", {"attachments": [{"instanceId": "i-1"}]})
    world.know(SNAPSHOT, "snap-1", {"volumeId": "vol-0a1b2c3d"})
    world.know(SNAPSHOT, "snap-2", {"volumeId": "vol-ffffffff"})
    assert kinds(world) == {("snapshot-without-volume", "snap-2")}
    world.lose("vol-0a1b2c3d")
    assert {id_ for _, id_ in kinds(world)} == {"snap-1", "snap-2"}


def test_of_a_resource_known_in_part_nobody_can_tell(world: World) -> None:
    world.know(VOLUME, "vol-1", {}, partial="known from API calls only")
    assert kinds(world) == set()


def test_orphans_of_every_cloud_are_found(world: World) -> None:
    world.know("Microsoft.Compute/disks", DISK, {}, provider="azure", account="s")
    world.know("compute.googleapis.com/Disk", "//x", {}, provider="gcp", account="p")
    assert {kind for kind, _ in kinds(world)} == {"unattached-disk", "unattached-google-disk"}
    assert kinds(world, account="p") == {("unattached-google-disk", "//x")}
    assert kinds(world, region="nowhere") == set()


def test_pages_by_cursor_give_every_orphan_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "READ", 2)
    for number in range(7):
        world.know(VOLUME, f"vol-{number}", {"attachments": []})
        world.know("AWS::EC2::EIP", f"eip-{number}", {})
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(40):
        page = orphans(graph=world.graph(), limit=3, cursor=cursor)
        seen += [one.resource.native_id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"{kind}-{n}" for kind in ("vol", "eip") for n in range(7))


@pytest.mark.parametrize("query", [{"kind": "none"}, {"cursor": "99.x"}, {"cursor": "x"}])
def test_what_cannot_be_answered_says_so(world: World, query: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        orphans(graph=world.graph(), **query)
