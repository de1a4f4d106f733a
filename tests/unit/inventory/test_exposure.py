"""What the internet reaches, in networks as they are drawn in the files beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.inventory.model.exposure.answers import Exposure, ExposureVerdict
from functions.inventory.service.exposure.judge import exposure
from functions.inventory.service.graph.reading import Graph
from tests.unit.inventory.worlds import World, world_in

FOLDER = Path(__file__).parent / "topologies"
FILES = sorted(FOLDER.glob("*.yaml"))
LAMBDA_ARN = "functionArn"


def drawn(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    if "like" in found:
        network = yaml.safe_load(
            (path.parent / f"networks/{found['like']}.yaml").read_text("utf-8")
        )
        found["resources"] = {**network, **found["resources"]}
    return found


def built(topology: dict[str, Any], folder: Path) -> World:
    world = world_in(folder)
    for name in topology["resources"]:
        know(world, topology, name)
    return world


def know(world: World, topology: dict[str, Any], name: str) -> None:
    type_name, _, id_ = name.partition(" ")
    configuration = topology["resources"][name]
    facts = {"tags": topology.get("tags", {}).get(id_, {})}
    arn = topology.get("arns", {}).get(id_)
    if type_name.endswith("::Function"):
        arn = configuration.get(LAMBDA_ARN)
    world.know(type_name, id_, configuration, **facts, **({"arn": arn} if arn else {}))


def asked(world: World, topology: dict[str, Any]) -> Exposure:
    return exposure(world.id(topology["ask"]), graph=world.graph())


def told(found: Exposure) -> list[str]:
    return [one for way in found.ways for one in (way.why, *way.missing) if one]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_internet_reaches_what_is_drawn_so_and_nothing_else(path: Path, tmp_path: Path) -> None:
    topology = drawn(path)
    found = asked(built(topology, tmp_path), topology)
    assert found.verdict == topology["verdict"], told(found)
    if found.verdict is ExposureVerdict.REACHABLE:
        assert len(found.ways) == topology.get("ways", 1), [way.hops for way in found.ways]
        way = max(found.ways, key=lambda one: one.hops[0].native_id == topology["path"][0])
        assert [one.native_id for one in way.hops] == topology["path"]
        assert list(way.ports) == topology["ports"]
        assert topology.get("sources", list(way.sources)) == list(way.sources)
    for word in (topology[key] for key in ("why", "also", "missing") if key in topology):
        assert any(word in one for one in told(found)), told(found)


REACHABLE = [
    path
    for path in FILES
    if drawn(path)["verdict"] == "reachable" and drawn(path).get("ways", 1) == 1
]


@pytest.mark.parametrize("path", REACHABLE, ids=lambda path: path.stem)
def test_without_any_one_hop_there_is_no_way_or_another(path: Path, tmp_path: Path) -> None:
    topology = drawn(path)
    world = built(topology, tmp_path)
    whole = asked(world, topology)
    for lost in dict.fromkeys(one.native_id for one in whole.ways[0].hops):
        world.lose(lost)
        found = asked(world, topology)
        assert lost not in {one.native_id for way in found.ways for one in way.hops} or (
            found.verdict is not ExposureVerdict.REACHABLE
        )
        assert found.verdict is not ExposureVerdict.REACHABLE
        name = next(name for name in topology["resources"] if name.endswith(f" {lost}"))
        know(world, topology, name)
    assert asked(world, topology) == whole


def test_what_is_too_wide_to_read_is_no_reason_to_call_it_shut(tmp_path: Path) -> None:
    topology = drawn(FOLDER / "31-bucket-behind-a-disabled-distribution.yaml")
    world = built(topology, tmp_path)
    (front,) = (name for name in topology["resources"] if "Distribution " in name)
    for more in ("E2", "E3"):
        world.know(front.partition(" ")[0], more, topology["resources"][front])
    narrow = Graph(world.ledger(), widest=2)
    found = exposure(world.id(topology["ask"]), graph=narrow)
    assert found.verdict is ExposureVerdict.UNKNOWN
    assert [one for one in found.missing if "more than 2 name it" in one]
    assert asked(world, topology).verdict is ExposureVerdict.BLOCKED


def test_all_resources_of_a_type_are_read_however_many_a_page_holds(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    names = {f"sg-{n}" for n in range(5)}
    for name in names:
        world.know("AWS::EC2::SecurityGroup", name, {})
    world.know("AWS::EC2::VPC", "vpc-1", {})
    for size in (1, 2, 5, 100):
        graph = Graph(world.ledger(), widest=size)
        found = [one.native_id for one in graph.of_type("AWS::EC2::SecurityGroup")]
        assert (set(found), len(found), graph.cut) == (names, 5, [])
