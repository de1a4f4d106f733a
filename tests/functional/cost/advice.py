"""A tenant with resources and months of bills, and the cost concern's functions that advise it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from functions.cost.handlers import advice_api, advise, announce_advice, follow_resources
from functions.cost.model.recommendation import RECOMMENDATIONS, Recommendation
from functions.cost.service.taking import ROLE, ROWS
from steward.contracts.cost import AdviceDue, MetricsDue, SavingsDue
from steward.contracts.inventory import (
    MetricsRead,
    ResourceChanged,
    ResourceDeleted,
    ResourceDiscovered,
    ResourceView,
)
from steward.contracts.lake import PartitionSwapped
from steward.identity import Role
from steward.lake.copies import Copies
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.manifest import Dataset, Function, Queue, Table, load_function
from tests.asking import Answer, Asker
from tests.edge_world import NOON, TENANT, EdgeWorld, edge_world, message

WRITER = Function(
    name="write-costs",
    handler="functions.cost.handlers.write_costs.handler",
    trigger=Queue(events=("cost.delivery.due.v1",)),
    uses=(Table("cost"), Dataset("costs")),
    publishes=("cost.delivery.due.v1",),
)
COLUMNS = {
    "ServiceProviderName": "VARCHAR", "ServiceName": "VARCHAR", "SubAccountId": "VARCHAR",
    "RegionId": "VARCHAR", "ResourceId": "VARCHAR", "SkuMeter": "VARCHAR",
    "x_Operation": "VARCHAR", "PricingUnit": "VARCHAR", "PricingQuantity": "DECIMAL(38,18)",
    "PricingCategory": "VARCHAR", "EffectiveCost": "DECIMAL(38,18)",
    "ListCost": "DECIMAL(38,18)", "BilledCost": "DECIMAL(38,18)", "BillingCurrency": "VARCHAR",
    "ChargeCategory": "VARCHAR", "ChargePeriodStart": "TIMESTAMP", "ChargePeriodEnd": "TIMESTAMP",
    "CommitmentDiscountId": "VARCHAR", "CommitmentDiscountStatus": "VARCHAR",
    "CommitmentDiscountCategory": "VARCHAR", "CommitmentDiscountType": "VARCHAR",
    "CommitmentDiscountName": "VARCHAR", "ContractedCost": "DECIMAL(38,18)",
}  # fmt: skip
DAY = timedelta(days=1)
NIGHTLY: dict[str, type[AdviceDue | SavingsDue]] = {
    AdviceDue.type: AdviceDue,
    SavingsDue.type: SavingsDue,
}
PLAIN = {
    "ServiceProviderName": "AWS",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "SubAccountId": "111122223333",
    "RegionId": "eu-west-1",
    "PricingCategory": "Standard",
    "BillingCurrency": "USD",
    "ChargeCategory": "Usage",
}


def resource(type_: str = "AWS::EC2::Volume", **changes: Any) -> ResourceView:
    """A resource as the inventory tells of it."""
    plain: dict[str, Any] = {
        "id": "r1",
        "provider": "aws",
        "account": "111122223333",
        "region": "eu-west-1",
        "type": type_,
        "native_id": "vol-1eefcfcc",
        "name": "orders-data",
        "state": "active",
        "captured_at": NOON,
        "version": 1,
    }
    return ResourceView.model_validate({**plain, **changes})


def volume(kind: str = "gp2", size: int = 200, **changes: Any) -> ResourceView:
    """A volume that is in use."""
    configuration = {
        "volumeType": kind,
        "size": size,
        "state": "in-use",
        "createTime": "2025-06-01T00:00:00Z",
        **changes.pop("configuration", {}),
    }
    return resource(configuration=configuration, **changes)


def usage(
    day: datetime, resource_: str, meter: str, cost: str, quantity: str = "1", **changes: Any
) -> dict[str, Any]:
    """A day's line of a bill."""
    amount = Decimal(cost)
    return {
        **PLAIN,
        "ResourceId": resource_,
        "SkuMeter": meter,
        "PricingUnit": "GB-Mo",
        "PricingQuantity": Decimal(quantity),
        "EffectiveCost": amount,
        "BilledCost": amount,
        "ListCost": amount,
        "ChargePeriodStart": day,
        "ChargePeriodEnd": day + DAY,
        **changes,
    }


def days(until: datetime, count: int) -> list[datetime]:
    """The days before an instant."""
    last = until.replace(hour=0, minute=0, tzinfo=None)
    return [last - DAY * (n + 1) for n in range(count)]


