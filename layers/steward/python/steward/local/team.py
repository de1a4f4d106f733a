"""The worker processes: who does what next, and what becomes of work whose worker is lost.

All of it runs on one event loop. Requests come before queues; a handler that hangs or eats memory
is killed with its worker alone, and its messages go back with the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from typing_extensions import override

from steward.edge.resources import Clock, random_id
from steward.errors import BadInput
from steward.local import protocol
from steward.local.bus import post_raw
from steward.local.invoke import settle
from steward.local.nursery import Nursery
from steward.local.queues import Message
from steward.local.runtime import Runtime
from steward.manifest import Function

_CHECK_SECONDS = 0.1
_SLOW_SECONDS = 1.0
"""An invocation that runs for longer may be one that hangs."""
_QUICK_SECONDS = 0.1
"""Behind a function that was done in less the next batch may be sent ahead."""
_SUSPECT_SECONDS = 60.0
"""A function whose worker was lost is not trusted with the last live worker for so long."""
_IMPORT_SECONDS = 30.0
"""What importing a handler may take before its function's own time begins."""
_FOLLOWING = 1 / 8
"""The part of the workers' time that functions which follow get while others have messages."""
_OWED_SECONDS = 1.0
"""What is owed to them at most, or by them: neither side saves anything up for the next rush."""
_RESPAWN_SECONDS = 1.0
_REPORT_SECONDS = 0.5
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1024 * 1024


class WorkerLost(Exception):
    """The worker died, or was killed, under an invocation; the text says why."""


class HandlerFailed(Exception):
    """The handler raised."""


@dataclass(slots=True, eq=False)
class Task:
    """One invocation; ``messages`` for a batch, ``answer`` for somebody who waits."""

    invocation: protocol.Invocation
    function: Function
    messages: tuple[Message, ...] = ()
    answer: asyncio.Future[Any] | None = None


@dataclass(slots=True, eq=False)
class Worker(asyncio.Protocol):
    """The supervisor's end of one worker process."""

    team: Team
    pid: int = 0
    tasks: deque[Task] = field(default_factory=deque)
    started: float = 0.0
    ready: bool = False
    reason: str = ""
    base_pages: int = 0
    warm: set[str] = field(default_factory=set)
    transport: asyncio.Transport | None = None
    frames: protocol.Frames = field(default_factory=protocol.Frames)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the worker."""
        self.transport = transport  # type: ignore[assignment]  # a socket's transport is a full one

    @override
    def data_received(self, data: bytes) -> None:
        """Pass on what the worker says."""
        for frame in self.frames.feed(data):
            self.team.heard(self, frame)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone, or going."""
        del exc
        self.team.lost(self)

    def give(self, task: Task) -> None:
        """Send an invocation, to run now or after the one that runs."""
        self.tasks.append(task)
        if len(self.tasks) == 1:
            self.begin()
        self.say(task.invocation)

    def begin(self) -> None:
        """Start the clock of the first task."""
        self.started = monotonic()

    @property
    def slow(self) -> bool:
        """Whether the running invocation may be one that hangs."""
        return bool(self.tasks) and monotonic() - self.started > _SLOW_SECONDS

    def say(self, message: object) -> None:
        """Send a message, unless the worker is gone."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(protocol.encode(message))

    def overdue(self, now: float) -> bool:
        """Whether the running invocation has passed its function's timeout."""
        function = self.tasks[0].function
        limit = function.timeout if function.id in self.warm else _IMPORT_SECONDS
        return now - self.started > limit

    def bloated(self) -> bool:
        """Whether the process holds more than the running function may, over what it began with."""
        allowed = self.tasks[0].function.memory * _MEGABYTE // _PAGE
        return resident_pages(self.pid) > self.base_pages + allowed


