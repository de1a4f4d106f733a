from __future__ import annotations

import random
from collections import deque
from pathlib import Path

import pytest

from functions.inventory.service.graph.paths import path
from tests.unit.inventory.worlds import World, world_in

TYPE = "AWS::EC2::Instance"


def id_of(number: int) -> str:
    return f"i-{number:08x}"


def drawn(world: World, edges: dict[int, list[int]]) -> None:
    for number, others in edges.items():
        world.know(TYPE, id_of(number), {"others": [id_of(one) for one in others]})


def shortest(edges: dict[int, list[int]], start: int, goal: int) -> int | None:
    """The length by the plainest search there is."""
    near: dict[int, set[int]] = {one: set() for one in edges}
    for one, others in edges.items():
        for other in others:
            near[one].add(other)
            near[other].add(one)
    depth, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        for other in near[here] - depth.keys():
            depth[other] = depth[here] + 1
            queue.append(other)
    return depth.get(goal)


@pytest.mark.parametrize("seed", range(4))
def test_a_path_is_as_short_as_any_and_each_step_is_a_tie(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    edges = {n: rng.sample(range(16), rng.randrange(3)) for n in range(16)}
    edges = {n: [one for one in others if one != n] for n, others in edges.items()}
    world = world_in(tmp_path)
    drawn(world, edges)
    for start, goal in ((rng.randrange(16), rng.randrange(16)) for _ in range(15)):
        found = path(world.id(id_of(start)), world.id(id_of(goal)), graph=world.graph(), seen=tuple)
        length = shortest(edges, start, goal)
        assert (None if found.steps is None else len(found.steps)) == length
        here = start
        for step in found.steps or ():
            next_ = int(step.resource.native_id.removeprefix("i-"), 16)
            tie = (here, next_) if step.direction == "out" else (next_, here)
            assert tie[1] in edges[tie[0]]
            here = next_
        assert length is None or here == goal


def test_a_path_leads_over_nothing_that_is_not_seen(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    drawn(world, {0: [1], 1: [2], 2: [], 3: [0, 4], 4: [2]})
    ends = world.id(id_of(0)), world.id(id_of(2))
    hidden = world.id(id_of(1))
    found = path(
        *ends,
        graph=world.graph(),
        seen=lambda all_: tuple(one for one in all_ if one.resource.id != hidden),
    )
    assert [one.resource.native_id for one in found.steps or ()] == [id_of(3), id_of(4), id_of(2)]


def test_a_hub_between_two_is_met_without_being_opened(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    drawn(world, {0: [1], 1: [], 2: [1], **{n: [1] for n in range(3, 40)}})
    found = path(world.id(id_of(0)), world.id(id_of(2)), graph=world.graph(), seen=tuple, limit=10)
    assert [one.resource.native_id for one in found.steps or ()] == [id_of(1), id_of(2)]


def test_a_search_that_is_cut_off_says_so(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    drawn(world, {0: [1], **{n: [n + 1] for n in range(1, 20)}, 20: []})
    found = path(world.id(id_of(0)), world.id(id_of(20)), graph=world.graph(), seen=tuple, limit=5)
    assert (found.steps, found.cut) == (None, "cut off after 5 resources")
