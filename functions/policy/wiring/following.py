"""What follows the findings of a tenant."""

from __future__ import annotations

from functions.policy.service.following import Following
from functions.policy.wiring.hubs import hubs
from functions.policy.wiring.trackers import tickets
from steward.store.work import Work


def following(work: Work) -> Following:
    """What follows the findings of a Work's tenant."""
    return Following(tickets(work), hubs(work))
