"""What policy holds."""

from __future__ import annotations

from functions.policy.model.bulk import BULKS
from functions.policy.model.comment import COMMENTS
from functions.policy.model.compliance.scores import SCORES, STANDINGS
from functions.policy.model.evaluation import EVALUATIONS
from functions.policy.model.exemption import EXEMPTIONS, GRANTS
from functions.policy.model.finding import FINDINGS
from functions.policy.model.hub import HUB_ENTRIES, HUBS
from functions.policy.model.rulebook.book import BOOKS
from functions.policy.model.rulebook.shadow import SHADOWS
from functions.policy.model.rulebook.versions import VERSIONS
from functions.policy.model.ticket import TICKETS, TRACKERS, Tracker
from functions.policy.wiring.tables import COMPLIANCE, TABLE
from steward.edge.resources import current
from steward.edge.walk import Ground
from steward.privacy import Holding

PERSONS = {
    "waiver.by": "waiver.by",
    "view.owner": "view.owner",
    "view.assignee": "view.assignee",
}


def ground() -> Ground:
    """What policy holds; a tracker's token goes with it."""

    def discard(tracker: Tracker) -> None:
        current().secrets.delete(tracker.secret)

    return Ground(
        TABLE,
        (
            Holding(TABLE, EVALUATIONS),
            Holding(TABLE, FINDINGS, named=PERSONS),
            Holding(TABLE, BULKS, named={"by": "by", "action.assignee": "action.assignee"}),
            Holding(TABLE, COMMENTS, named={"by": "by"}),
            Holding(TABLE, EXEMPTIONS, named={"asked_by": "asked_by", "decided_by": "decided_by"}),
            Holding(
                TABLE,
                GRANTS,
                named={
                    "exemptions.asked_by": "exemptions.asked_by",
                    "exemptions.decided_by": "exemptions.decided_by",
                },
            ),
            Holding(TABLE, SCORES),
            Holding(TABLE, STANDINGS),
            Holding(TABLE, BOOKS),
            Holding(TABLE, VERSIONS, named={"by": "by"}),
            Holding(TABLE, SHADOWS),
            Holding(TABLE, HUBS, named={"connected_by": "connected_by"}),
            Holding(TABLE, HUB_ENTRIES),
            Holding(
                TABLE,
                TRACKERS,
                named={"created_by": "created_by", "place.email": "place.email"},
                discard=discard,
            ),
            Holding(TABLE, TICKETS),
        ),
        buckets=(COMPLIANCE,),
    )
