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
ANALYTICS = ("base", "analytics")

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
        uses=(COST, Bucket("bills", Access.READ)),
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
        trigger=Routes("/api/v1/cost/deliveries", "/api/v1/cost/inbox"),
        uses=(COST, Bucket("bills", Access.READ)),
        publishes=(BILLS_DUE,),
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
