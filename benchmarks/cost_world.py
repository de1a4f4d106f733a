"""A lake of costs in a folder, with the cost concern's functions around it, one batch after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

from functions.cost.adapters.lake_costs import LakeCosts
from functions.cost.manifest import FUNCTIONS
from functions.cost.model.delivery import BillDelivery
from functions.cost.ports import DELIVERIES
from functions.cost.wiring.tables import lake_of
from steward.edge.resources import bind
from steward.local.pump import Pump
from steward.manifest import Bucket, Function, Schedule, Table
from steward.objects import ObjectHead, folder_of
from steward.store.work import MemoryClaims, Scope, Work

TENANT = "acme"
CARRIER = Function(
    name="carry",
    handler="functions.benchmark.handlers.carry.handler",
    trigger=Schedule("rate(1 hour)"),
    uses=(Table("cost"), Bucket("bills")),
)
READER = next(function for function in FUNCTIONS if function.name == "take-bill")


class CostWorld:
    """Bills are put below their source's folder, and taken in when the world is run."""

    def __init__(self, pump: Pump) -> None:
        self.pump = pump

    def put(self, key: str, file: Path) -> ObjectHead:
        """Write a file as an object below the tenant's folder, and have its arrival told."""
        bills = self.pump.resources(CARRIER).buckets("bills", TENANT)
        return bills.upload(f"{folder_of(TENANT)}{key}", file)

    def run(self) -> None:
        """Handle all there is."""
        self.pump.drain()

    def deliveries(self) -> dict[str, BillDelivery]:
        """What became of each object that is a statement, by its key below the tenant's folder."""
        table = self._work().table("cost").of(DELIVERIES)
        found: dict[str, BillDelivery] = {}
        cursor: str | None = None
        while True:
            page = table.list(after=cursor, limit=200)
            found |= {one.key.removeprefix(folder_of(TENANT)): one for one in page.items}
            cursor = page.cursor
            if cursor is None:
                return found

    @contextmanager
    def costs(self) -> Iterator[LakeCosts]:
        """The costs that are there."""
        with bind(self.pump.resources(READER)):
            yield LakeCosts(lake_of(self._work()))

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A Work of the tenant's, for the caller to commit."""
        with bind(self.pump.resources(READER)):
            yield self._work(token_hex(8))

    def _work(self, commit: str = "benchmark") -> Work:
        scope = Scope(
            store=self.pump.store,
            claims=MemoryClaims(),
            function=READER,
            tenant=TENANT,
            now=self.pump.clock(),
            commit_id=commit,
            actor="benchmark",
            correlation_id="benchmark",
        )
        return Work(scope)


@contextmanager
def cost_world(folder: Path) -> Iterator[CostWorld]:
    """A fresh one."""
    with closing(Pump(folder, functions=FUNCTIONS)) as pump:
        yield CostWorld(pump)
