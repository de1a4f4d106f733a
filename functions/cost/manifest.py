"""The cost concern's functions: bills in, one FOCUS lake, and the API over it."""

from steward.manifest import (
    EXPORTS,
    WALKS,
    Access,
    Bucket,
    Dataset,
    Function,
    Objects,
    Queue,
    Routes,
    Schedule,
    Table,
    errands,
)

COST = Table("cost")
BILLS = Bucket("bills")
COSTS = Dataset("costs")
DUE = "cost.delivery.due.v1"
BILLS_DUE = "cost.bills.due.v1"
SWAPPED = "cost.partition.swapped.v1"
ADVICE_DUE = "cost.advice.due.v1"
SAVINGS_DUE = "cost.savings.due.v1"
METRICS_DUE = "cost.metrics.due.v1"
METRICS_ASKED = "cost.metrics.asked.v1"
ADVICE = ("cost.recommendation.opened.v1", "cost.recommendation.ended.v1")
DECIDED = ("cost.recommendation.accepted.v1", "cost.recommendation.dismissed.v1")
RESOURCES = (
    "inventory.resource.discovered.v1",
    "inventory.resource.changed.v1",
    "inventory.resource.deleted.v1",
)
METRICS_READ = "inventory.metrics.read.v1"
ANALYTICS = ("base", "analytics")
RULES_PUBLISHED = "cost.rules.published.v1"
ALLOCATION_DUE = "cost.allocation.due.v1"
WATCH_DUE = "cost.watch.due.v1"
FOUND = ("cost.anomaly.opened.v1", "cost.budget.crossed.v1")
READING = Dataset(COSTS.name, Access.READ)

