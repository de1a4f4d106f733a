"""The inventory's functions: raw cloud events in, resource events out, and the API."""

from steward.manifest import (
    EXPORTS,
    LIMITS,
    WALKS,
    Access,
    Bucket,
    Dataset,
    Function,
    Queue,
    Routes,
    Schedule,
    Signer,
    Table,
    errands,
)

INVENTORY = Table("inventory")
NEWS = (
    "inventory.resource.discovered.v1",
    "inventory.resource.changed.v1",
    "inventory.resource.deleted.v1",
    "inventory.capture.continued.v1",
    "inventory.ties.continued.v1",
)
RECALLED_ON = "inventory.recall.continued.v1"
CENSUS = Bucket("census")
ADDED = "inventory.account.added.v1"
CHECK_ASKED = "inventory.account.check-asked.v1"
PROVEN = "inventory.account.proven.v1"
GIVEN_UP = "inventory.account.given-up.v1"
ORGANIZATION_ASKED = "inventory.organization.asked.v1"
DUE = "inventory.sweep.due.v1"
BEGUN = "inventory.sweep.begun.v1"
REACHED = "inventory.sweep.reached.v1"
PLANNED = "inventory.sweep.planned.v1"
ENDED = "inventory.sweep.ended.v1"
PART_ASKED = "inventory.part.asked.v1"
PART_SWEPT = "inventory.part.swept.v1"
PART_SHRUNK = "inventory.part.shrunk.v1"
METRICS_ASKED = "cost.metrics.asked.v1"
METRICS_READ = "inventory.metrics.read.v1"
SNAPSHOT_DUE = "inventory.snapshot.due.v1"
SWAPPED = "inventory.partition.swapped.v1"
LAKE = (Dataset("inventory-resources"), Dataset("inventory-changes"))
READING = tuple(Dataset(one.name, Access.READ) for one in LAKE)
ANALYTICS = ("base", "analytics")
FEDERATION = Signer("federation", rsa=True)
"""What signs the tokens by which Azure and Google Cloud let us in."""
ISSUING = {"STEWARD_PUBLIC_URL": "none"}
ENTERING = ("base", "clouds")

