"""What policy deploys: judging resources as they change, and its HTTP routes."""

from steward.manifest import (
    EXPORTS,
    WALKS,
    Access,
    Bucket,
    Function,
    Queue,
    Routes,
    Schedule,
    Secret,
    Signer,
    Table,
    errands,
)

CONTINUED = "policy.evaluation.continued.v1"
BULK_CONTINUED = "policy.bulk.continued.v1"
WAIVER_DUE = "policy.waiver.due.v1"
EXEMPTED = "policy.exemption.continued.v1"
EXEMPTION_DUE = "policy.exemption.due.v1"
EXEMPTION_ENDED = "policy.exemption.ended.v1"
HUB_CONTINUED = "policy.hub.continued.v1"
TICKET_DUE = "policy.ticket.due.v1"
TRACKERS = "trackers"
HUB_DUE = "policy.hub.due.v1"
CHANGES = (
    "policy.finding.opened.v1",
    "policy.finding.updated.v1",
    "policy.finding.resolved.v1",
    "policy.finding.reopened.v1",
    "policy.finding.waived.v1",
)
"""What happens to a finding."""
COMPLIANCE_DUE = "policy.compliance.due.v1"
COMPLIANCE = Bucket("compliance")

FUNCTIONS = (
    Function(
        name="evaluate-change",
        handler="functions.policy.handlers.evaluate_change.handler",
        trigger=Queue(
            events=(
                "inventory.resource.discovered.v1",
                "inventory.resource.changed.v1",
                "inventory.resource.deleted.v1",
                "inventory.resource.recalled.v1",
                CONTINUED,
            ),
            follows=True,
        ),
        uses=(Table("policy"),),
        publishes=(
            "policy.finding.opened.v1",
            "policy.finding.updated.v1",
            "policy.finding.resolved.v1",
            "policy.finding.reopened.v1",
            "policy.finding.waived.v1",
            CONTINUED,
        ),
    ),
    Function(
        name="policy-api",
        handler="functions.policy.handlers.api.handler",
        trigger=Routes(
            "/api/v1/policy/rules",
            "/api/v1/policy/findings",
            "/api/v1/policy/bulk",
            "/api/v1/policy/exemptions",
            "/api/v1/policy/exports",
        ),
        uses=(Table("policy"),),
        publishes=(
            "policy.finding.waived.v1",
            "policy.finding.updated.v1",
            WAIVER_DUE,
            BULK_CONTINUED,
            "policy.exemption.asked.v1",
            "policy.exemption.decided.v1",
            EXEMPTED,
            EXEMPTION_DUE,
            EXEMPTION_ENDED,
        ),
    ),
    Function(
        name="act-on-findings",
        handler="functions.policy.handlers.act_on_findings.handler",
        trigger=Queue(events=(BULK_CONTINUED,)),
        uses=(Table("policy"),),
        publishes=("policy.finding.updated.v1", BULK_CONTINUED),
    ),
    Function(
        name="watch-waivers",
        handler="functions.policy.handlers.watch_waivers.handler",
        trigger=Queue(events=(WAIVER_DUE, EXEMPTION_DUE, EXEMPTED)),
        uses=(Table("policy"),),
        publishes=(
            "policy.finding.reopened.v1",
            "policy.finding.waived.v1",
            "policy.waiver.expiring.v1",
            "policy.exemption.expiring.v1",
            EXEMPTED,
            EXEMPTION_ENDED,
        ),
    ),
    Function(
        name="announce-counts",
        handler="functions.policy.handlers.announce_counts.handler",
        trigger=Schedule("cron(15 2 * * ? *)"),
        uses=(Table("policy"),),
        publishes=(COMPLIANCE_DUE,),
    ),
    Function(
        name="count-compliance",
        handler="functions.policy.handlers.count_compliance.handler",
        trigger=Queue(events=(COMPLIANCE_DUE,), batch_size=1, max_concurrency=5),
        uses=(Table("policy"), COMPLIANCE),
        publishes=("policy.compliance.counted.v1",),
        memory=1024,
        timeout=900,
    ),
    Function(
        name="compliance-api",
        handler="functions.policy.handlers.compliance_api.handler",
        trigger=Routes("/api/v1/policy/compliance"),
        uses=(Table("policy"), Bucket("compliance", Access.READ)),
        publishes=(COMPLIANCE_DUE,),
        layers=("base", "printing"),
        # A whole processor: a PDF of 500 findings is made while somebody waits.
        memory=1769,
    ),
    Function(
        name="rulebook-api",
        handler="functions.policy.handlers.rulebook_api.handler",
        trigger=Routes("/api/v1/policy/rulebook"),
        uses=(Table("policy"), Signer("audit")),
        publishes=("policy.rule.stored.v1", "policy.rule.placed.v1"),
    ),
    Function(
        name="walk-data",
        handler="functions.policy.handlers.walk_data.handler",
        trigger=errands("policy"),
        uses=(
            Table("policy"),
            Secret("trackers", Access.READ_WRITE, family=True),
            EXPORTS,
            COMPLIANCE,
        ),
        publishes=WALKS,
        timeout=60,
    ),
    Function(
        name="push-to-security-hub",
        handler="functions.policy.handlers.push_to_security_hub.handler",
        trigger=Queue(events=(HUB_DUE, HUB_CONTINUED), max_concurrency=2),
        uses=(Table("policy"),),
        publishes=(HUB_DUE, HUB_CONTINUED),
        timeout=120,
        enters=True,
    ),
    Function(
        name="hubs-api",
        handler="functions.policy.handlers.hubs_api.handler",
        trigger=Routes("/api/v1/policy/hubs"),
        uses=(Table("policy"),),
        publishes=(HUB_CONTINUED,),
    ),
    Function(
        name="follow-findings",
        handler="functions.policy.handlers.follow_findings.handler",
        trigger=Queue(events=CHANGES, max_concurrency=2),
        uses=(Table("policy"),),
        publishes=(TICKET_DUE, HUB_DUE),
    ),
    Function(
        name="file-tickets",
        handler="functions.policy.handlers.file_tickets.handler",
        # One a batch: an answer of a tracker may take 20 s, and must not wait for another's.
        trigger=Queue(events=(TICKET_DUE,), batch_size=1, max_concurrency=2),
        uses=(Table("policy"), Secret(TRACKERS, family=True)),
        publishes=(TICKET_DUE,),
        timeout=120,
    ),
    Function(
        name="trackers-api",
        handler="functions.policy.handlers.trackers_api.handler",
        trigger=Routes("/api/v1/policy/trackers", "/api/v1/policy/tickets"),
        uses=(Table("policy"), Secret(TRACKERS, Access.READ_WRITE, family=True)),
    ),
)