FUNCTIONS = (
    Function(
        name="receive-bill",
        handler="functions.cost.handlers.receive_bill.handler",
        trigger=Objects("bills", prefix="tenants/"),
        uses=(COST, Bucket("bills", Access.READ)),
        publishes=(DUE,),
    ),
    Function(
        name="announce-bills",
        handler="functions.cost.handlers.announce_bills.handler",
        trigger=Schedule("rate(1 hour)"),
        uses=(COST,),
        publishes=(BILLS_DUE,),
    ),
    Function(
        name="find-bills",
        handler="functions.cost.handlers.find_bills.handler",
        trigger=Queue(events=(BILLS_DUE,), batch_size=1),
        uses=(COST, Bucket("bills", Access.READ), COSTS),
        publishes=(DUE,),
        timeout=300,
    ),
    Function(
        name="take-bill",
        handler="functions.cost.handlers.take_bill.handler",
        trigger=Queue(events=(DUE,), batch_size=1),
        uses=(COST, Bucket("bills", Access.READ), COSTS),
        publishes=(DUE, SWAPPED),
        memory=2048,
        timeout=900,
        storage=10_240,
        layers=ANALYTICS,
    ),
    Function(
        name="query-api",
        handler="functions.cost.handlers.query.handler",
        trigger=Routes("/api/v1/cost/query", "/api/v1/cost/tables"),
        uses=(COST, Dataset("costs", Access.READ)),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="cost-api",
        handler="functions.cost.handlers.api.handler",
        trigger=Routes("/api/v1/cost/deliveries", "/api/v1/cost/inbox", "/api/v1/cost/rates"),
        uses=(COST, Bucket("bills", Access.READ)),
        publishes=(BILLS_DUE,),
    ),
    Function(
        name="follow-resources",
        handler="functions.cost.handlers.follow_resources.handler",
        trigger=Queue(events=(*RESOURCES, METRICS_READ), follows=True),
        uses=(COST,),
        publishes=ADVICE,
    ),
    Function(
        name="announce-advice",
        handler="functions.cost.handlers.announce_advice.handler",
        trigger=Schedule("cron(0 4 * * ? *)"),
        uses=(COST,),
        publishes=(ADVICE_DUE, METRICS_DUE),
    ),
    Function(
        name="advise",
        handler="functions.cost.handlers.advise.handler",
        trigger=Queue(
            events=(ADVICE_DUE, SAVINGS_DUE, METRICS_DUE), batch_size=1, max_concurrency=5
        ),
        uses=(COST, Dataset(COSTS.name, Access.READ)),
        publishes=(
            ADVICE_DUE,
            SAVINGS_DUE,
            METRICS_DUE,
            METRICS_ASKED,
            "cost.saving.verified.v1",
            *ADVICE,
        ),
        memory=2048,
        timeout=300,
        layers=ANALYTICS,
    ),
    Function(
        name="advice-api",
        handler="functions.cost.handlers.advice_api.handler",
        trigger=Routes(
            "/api/v1/cost/recommendations", "/api/v1/cost/prices", "/api/v1/cost/metrics"
        ),
        uses=(COST,),
        publishes=(*DECIDED, *ADVICE),
    ),
    Function(
        name="commitments-api",
        handler="functions.cost.handlers.commitments_api.handler",
        trigger=Routes("/api/v1/cost/commitments"),
        uses=(COST, Dataset(COSTS.name, Access.READ)),
        publishes=ADVICE,
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="explore-api",
        handler="functions.cost.handlers.explore.handler",
        trigger=Routes("/api/v1/cost/explore", "/api/v1/cost/moves"),
        uses=(COST, READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="cost-views-api",
        handler="functions.cost.handlers.cost_views.handler",
        trigger=Routes("/api/v1/cost/views", "/api/v1/cost/dimensions"),
        uses=(COST, READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="allocation-api",
        handler="functions.cost.handlers.allocation.handler",
        trigger=Routes("/api/v1/cost/rules", "/api/v1/cost/untagged", "/api/v1/cost/statements"),
        uses=(COST, READING),
        publishes=(RULES_PUBLISHED,),
        memory=2048,
        timeout=29,
        layers=ANALYTICS,
    ),
    Function(
        name="spread-rules",
        handler="functions.cost.handlers.spread_rules.handler",
        trigger=Queue(events=(RULES_PUBLISHED,), batch_size=1),
        uses=(COST, READING),
        publishes=(ALLOCATION_DUE,),
    ),
    Function(
        name="allocate-costs",
        handler="functions.cost.handlers.allocate_costs.handler",
        trigger=Queue(events=(ALLOCATION_DUE,), batch_size=1, max_concurrency=5),
        uses=(COST, COSTS),
        publishes=(SWAPPED,),
        memory=2048,
        timeout=900,
        layers=ANALYTICS,
    ),
    Function(
        name="usage-api",
        handler="functions.cost.handlers.usage.handler",
        trigger=Routes("/api/v1/cost/usage", "/api/v1/cost/units"),
        uses=(COST, READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="announce-watch",
        handler="functions.cost.handlers.announce_watch.handler",
        trigger=Schedule("cron(30 6 * * ? *)"),
        uses=(COST,),
        publishes=(WATCH_DUE,),
    ),
    Function(
        name="watch-costs",
        handler="functions.cost.handlers.watch_costs.handler",
        trigger=Queue(events=(WATCH_DUE,), batch_size=1, max_concurrency=5),
        uses=(COST, READING),
        publishes=(*FOUND, ALLOCATION_DUE),
        memory=2048,
        timeout=900,
        layers=ANALYTICS,
    ),
    Function(
        name="budgets-api",
        handler="functions.cost.handlers.budgets.handler",
        trigger=Routes("/api/v1/cost/budgets"),
        uses=(COST, READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="anomalies-api",
        handler="functions.cost.handlers.anomalies.handler",
        trigger=Routes("/api/v1/cost/anomalies", "/api/v1/cost/forecast"),
        uses=(COST, READING),
        memory=2048,
        layers=ANALYTICS,
    ),
    Function(
        name="walk-data",
        handler="functions.cost.handlers.walk_data.handler",
        trigger=errands("cost"),
        uses=(COST, EXPORTS, BILLS, COSTS),
        publishes=WALKS,
        timeout=60,
    ),
)