FUNCTIONS = (
    Function(
        name="record-change",
        handler="functions.inventory.handlers.record_change.handler",
        trigger=Queue(
            pattern={
                "source": [{"prefix": "aws."}],
                "detail-type": [
                    "Config Configuration Item Change",
                    "AWS API Call via CloudTrail",
                    "EC2 Instance State-change Notification",
                ],
            },
            bus="default",
        ),
        uses=(INVENTORY,),
        publishes=NEWS,
    ),
    Function(
        name="record-notice",
        handler="functions.inventory.handlers.record_notice.handler",
        trigger=Queue(events=("intake.notice.received.v1",)),
        uses=(INVENTORY,),
        publishes=NEWS,
    ),
    Function(
        name="continue-capture",
        handler="functions.inventory.handlers.continue_capture.handler",
        trigger=Queue(events=("inventory.capture.continued.v1",)),
        uses=(INVENTORY,),
        publishes=NEWS,
    ),
    Function(
        name="continue-ties",
        handler="functions.inventory.handlers.continue_ties.handler",
        trigger=Queue(events=("inventory.ties.continued.v1",)),
        uses=(INVENTORY,),
        publishes=("inventory.ties.continued.v1",),
    ),
    Function(
        name="recall-resources",
        handler="functions.inventory.handlers.recall_resources.handler",
        trigger=Queue(events=("policy.rule.placed.v1", RECALLED_ON), max_concurrency=2),
        uses=(INVENTORY,),
        publishes=("inventory.resource.recalled.v1", RECALLED_ON),
    ),
    Function(
        name="release-unclaimed",
        handler="functions.inventory.handlers.release_unclaimed.handler",
        trigger=Queue(events=(ADDED,)),
        uses=(INVENTORY,),
        publishes=(*NEWS, ADDED),
        system=True,
    ),
    Function(
        name="inventory-api",
        handler="functions.inventory.handlers.api.handler",
        trigger=Routes("/api/v1/inventory/resources"),
        uses=(INVENTORY, *READING),
        memory=1024,
        layers=ANALYTICS,
    ),
    Function(
        name="accounts-api",
        handler="functions.inventory.handlers.accounts_api.handler",
        trigger=Routes("/api/v1/inventory/accounts", "/api/v1/inventory/sweeps"),
        uses=(INVENTORY,),
        publishes=(CHECK_ASKED, PROVEN, GIVEN_UP, BEGUN, ENDED),
    ),
    Function(
        name="verify-account",
        handler="functions.inventory.handlers.verify_account.handler",
        trigger=Queue(events=(CHECK_ASKED,), batch_size=1),
        uses=(INVENTORY, LIMITS, FEDERATION),
        publishes=(PROVEN, ORGANIZATION_ASKED),
        timeout=120,
        enters=True,
        layers=ENTERING,
        settings=ISSUING,
    ),
    Function(
        name="read-metrics",
        handler="functions.inventory.handlers.read_metrics.handler",
        trigger=Queue(events=(METRICS_ASKED,), batch_size=1, max_concurrency=2),
        uses=(INVENTORY, LIMITS, FEDERATION),
        publishes=(METRICS_READ,),
        timeout=300,
        enters=True,
        layers=ENTERING,
        settings=ISSUING,
    ),
    Function(
        name="claim-members",
        handler="functions.inventory.handlers.claim_members.handler",
        trigger=Queue(events=(ORGANIZATION_ASKED,), batch_size=1),
        uses=(INVENTORY, LIMITS),
        publishes=(ORGANIZATION_ASKED, CHECK_ASKED),
        timeout=120,
        enters=True,
    ),
    Function(
        name="route-account",
        handler="functions.inventory.handlers.route_account.handler",
        trigger=Queue(events=(PROVEN, GIVEN_UP), batch_size=1),
        uses=(INVENTORY, Table("directory", Access.READ_WRITE)),
        publishes=(ADDED,),
        system=True,
    ),
    Function(
        name="search-api",
        handler="functions.inventory.handlers.search.handler",
        trigger=Routes(
            "/api/v1/inventory/facets",
            "/api/v1/inventory/query",
            "/api/v1/inventory/tables",
        ),
        uses=(INVENTORY, *READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="views-api",
        handler="functions.inventory.handlers.views.handler",
        trigger=Routes("/api/v1/inventory/views"),
        uses=(INVENTORY, *READING),
        memory=1024,
        layers=ANALYTICS,
    ),
    Function(
        name="announce-snapshots",
        handler="functions.inventory.handlers.announce_snapshots.handler",
        trigger=Schedule("rate(5 minutes)"),
        uses=(INVENTORY,),
        publishes=(SNAPSHOT_DUE,),
    ),
    Function(
        name="build-snapshots",
        handler="functions.inventory.handlers.build_snapshots.handler",
        trigger=Queue(events=(SNAPSHOT_DUE, ENDED), batch_size=1, max_concurrency=5),
        uses=(INVENTORY, *LAKE),
        publishes=(SWAPPED,),
        memory=2048,
        timeout=900,
        layers=ANALYTICS,
    ),
    Function(
        name="renew-snapshots",
        handler="functions.inventory.handlers.renew_snapshots.handler",
        trigger=Queue(events=("identity.walk.finished.v1",)),
        uses=(INVENTORY,),
        publishes=(SNAPSHOT_DUE,),
    ),
    Function(
        name="history-api",
        handler="functions.inventory.handlers.history.handler",
        trigger=Routes(
            "/api/v1/inventory/changes",
            "/api/v1/inventory/states",
            "/api/v1/inventory/differences",
        ),
        uses=(Table("inventory", Access.READ),),
    ),
    Function(
        name="graph-api",
        handler="functions.inventory.handlers.graph.handler",
        trigger=Routes(
            "/api/v1/inventory/neighbours",
            "/api/v1/inventory/paths",
            "/api/v1/inventory/dependents",
            "/api/v1/inventory/exposure",
            "/api/v1/inventory/orphans",
        ),
        uses=(Table("inventory", Access.READ),),
    ),
    Function(
        name="schedule-sweeps",
        handler="functions.inventory.handlers.schedule_sweeps.handler",
        trigger=Schedule("rate(6 hours)"),
        uses=(INVENTORY,),
        publishes=(DUE,),
    ),
    Function(
        name="start-sweep",
        handler="functions.inventory.handlers.start_sweep.handler",
        trigger=Queue(events=(DUE,)),
        uses=(INVENTORY,),
        publishes=(DUE, BEGUN, ENDED),
        system=True,
    ),
    Function(
        name="plan-sweep",
        handler="functions.inventory.handlers.plan_sweep.handler",
        trigger=Queue(events=(BEGUN, REACHED), batch_size=1),
        uses=(INVENTORY, LIMITS, FEDERATION),
        publishes=(BEGUN, REACHED, PLANNED, PART_ASKED, CHECK_ASKED, ENDED),
        timeout=120,
        enters=True,
        layers=ENTERING,
        settings=ISSUING,
    ),
    Function(
        name="sweep-part",
        handler="functions.inventory.handlers.sweep_part.handler",
        trigger=Queue(events=(PART_ASKED,), batch_size=1, max_concurrency=50),
        uses=(INVENTORY, LIMITS, CENSUS, FEDERATION),
        publishes=(PART_ASKED, PART_SWEPT, PART_SHRUNK, "inventory.capture.continued.v1"),
        memory=1024,
        # At the slowest pace the calls that one piece of a page takes need most of it.
        timeout=300,
        enters=True,
        layers=ENTERING,
        settings=ISSUING,
    ),
    Function(
        name="tally-sweep",
        handler="functions.inventory.handlers.tally_sweep.handler",
        # One at a time would be best: all of them change the one row.
        trigger=Queue(events=(PLANNED, PART_SWEPT), max_concurrency=2),
        uses=(INVENTORY,),
        publishes=(ENDED,),
    ),
    Function(
        name="record-absence",
        handler="functions.inventory.handlers.record_absence.handler",
        trigger=Queue(events=(PART_SHRUNK,)),
        uses=(INVENTORY,),
        publishes=NEWS,
    ),
    Function(
        name="walk-data",
        handler="functions.inventory.handlers.walk_data.handler",
        trigger=errands("inventory"),
        uses=(INVENTORY, EXPORTS, CENSUS, *LAKE),
        publishes=WALKS,
        timeout=60,
    ),
)
