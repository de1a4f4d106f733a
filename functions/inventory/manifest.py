"""The inventory's functions: raw cloud events in, resource events out, and the API."""

from steward.manifest import EXPORTS, WALKS, Access, Function, Queue, Routes, Table, errands

INVENTORY = Table("inventory")
NEWS = (
    "inventory.resource.discovered.v1",
    "inventory.resource.changed.v1",
    "inventory.resource.deleted.v1",
    "inventory.capture.continued.v1",
    "inventory.ties.continued.v1",
)
ADDED = "inventory.account.added.v1"

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
        trigger=Routes("/api/v1/inventory/resources", "/api/v1/inventory/accounts"),
        uses=(INVENTORY, Table("directory", Access.READ_WRITE)),
        publishes=(ADDED,),
        system=True,
    ),
    Function(
        name="graph-api",
        handler="functions.inventory.handlers.graph.handler",
        trigger=Routes(
            "/api/v1/inventory/neighbours",
            "/api/v1/inventory/paths",
            "/api/v1/inventory/dependents",
            "/api/v1/inventory/exposure",
        ),
        uses=(Table("inventory", Access.READ),),
    ),
    Function(
        name="walk-data",
        handler="functions.inventory.handlers.walk_data.handler",
        trigger=errands("inventory"),
        uses=(INVENTORY, EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
