"""A finding that changes is noted for the trackers and the Security Hub that are to hear of it."""

from functions.policy.service.following import Following
from functions.policy.wiring.following import following
from steward.contracts.policy import (
    FindingOpened,
    FindingReopened,
    FindingResolved,
    FindingUpdated,
    FindingWaived,
)
from steward.edge import on_event

Changed = FindingOpened | FindingReopened | FindingResolved | FindingUpdated | FindingWaived


@on_event(*Changed.__args__, wire=following, together=Changed.__args__)
def handler(event: Changed, following: Following) -> None:
    """Note what is to follow the finding."""
    following.note(event.finding)
