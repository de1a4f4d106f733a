"""Every hour, what was committed is held against the chains."""

from __future__ import annotations

from functools import partial

from functions.audit.model.records import WATERMARK, Watermark
from functions.audit.ports import Committed
from functions.audit.service.gaps import mend, window
from functions.audit.wiring import Deps, wire
from steward.edge import Tick, on_schedule


@on_schedule(wire=wire)
def handler(tick: Tick, deps: Deps) -> None:
    """Chain and tell of what is missing, commit by commit, and remember how far it was looked."""
    del tick
    since, until = window(deps.books.watermarks.get(WATERMARK), deps.now)
    for found in deps.apart.commits.between(since, until):
        deps.apart.for_tenant(found.tenant, partial(_mend, found))
    deps.books.watermarks.put(Watermark(until=until))


def _mend(found: Committed, theirs: Deps) -> None:
    mend(found, to=theirs.chaining, publish=theirs.publish)