class Team:
    """All workers, and the work that waits for them."""

    def __init__(self, nurse: Callable[[], Nursery], *, size: int, clock: Clock) -> None:
        self.workers: list[Worker] = []
        self.restarts = 0
        self.log: Callable[[str], None] = lambda _: None
        self._runtime: Runtime | None = None
        self._nurse = nurse
        self._size = size
        self._clock = clock
        self._nursery: Nursery | None = None
        self._exits: dict[int, int] = {}
        self._asked: deque[Task] = deque()
        self._order: dict[bool, deque[str]] = {False: deque(), True: deque()}
        self._owed = 0.0
        self._running: Counter[str] = Counter()
        self._quick: set[str] = set()
        self._suspect: dict[str, float] = {}
        self._woken = False
        self._stopping = False
        self._idle = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None

    @property
    def runtime(self) -> Runtime:
        """The event system that the workers serve."""
        if self._runtime is None:
            raise LookupError("the team has not started")
        return self._runtime

    async def start(self, runtime: Runtime) -> None:
        """Start the worker processes."""
        self.attend(runtime)
        self._open_nursery()
        for _ in range(self._size):
            await self._hire()
        self._check()

    def attend(self, runtime: Runtime) -> None:
        """Know whose messages there are to give out."""
        self._runtime = runtime
        for queue, backlog in runtime.backlogs.items():
            self._order[backlog.limits.follows].append(queue)

    async def stop(self, *, grace: float) -> None:
        """Let what runs finish for up to ``grace`` seconds, then end every worker."""
        self._stopping = True
        until = monotonic() + grace
        while self.busy and monotonic() < until:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), until - monotonic())
        if self._watch is not None:
            self._watch.cancel()
        self._close_nursery()

    @property
    def busy(self) -> int:
        """Workers with an invocation."""
        return sum(1 for worker in self.workers if worker.tasks)

    @property
    def asked(self) -> int:
        """Requests that wait for a worker."""
        return len(self._asked)

    async def ask(self, invocation: protocol.Invocation, function: Function) -> Any:
        """Have a function called, before any queue's turn.

        Raises:
            HandlerFailed: it raised.
            WorkerLost: its worker was killed or died.
        """
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(Task(invocation, function, answer=answer))
        self._dispatch()
        return await answer

    def wake(self) -> None:
        """There may be something to do: look once the loop comes round."""
        if not self._woken:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    # Giving out work

    def _dispatch(self) -> None:
        self._woken = False
        if self._stopping or self._runtime is None:
            return
        for worker in self.workers:
            if worker.ready and not worker.tasks:
                task = self._next(worker)
                if task is None:
                    return
                worker.give(task)
        self._give_ahead()

    def _give_ahead(self) -> None:
        # A worker with one batch in hand and one waiting never idles between the two.
        if self._asked:
            return
        for worker in self.workers:
            if self._takes_ahead(worker):
                task = self._batch(self._barred(worker))
                if task is None:
                    return
                worker.give(task)

    def _takes_ahead(self, worker: Worker) -> bool:
        if len(worker.tasks) != 1:
            return False
        task = worker.tasks[0]
        return bool(task.messages) and task.function.id in self._quick

    def _next(self, worker: Worker) -> Task | None:
        while self._asked:
            task = self._asked.popleft()
            if task.answer is None or not task.answer.done():
                return task
        return self._batch(self._barred(worker))

    def _barred(self, worker: Worker) -> frozenset[str]:
        # The last live worker takes nothing of a function that hangs, or lost a worker lately:
        # somebody must be there to answer requests.
        others = [other for other in self.workers if other is not worker]
        if self._size == 1 or any(other.ready and not other.slow for other in others):
            return frozenset()
        now = monotonic()
        suspects = [name for name, until in self._suspect.items() if until > now]
        return frozenset(
            [*suspects, *(other.tasks[0].function.id for other in others if other.slow)]
        )

    def _batch(self, barred: frozenset[str]) -> Task | None:
        # Who follows takes what is left of the time, and never less than what is owed.
        first = self._owed > 0
        return self._batch_of(self._order[first], barred) or self._batch_of(
            self._order[not first], barred
        )

    def _batch_of(self, order: deque[str], barred: frozenset[str]) -> Task | None:
        for _ in range(len(order)):
            queue = order[0]
            order.rotate(-1)
            backlog = self.runtime.backlogs[queue]
            free = self._running[queue] < backlog.limits.max_concurrency
            if not backlog.waiting or not free or queue in barred:
                continue
            messages = tuple(self.runtime.take(queue))
            if messages:
                self._running[queue] += 1
                function = self.runtime.functions[queue]
                return Task(protocol.RunBatch(queue, messages), function, messages)
        return None

    # Hearing from workers

    def heard(self, worker: Worker, frame: Any) -> None:
        """Do what a worker's message asks for."""
        if isinstance(frame, protocol.Commit):
            self.runtime.commit(
                frame.transactions,
                lambda outcomes: worker.say(protocol.Outcomes(tuple(outcomes))),
                lambda error: worker.say(protocol.Trouble(str(error))),
            )
        elif isinstance(frame, protocol.Ready):
            worker.ready = True
            worker.pid = frame.pid
            worker.base_pages = resident_pages(frame.pid)
            self._dispatch()
        elif isinstance(frame, protocol.Began):
            worker.warm.add(frame.function)
            worker.begin()
        elif isinstance(frame, protocol.Bury):
            self._bury(worker, frame)
        elif isinstance(frame, protocol.Announce):
            self._announce(worker, frame)
        elif isinstance(frame, protocol.Committed):
            self.runtime.committed_elsewhere(frame.items)
        else:
            self._finished(worker, frame)

    def _finished(self, worker: Worker, frame: Any) -> None:
        self._idle.set()
        task = worker.tasks.popleft()
        self._judge(task, monotonic() - worker.started)
        if worker.tasks:
            worker.begin()
        if task.messages:
            self._settle(task, frame)
        elif task.answer is not None and not task.answer.done():
            _answer(task.answer, frame)
        self._dispatch()

    def _judge(self, task: Task, seconds: float) -> None:
        name = task.function.id
        if seconds < _QUICK_SECONDS:
            self._quick.add(name)
        else:
            self._quick.discard(name)
        if task.messages:
            follows = self.runtime.backlogs[name].limits.follows
            owed = self._owed + (-seconds if follows else seconds * _FOLLOWING)
            self._owed = min(max(owed, -_OWED_SECONDS), _OWED_SECONDS)

    def _settle(self, task: Task, frame: Any) -> None:
        queue = task.function.id
        self._running[queue] -= 1
        if isinstance(frame, protocol.BatchDone):
            settle(self.runtime, queue, task.messages, set(frame.failed))
        else:
            self.log(f"function {queue}: {frame.error}")
            self.runtime.give_back_all(
                queue, task.messages, reason="handler-error", error=frame.error
            )

    def _bury(self, worker: Worker, frame: protocol.Bury) -> None:
        task = worker.tasks[0]
        message = next((m for m in task.messages if m.body == frame.body), None)
        if message is None:
            worker.say(protocol.Trouble("no message in flight has this body"))
            return
        letter = self.runtime.letter(
            task.function.id, message, reason=frame.reason["error"], error=frame.reason["reason"]
        )
        self.runtime.keep_letter(
            letter,
            lambda _: worker.say(protocol.Outcomes()),
            lambda error: worker.say(protocol.Trouble(str(error))),
        )

    def _announce(self, worker: Worker, frame: protocol.Announce) -> None:
        try:
            posted = post_raw(frame.envelope, now=self._clock(), new_id=random_id)
        except BadInput as error:
            worker.say(protocol.Trouble(str(error)))
            return
        self.runtime.put(
            [posted],
            lambda _: worker.say(protocol.Outcomes()),
            lambda error: worker.say(protocol.Trouble(str(error))),
        )

    # Losing workers

    def lost(self, worker: Worker) -> None:
        """Give back what a lost worker had, and start another in its place."""
        if self._stopping:
            self.workers.remove(worker)
        elif worker.reason or worker.pid in self._exits:
            self._bury_worker(worker)
        else:
            # The nursery is about to say how it ended.
            worker.ready = False
            asyncio.get_running_loop().call_later(_REPORT_SECONDS, self._bury_worker, worker)

    def _bury_worker(self, worker: Worker) -> None:
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        code = self._exits.pop(worker.pid, None)
        reason = worker.reason or f"worker died ({_ending(code)})"
        self.log(f"worker {worker.pid}: {reason}")
        self._give_up(list(worker.tasks), reason)
        self.restarts += 1
        delay = 0.0 if worker.pid else _RESPAWN_SECONDS
        asyncio.get_running_loop().call_later(delay, self._replace)

    def _give_up(self, tasks: Sequence[Task], reason: str) -> None:
        if tasks:
            self._suspect[tasks[0].function.id] = monotonic() + _SUSPECT_SECONDS
        for place, task in enumerate(tasks):
            queue = task.function.id
            if task.answer is not None:
                if not task.answer.done():
                    task.answer.set_exception(WorkerLost(reason))
                continue
            self._running[queue] -= 1
            if place:
                self.runtime.release(queue, task.messages)
            else:
                kind = reason.split(" ", maxsplit=1)[0]
                self.runtime.give_back_all(queue, task.messages, reason=kind, error=reason)

    def _replace(self) -> None:
        if not self._stopping:
            hired = asyncio.ensure_future(self._hire())
            hired.add_done_callback(_raise_if_failed)

    async def _hire(self) -> None:
        ours, theirs = socket.socketpair()
        worker = Worker(self)
        self.workers.append(worker)
        ours.setblocking(False)  # noqa: FBT003  # the socket's own signature
        with theirs:
            if self._nursery is not None:
                self._nursery.fork(theirs.fileno())
        await asyncio.get_running_loop().create_connection(lambda: worker, sock=ours)

    def _open_nursery(self) -> None:
        self._nursery = self._nurse()
        self._nursery.control.setblocking(False)  # noqa: FBT003
        asyncio.get_running_loop().add_reader(self._nursery.control, self._hear_nursery)

    def _close_nursery(self) -> None:
        if self._nursery is not None:
            asyncio.get_running_loop().remove_reader(self._nursery.control)
            self._nursery.close()
            self._nursery = None

    def _hear_nursery(self) -> None:
        deaths = self._nursery.deaths() if self._nursery is not None else []
        if deaths is None:
            # It took all workers along; each is replaced as its line is cut.
            self._close_nursery()
            self._open_nursery()
            return
        gone = {worker.pid: worker for worker in self.workers if not worker.ready}
        for pid, code in deaths:
            self._exits[pid] = code
            if pid in gone:
                self._bury_worker(gone[pid])

    def _check(self) -> None:
        now = monotonic()
        for worker in self.workers:
            if not worker.tasks or worker.reason or not worker.ready:
                continue
            function = worker.tasks[0].function
            if worker.overdue(now):
                self._kill(worker, f"timeout after {function.timeout} s")
            elif worker.bloated():
                self._kill(worker, f"memory above the limit of {function.memory} MB")
        self._watch = asyncio.get_running_loop().call_later(_CHECK_SECONDS, self._check)

    def _kill(self, worker: Worker, reason: str) -> None:
        worker.reason = reason
        # It may have ended a moment ago, and been reaped, before its line is known to be cut.
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)


def resident_pages(pid: int) -> int:
    """The pages a process holds in memory; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0


def _answer(future: asyncio.Future[Any], frame: Any) -> None:
    if isinstance(frame, protocol.Raised):
        future.set_exception(HandlerFailed(frame.error))
    elif isinstance(frame, protocol.RequestDone):
        future.set_result(frame.answer)
    else:
        future.set_result(frame.result)


def _ending(code: int | None) -> str:
    if code is None:
        return "no exit code"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _raise_if_failed(hired: asyncio.Future[None]) -> None:
    hired.result()
