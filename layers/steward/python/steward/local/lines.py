"""A queue in lines, one per tenant, as SQS FIFO queues keep message groups: in order, one batch at a time.

What is in flight, or waits to be tried again, holds up its own tenant and no other.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from steward.local.queues import Arrival, Limits


@dataclass(slots=True)
class _Line:
    """One tenant's messages by number; while ``until`` is set, none may go."""

    waiting: list[int] = field(default_factory=list)
    flying: dict[int, int] = field(default_factory=dict)
    until: int = 0

    def front(self, size: int, alone: set[int]) -> list[int]:
        """The next batch, out of the line: one message only, while the first is to go alone."""
        taken = [heapq.heappop(self.waiting)]
        while self.waiting and len(taken) < size and not alone & {taken[0], self.waiting[0]}:
            taken.append(heapq.heappop(self.waiting))
        return taken


@dataclass(slots=True)
class Lines:
    """What one such queue holds, in memory: `steward.local.queues.Backlog` for order's sake."""

    limits: Limits
    lines: dict[str, _Line] = field(default_factory=dict)
    free: dict[str, None] = field(default_factory=dict)
    """Tenants whose next batch may go now, first come first served."""
    paused: list[tuple[int, str]] = field(default_factory=list)
    flying: dict[int, str] = field(default_factory=dict)
    receives: dict[int, int] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)

    def arrive(self, arrival: Arrival, *, now: int) -> None:
        """Know of a durable message."""
        if arrival.receives:
            self.receives[arrival.id] = arrival.receives
        line = self.lines.setdefault(arrival.tenant, _Line())
        heapq.heappush(line.waiting, arrival.id)
        if arrival.visible > now:
            self._pause(arrival.tenant, arrival.visible)
        self._settle(arrival.tenant)

    def take(self, *, now: int) -> list[tuple[int, int]]:
        """Up to a batch of (id, receives) of one tenant; they are in flight now."""
        self.wake(now=now)
        if not self.free:
            return []
        tenant = next(iter(self.free))
        del self.free[tenant]
        line = self.lines[tenant]
        deadline = now + int(self.limits.visibility.total_seconds() * 1000)
        taken = []
        for id_ in line.front(self.limits.batch_size, self.alone):
            line.flying[id_] = deadline
            self.flying[id_] = tenant
            self.receives[id_] = self.receives.get(id_, 0) + 1
            taken.append((id_, self.receives[id_]))
        return taken

    def wake(self, *, now: int) -> None:
        """Free the lines that have waited for long enough."""
        while self.paused and self.paused[0][0] <= now:
            _, tenant = heapq.heappop(self.paused)
            line = self.lines.get(tenant)
            if line is not None and line.until <= now:
                line.until = 0
                self._settle(tenant)

    def reclaim(self, *, now: int) -> int:
        """Make ready what was in flight past its visibility timeout; how many."""
        late = [
            id_
            for id_, tenant in self.flying.items()
            if self.lines[tenant].flying.get(id_, now + 1) <= now
        ]
        for id_ in late:
            self._land(id_, visible=now, now=now)
        return len(late)

    def forget(self, ids: Iterable[int]) -> None:
        """Drop messages that are gone from the table."""
        for id_ in ids:
            self.receives.pop(id_, None)
            self.alone.discard(id_)
            tenant = self.flying.pop(id_, None)
            if tenant is None:
                self._drop_waiting(id_)
            else:
                del self.lines[tenant].flying[id_]
                self._settle(tenant)

    def put_back(self, id_: int, *, visible: int, now: int) -> None:
        """Return a message in flight to its place; its line goes on at ``visible``."""
        if id_ in self.flying:
            self._land(id_, visible=visible, now=now)

    def unreceive(self, id_: int, *, now: int) -> None:
        """Return a message that nobody looked at: this receive does not count."""
        self.receives[id_] = max(0, self.receives.get(id_, 1) - 1)
        self.put_back(id_, visible=now, now=now)

    @property
    def waiting(self) -> bool:
        """Whether a message is ready now."""
        return bool(self.free)

    @property
    def depth(self) -> int:
        """Messages ready or held up."""
        return sum(len(line.waiting) for line in self.lines.values())

    @property
    def delayed(self) -> list[int]:
        """Messages of lines that wait to go on."""
        return [id_ for line in self.lines.values() if line.until for id_ in line.waiting]

    def next_change(self) -> int | None:
        """When the next held-up line goes on; None when none is."""
        return self.paused[0][0] if self.paused else None

    def _land(self, id_: int, *, visible: int, now: int) -> None:
        tenant = self.flying.pop(id_)
        line = self.lines[tenant]
        del line.flying[id_]
        heapq.heappush(line.waiting, id_)
        if visible > now:
            self._pause(tenant, visible)
        self._settle(tenant)

    def _pause(self, tenant: str, until: int) -> None:
        self.lines[tenant].until = max(self.lines[tenant].until, until)
        heapq.heappush(self.paused, (until, tenant))

    def _settle(self, tenant: str) -> None:
        line = self.lines[tenant]
        if line.waiting and not line.flying and not line.until:
            self.free[tenant] = None
            return
        self.free.pop(tenant, None)
        if not line.waiting and not line.flying:
            del self.lines[tenant]

    def _drop_waiting(self, id_: int) -> None:
        # Rare: acknowledged after its visibility timeout had returned it.
        for tenant, line in list(self.lines.items()):
            if id_ in line.waiting:
                line.waiting.remove(id_)
                heapq.heapify(line.waiting)
                self._settle(tenant)
