"""Sweeps: looking at everything there is in some accounts, part by part."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from functions.inventory.model.resource import Frozen
from steward.identity.items import Facts

REASONS: Final = 20
"""Reasons a sweep keeps of why it is partial."""


class SweepState(StrEnum):
    """How far a sweep is; ``partial`` has ended without seeing everything."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self is not SweepState.RUNNING


class Scope(Frozen):
    """What to look at; an empty tuple is all. A type stands for the parts that list it."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class Outcome(StrEnum):
    """What became of one part in a sweep."""

    FRESH = "fresh"
    STALE = "stale"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Sweep(Frozen):
    """One sweep and how far it is.

    ``spread`` once all accounts are known; it is over when all of them are ``planned`` and all ``parts``
    are ``finished``.
    """

    id: str
    generation: int
    scope: Scope
    state: SweepState = SweepState.RUNNING
    begun_at: AwareDatetime
    begun_by: str
    ended_at: AwareDatetime | None = None
    spread: bool = False
    accounts: int = 0
    planned: int = 0
    parts: int = 0
    finished: int = 0
    stale: int = 0
    seen: int = 0
    changed: int = 0
    gone: int = 0
    calls: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left to wait for."""
        return self.spread and self.planned >= self.accounts and self.finished >= self.parts

    def because(self, reason: str) -> Sweep:
        """With a reason why not everything was seen."""
        kept = self.reasons if len(self.reasons) >= REASONS else (*self.reasons, reason)
        return self.model_copy(update={"reasons": kept, "stale": self.stale + 1})

    def closed(self, *, now: AwareDatetime) -> Sweep:
        """The sweep, over if nothing is left to wait for."""
        if self.state.over or not self.complete:
            return self
        state = SweepState.PARTIAL if self.stale else SweepState.DONE
        return self.model_copy(update={"state": state, "ended_at": now})


class NewSweep(Frozen):
    """What to look at; all that is yours when nothing is said."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class SweepView(Frozen):
    """A sweep as the API shows it."""

    id: str
    state: SweepState
    scope: Scope
    begun_at: AwareDatetime
    begun_by: str
    ended_at: AwareDatetime | None
    accounts: int
    planned: int
    parts: int
    finished: int
    stale: int
    seen: int
    changed: int
    gone: int
    calls: int
    reasons: tuple[str, ...]

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id)


def view_of(sweep: Sweep) -> SweepView:
    """A sweep as the API shows it."""
    return SweepView.model_validate(sweep.model_dump(include=set(SweepView.model_fields)))
