"""The notifications' functions: findings become deliveries, and each delivery is sent on its own."""

from __future__ import annotations

from steward.manifest import EXPORTS, WALKS, Access, Function, Queue, Routes, Secret, Table, errands

ENDPOINTS = "endpoints"

FUNCTIONS = (
    Function(
        name="announce-finding",
        handler="functions.notify.handlers.announce_finding.handler",
        trigger=Queue(
            events=(
                "policy.finding.opened.v1",
                "policy.finding.reopened.v1",
                "policy.finding.resolved.v1",
                "policy.finding.updated.v1",
            )
        ),
        uses=(Table("notify"),),
        publishes=("notify.delivery.due.v1",),
    ),
    Function(
        name="announce-security",
        handler="functions.notify.handlers.announce_security.handler",
        trigger=Queue(
            events=(
                "audit.gap.found.v1",
                "audit.verification.failed.v1",
                "identity.access.elevated.v1",
                "identity.access.impersonated.v1",
            )
        ),
        uses=(Table("notify"),),
        publishes=("notify.delivery.due.v1",),
    ),
    Function(
        name="announce-costs",
        handler="functions.notify.handlers.announce_costs.handler",
        trigger=Queue(events=("cost.anomaly.opened.v1", "cost.budget.crossed.v1")),
        uses=(Table("notify"),),
        publishes=("notify.delivery.due.v1",),
    ),
    Function(
        name="send-delivery",
        handler="functions.notify.handlers.send_delivery.handler",
        # One a batch: an attempt may take 20 s, and its answer must not wait for another's.
        trigger=Queue(events=("notify.delivery.due.v1",), batch_size=1, max_receives=3),
        uses=(Table("notify"), Secret(ENDPOINTS, family=True)),
        publishes=(
            "notify.delivery.due.v1",
            "notify.endpoint.disabled.v1",
            "notify.message.dead-lettered.v1",
            "notify.message.delivered.v1",
            "notify.message.failed.v1",
        ),
        mail=True,
    ),
    Function(
        name="notify-api",
        handler="functions.notify.handlers.api.handler",
        trigger=Routes(
            "/api/v1/notify/deliveries", "/api/v1/notify/endpoints", "/api/v1/notify/routes"
        ),
        uses=(Table("notify"), Secret(ENDPOINTS, Access.READ_WRITE, family=True)),
        publishes=("notify.delivery.due.v1",),
    ),
    Function(
        name="walk-data",
        handler="functions.notify.handlers.walk_data.handler",
        trigger=errands("notify"),
        uses=(Table("notify"), Secret(ENDPOINTS, Access.READ_WRITE, family=True), EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