@dataclass
class AdviceWorld:
    """What the advice is from, and what it comes to."""

    world: EdgeWorld
    folder: Path
    told: int = field(default=0)

    def function(self, name: str) -> EdgeWorld:
        resources = self.world.resources.of(load_function(f"cost.{name}"))
        return replace(self.world, resources=resources)

    def bill(self, rows: Iterable[Mapping[str, Any]], *, source: str = "aws-main") -> None:
        """Let each month of the bill consist of these rows."""
        months: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            months.setdefault(row["ChargePeriodStart"].strftime("%Y-%m"), []).append(row)
        work = self.world.work(function=WRITER)
        lake = Lake(
            dataset="costs",
            tenant=TENANT,
            objects=self.world.resources.buckets("costs", TENANT),
            partitions=work.table("cost").of(PARTITIONS),
            publish=lambda _event: None,
            swapped=PartitionSwapped,
            now=self.world.clock(),
            copies=Copies(self.folder / "copies"),
        )
        for month, found in months.items():
            file = parquet(found, self.folder / f"{month}-{self._next()}.parquet")
            name = f"{source}/{month}"
            lake.swap(name, [lake.stage(name, file, rows=len(found), notes={ROLE: ROWS})])
        work.commit()

    def tell(self, *views: ResourceView) -> None:
        """The inventory tells of resources."""
        for view in views:
            event = (
                ResourceDiscovered(resource=view, change_id="c")
                if view.version == 1
                else ResourceChanged(resource=view, change_id="c", changed_paths=("/state",))
            )
            self._deliver(event)

    def hear(self, event: MetricsRead) -> None:
        """The inventory tells what was measured."""
        self._deliver(event)

    def measures(self) -> None:
        """A night's question for metrics."""
        records = [message(MetricsDue(), id_=f"m{self._next()}")]
        assert self.function("advise").deliver(advise.handler, records) == []
        assert self.world.letters.letters == []

    def reasons(self, type_: str) -> dict[str, str]:
        """Why checks of a type say nothing, by check."""
        items = self.ask("GET", f"/not-evaluated?type={type_}").body["items"]
        return {one["check"]: one["reason"] for one in items}

    def remove(self, view: ResourceView) -> None:
        """The inventory tells that a resource is gone."""
        self._deliver(ResourceDeleted(resource=view, change_id="c"))

    def night(self) -> None:
        """A night's look at everything."""
        event: AdviceDue | SavingsDue = AdviceDue(prices=True)
        while True:
            before = {item["commit"] for item in self.world.outbox()}
            records = [message(event, id_=f"n{self._next()}")]
            assert self.function("advise").deliver(advise.handler, records) == []
            assert self.world.letters.letters == []
            more = [
                one
                for item in self.world.outbox()
                for one in item["events"]
                if item["commit"] not in before and one["type"] in NIGHTLY
            ]
            if not more:
                return
            event = NIGHTLY[more[0]["type"]].model_validate(more[0]["data"])

    def tick(self) -> None:
        tick = {"time": NOON.isoformat(), "schedule": "nightly"}
        self.function("announce-advice").call(announce_advice.handler, tick)

    def all(self) -> list[Recommendation]:
        work = self.world.work(function=load_function("cost.advise"))
        return list(work.table("cost").of(RECOMMENDATIONS).list(limit=500).items)

    def one(self) -> Recommendation:
        (found,) = self.all()
        return found

    def events(self, kind: str) -> list[Mapping[str, Any]]:
        return [one for one in self.world.events() if one["type"] == f"cost.{kind}.v1"]

    def ask(
        self, method: str, path: str, body: Any = None, *, role: Role = Role.OPERATOR
    ) -> Answer:
        """A request to the API of recommendations."""
        asker = Asker(self.function("advice-api"), advice_api.handler, self.world.add_key(role))
        return asker(method, f"/api/v1/cost/recommendations{path}", body)

    def metrics(self, method: str, query: str = "", body: Any = None) -> Answer:
        """A request about metrics."""
        asker = Asker(
            self.function("advice-api"), advice_api.handler, self.world.add_key(Role.OPERATOR)
        )
        return asker(method, f"/api/v1/cost/metrics{query}", body)

    def prices(self, method: str, query: str = "", body: Any = None) -> Answer:
        """A request about prices."""
        asker = Asker(
            self.function("advice-api"), advice_api.handler, self.world.add_key(Role.OPERATOR)
        )
        return asker(method, f"/api/v1/cost/prices{query}", body)

    def _deliver(self, event: Any) -> None:
        records = [message(event, id_=f"t{self._next()}")]
        assert self.function("follow-resources").deliver(follow_resources.handler, records) == []
        assert self.world.letters.letters == []

    def _next(self) -> int:
        self.told += 1
        return self.told


def parquet(rows: list[Mapping[str, Any]], to: Path) -> Path:
    """Rows of a bill as a file."""
    connection = duckdb.connect()
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE rows ({columns})")
    marks = ", ".join("?" * len(COLUMNS))
    values = [[row.get(name) for name in COLUMNS] for row in rows]
    connection.executemany(f"INSERT INTO rows VALUES ({marks})", values)  # noqa: S608
    connection.execute(f"COPY rows TO '{to}' (FORMAT parquet)")
    connection.close()
    return to


def advice_world(folder: Path) -> AdviceWorld:
    """A fresh one."""
    return AdviceWorld(edge_world(folder, load_function("cost.follow-resources")), folder)


def utc(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
