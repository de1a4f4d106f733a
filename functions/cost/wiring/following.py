"""What following resources works with."""

from __future__ import annotations

from functions.cost.model.allocation.untagged import OWNERS
from functions.cost.service.following import Following
from functions.cost.wiring.advising import wire_advising
from functions.cost.wiring.tables import TABLE
from steward.store.work import Work


def wire_following(work: Work) -> Following:
    """The dependencies of one message about a resource."""
    return Following(wire_advising(work), work.table(TABLE).of(OWNERS))
