"""What the team gives out first, and what it does about workers that end at the wrong moment."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from steward.local import protocol
from steward.local.nursery import Nursery
from steward.local.pump import Pump
from steward.local.team import Task, Team, Worker
from steward.manifest import Function, Queue

SLOW = Function(
    name="slow",
    handler="functions.sample.handlers.slow.handler",
    trigger=Queue(events=("sample.thing.happened.v1",)),
    timeout=1,
)
LEADS = Function(
    name="lead",
    handler="functions.sample.handlers.lead.handler",
    trigger=Queue(events=("sample.thing.happened.v1",), batch_size=1),
)
FOLLOWS = Function(
    name="follow",
    handler="functions.sample.handlers.follow.handler",
    trigger=Queue(events=("sample.thing.happened.v1",), batch_size=1, follows=True),
)


def no_nursery() -> Nursery:
    raise AssertionError("nobody is hired here")


def reaped() -> int:
    """The id of a process that has ended and been waited for."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_worker_that_ended_just_before_it_is_killed_does_not_end_the_watch() -> None:
    async def watch() -> None:
        team = Team(no_nursery, size=1, clock=lambda: datetime.now(UTC))
        task = Task(protocol.RunEvent(SLOW.id, "{}"), SLOW)
        gone = Worker(team, pid=reaped(), tasks=deque((task,)), started=-1e9, ready=True)
        team.workers.append(gone)
        team._check()
        assert gone.reason == "timeout after 1 s"
        assert team._watch is not None
        await team.stop(grace=0)

    asyncio.run(watch())


def happened(number: int) -> dict[str, str]:
    return {
        "id": str(number),
        "source": "steward.sample",
        "type": "sample.thing.happened.v1",
        "time": "2026-03-01T12:00:00Z",
        "tenantid": "acme",
    }


def given_out(data: Path, *, count: int, took: dict[str, float]) -> list[str]:
    """The functions in the order in which a lone worker is given their messages, and done with them."""
    pump = Pump(data, functions=(FOLLOWS, LEADS))
    pump.put_events(*(happened(number) for number in range(count)))
    team = Team(no_nursery, size=1, clock=lambda: datetime.now(UTC))
    team.attend(pump.runtime)
    worker = Worker(team, ready=True)
    order = []
    while (task := team._next(worker)) is not None:
        order.append(task.function.name)
        team._running[task.function.id] -= 1
        team._judge(task, took[task.function.name])
    pump.close()
    return order


def test_who_follows_gets_an_eighth_of_the_time_while_others_have_messages(tmp_path: Path) -> None:
    order = given_out(tmp_path, count=80, took={"lead": 0.8, "follow": 0.1})
    contested = order[: len(order) - order[::-1].index("lead")]
    assert contested.count("lead") == 80
    assert contested.count("follow") in range(70, 81)


def test_work_that_follows_and_takes_long_waits_until_its_part_has_come(tmp_path: Path) -> None:
    order = given_out(tmp_path, count=40, took={"lead": 0.1, "follow": 0.4})
    contested = order[: len(order) - order[::-1].index("lead")]
    assert contested.count("follow") in range(1, 4)
    assert order.count("follow") == 40


def test_who_follows_goes_at_once_where_nobody_else_has_anything(tmp_path: Path) -> None:
    order = given_out(tmp_path, count=3, took={"lead": 0.0, "follow": 0.1})
    assert order == ["lead"] * 3 + ["follow"] * 3
