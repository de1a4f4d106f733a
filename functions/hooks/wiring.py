"""The composition root of the public door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.hooks.adapters.mint import mint
from functions.hooks.model.source import HookSource
from functions.hooks.ports import SOURCES, Publish
from functions.hooks.service.sources import Workshop
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.privacy import Holding
from steward.store.work import Entities, Work


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers hand to the use cases."""

    sources: Entities[HookSource]
    workshop: Workshop
    publish: Publish
    now: datetime


def wire(work: Work) -> Deps:
    """The ports over this Work and the function's resources."""
    return Deps(
        sources=work.table("hooks").of(SOURCES),
        workshop=Workshop(work.tenant, current().secrets, mint()),
        publish=work.publish,
        now=work.now,
    )


def ground() -> Ground:
    """What the public door holds: a source's secrets go with it."""

    def discard(source: HookSource) -> None:
        for key in source.keys:
            current().secrets.delete(key.secret)

    return Ground("hooks", (Holding("hooks", SOURCES, discard=discard),))
