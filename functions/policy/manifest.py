"""What policy deploys: judging resources as they change, and its HTTP routes."""

from steward.manifest import EXPORTS, WALKS, Function, Queue, Routes, Table, errands

CONTINUED = "policy.evaluation.continued.v1"

FUNCTIONS = (
    Function(
        name="evaluate-change",
        handler="functions.policy.handlers.evaluate_change.handler",
        trigger=Queue(
            events=(
                "inventory.resource.discovered.v1",
                "inventory.resource.changed.v1",
                "inventory.resource.deleted.v1",
                CONTINUED,
            )
        ),
        uses=(Table("policy"),),
        publishes=(
            "policy.finding.opened.v1",
            "policy.finding.updated.v1",
            "policy.finding.resolved.v1",
            "policy.finding.reopened.v1",
            CONTINUED,
        ),
    ),
    Function(
        name="policy-api",
        handler="functions.policy.handlers.api.handler",
        trigger=Routes("/api/v1/policy/rules", "/api/v1/policy/findings"),
        uses=(Table("policy"),),
        publishes=("policy.finding.waived.v1", "policy.finding.updated.v1"),
    ),
    Function(
        name="walk-data",
        handler="functions.policy.handlers.walk_data.handler",
        trigger=errands("policy"),
        uses=(Table("policy"), EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
