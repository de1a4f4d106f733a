"""A tenant's bucket of bills, with the cost concern's functions around it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from functions.cost.handlers import announce_bills, find_bills, query, receive_bill, take_bill
from functions.cost.model.delivery import BillDelivery, BillDeliveryStatus
from functions.cost.ports import DELIVERIES
from steward.contracts.cost import BillsDue, DeliveryDue
from steward.identity import Role
from steward.lake.pointer import PARTITIONS, Partition
from steward.manifest import load_function
from tests.asking import Asker
from tests.edge_world import NOON, TENANT, EdgeWorld, edge_world, envelope, message, record

ROOT = f"tenants/{TENANT}"


@dataclass
class BillWorld:
    """Bills come in; what is due is asked for by `due`."""

    world: EdgeWorld

    def function(self, name: str) -> EdgeWorld:
        resources = self.world.resources.of(load_function(f"cost.{name}"))
        return replace(self.world, resources=resources)

    def put(self, key: str, body: bytes | str) -> str:
        """Write an object below the tenant's folder, telling nobody; its etag."""
        bills = self.world.resources.buckets("bills", TENANT)
        return bills.put(f"{ROOT}/{key}", body.encode() if isinstance(body, str) else body).etag

    def told(self, key: str, body: bytes | str, *, times: int = 1) -> list[str]:
        """Write an object and tell of it; the messages that come again."""
        etag = self.put(key, body)
        told = self.notice(f"{ROOT}/{key}", etag)
        handler = receive_bill.handler
        return [
            again
            for _ in range(times)
            for again in self.function("receive-bill").deliver(handler, [told])
        ]

    def notice(self, key: str, etag: str) -> dict[str, Any]:
        detail = {
            "bucket": {"name": "bills"},
            "object": {"key": key, "size": 1, "etag": etag, "sequencer": etag},
        }
        body = envelope(detail, **{"source": "aws.s3", "detail-type": "Object Created"})
        return record(json.dumps(body), id_=f"m-{etag}")

    def found(self) -> None:
        """Have the bills looked for."""
        id_ = f"look-{len(self.world.outbox())}"
        self.function("find-bills").deliver(find_bills.handler, [message(BillsDue(), id_=id_)])

    def ticked(self) -> None:
        tick = {"time": NOON.isoformat(), "schedule": "hourly"}
        self.function("announce-bills").call(announce_bills.handler, tick)

    def deliveries(self) -> list[BillDelivery]:
        function = load_function("cost.receive-bill")
        table = self.world.work(function=function).table("cost")
        return list(table.of(DELIVERIES).list(limit=500).items)

    def delivery(self, key: str) -> BillDelivery:
        (found,) = [one for one in self.deliveries() if one.key == f"{ROOT}/{key}"]
        return found

    def settled(self, key: str, status: BillDeliveryStatus) -> None:
        """Let a delivery have come to that."""
        work = self.world.work(function=load_function("cost.receive-bill"))
        kept = work.table("cost").of(DELIVERIES)
        one = kept.require(self.delivery(key).id)
        kept.put(one.model_copy(update={"status": status}))
        work.commit()

    def due(self) -> list[Mapping[str, Any]]:
        """The events that have something taken in."""
        return [one for one in self.world.events() if one["type"] == "cost.delivery.due.v1"]

    def taken(self, *, times: int = 1) -> list[str]:
        """Have all that is due taken in, each message so often; the messages that come again."""
        again: list[str] = []
        done: set[str] = set()
        while open_ := [one for one in self.due() if one["id"] not in done]:
            for event in open_:
                done.add(event["id"])
                due = message(DeliveryDue(**event["data"]), id_=event["id"])
                for _ in range(times):
                    again += self.function("take-bill").deliver(take_bill.handler, [due])
        return again

    def bill(self, key: str, body: bytes | str) -> BillDelivery:
        """Write an object, and have it taken in at once."""
        etag = self.put(key, body)
        self.function("receive-bill").deliver(
            receive_bill.handler, [self.notice(f"{ROOT}/{key}", etag)]
        )
        assert self.taken() == []
        return max(self.deliveries(), key=lambda one: (one.key.endswith(key), one.etag == etag))

    def months(self) -> list[Partition]:
        function = load_function("cost.take-bill")
        return list(self.world.work(function=function).table("cost").of(PARTITIONS).list().items)

    def ask(self, sql: str) -> list[list[Any]]:
        """What a SELECT answers over HTTPS."""
        asker = Asker(self.function("query-api"), query.handler, self.world.add_key(Role.VIEWER))
        answer = asker("POST", "/api/v1/cost/query", {"sql": sql})
        assert answer.status == 200, answer.body
        found: list[list[Any]] = answer.body["rows"]
        return found


def bill_world(folder: Path) -> BillWorld:
    """A fresh one."""
    return BillWorld(edge_world(folder, load_function("cost.receive-bill")))
