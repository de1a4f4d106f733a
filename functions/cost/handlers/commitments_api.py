"""Which commitments to buy, over HTTPS."""

from __future__ import annotations

from functions.cost.service import buying
from functions.cost.service.buying import Buying, CommitmentPlan, CommitmentQuestion
from functions.cost.wiring import wire_buying
from steward.edge.http import Api

COMMITMENTS = "/api/v1/cost/commitments"

api: Api[Buying] = Api(wire=wire_buying)
handler = api.handler


@api.post(COMMITMENTS, permission="cost:view")
def plan_commitments(body: CommitmentQuestion, *, deps: Buying) -> CommitmentPlan:
    """What to buy of the offers that can be had, for usage like that of the last days."""
    return buying.asked(body, at=deps)
