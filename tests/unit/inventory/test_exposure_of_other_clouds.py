"""What the internet reaches in Azure and Google Cloud, in networks drawn as the clouds describe them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.inventory.model.azure import read as azure
from functions.inventory.model.discovery import Listed
from functions.inventory.model.exposure.answers import Exposure, ExposureVerdict
from functions.inventory.model.gcp import read as gcp
from functions.inventory.service.exposure.judge import exposure
from tests.unit.inventory.worlds import World, world_in

FOLDER = Path(__file__).parent / "topologies"
FILES = sorted(one for cloud in ("azure", "gcp") for one in (FOLDER / cloud).glob("*.yaml"))
GROUP = (
    "/subscriptions/ea42f556-5106-4743-99b0-c129bfa71a47/resourceGroups/shop/providers/Microsoft."
)
COMPUTE = "https://www.googleapis.com/compute/v1/projects/shop/"
NAMES = "//compute.googleapis.com/projects/shop/"


def loaded(path: Path) -> Any:
    """The file, with the short spellings of names in full."""
    text = path.read_text("utf-8")
    text = re.sub(r"\bARM/", GROUP, text)
    return yaml.safe_load(re.sub(r"\bGCE/", COMPUTE, re.sub(r"\bNAME/", NAMES, text)))


def drawn(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = loaded(path)
    network = loaded(path.parent / f"networks/{found['like']}.yaml") if "like" in found else []
    found["resources"] = [*network, *found["resources"]]
    return found


def listed(item: dict[str, Any]) -> Listed:
    if "assetType" in item:
        found = gcp.of_asset(item, account="shop")
    else:
        type_ = item["id"].partition("/providers/")[2].split("/")
        found = azure.listed({"type": "/".join((type_[0], *type_[1::2])), **item})
    assert isinstance(found, Listed)
    return found


def short(native_id: str) -> str:
    """What is left of a name without its subscription or project."""
    return native_id.removeprefix(GROUP.lower()).removeprefix(NAMES)


def asked(world: World, topology: dict[str, Any]) -> Exposure:
    (id_,) = (one.id for name, one in world.subjects.items() if short(name) == topology["ask"])
    return exposure(id_, graph=world.graph())


def built(topology: dict[str, Any], folder: Path) -> World:
    world = world_in(folder)
    for item in topology["resources"]:
        world.hear(listed(item))
    return world


def told(found: Exposure) -> list[str]:
    return [one for way in found.ways for one in (way.why, *way.missing) if one]


def hops(found: Exposure) -> list[list[str]]:
    return [[short(one.native_id) for one in way.hops] for way in found.ways]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_internet_reaches_what_is_drawn_so_and_nothing_else(path: Path, tmp_path: Path) -> None:
    topology = drawn(path)
    found = asked(built(topology, tmp_path), topology)
    assert found.verdict == topology["verdict"], (told(found), hops(found))
    if found.verdict is ExposureVerdict.REACHABLE:
        assert topology["path"] in hops(found)
        way = found.ways[hops(found).index(topology["path"])]
        assert len(found.ways) == topology.get("ways", 1), hops(found)
        assert list(way.ports) == topology["ports"]
        assert topology.get("sources", list(way.sources)) == list(way.sources)
    for word in (topology[key] for key in ("why", "also", "missing") if key in topology):
        assert any(word in one for one in told(found)), told(found)


REACHABLE = [path for path in FILES if drawn(path)["verdict"] == "reachable"]


@pytest.mark.parametrize("path", REACHABLE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_without_any_one_hop_that_way_is_not_said_to_be_open(path: Path, tmp_path: Path) -> None:
    topology = drawn(path)
    world = built(topology, tmp_path)
    items = {listed(one).subject.native_id: listed(one) for one in topology["resources"]}
    for lost in [one.native_id for one in asked(world, topology).ways[0].hops]:
        world.lose(lost)
        found = asked(world, topology)
        assert found.verdict is not ExposureVerdict.REACHABLE or topology["path"] not in hops(found)
        world.hear(items[lost])
