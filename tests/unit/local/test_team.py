"""What the team does about workers that end at the wrong moment."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import deque
from datetime import UTC, datetime

from steward.local import protocol
from steward.local.nursery import Nursery
from steward.local.team import Task, Team, Worker
from steward.manifest import Function, Queue

SLOW = Function(
    name="slow",
    handler="functions.sample.handlers.slow.handler",
    trigger=Queue(events=("sample.thing.happened.v1",)),
    timeout=1,
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
