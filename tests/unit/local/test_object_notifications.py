"""An object put into a bucket reaches the functions that wait for it, once per version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from steward.edge import ObjectCreated, on_objects
from steward.edge.resources import bind
from steward.errors import NotFound
from steward.local.adapters import open_bucket
from steward.local.pump import Pump
from steward.local.shapes import Context
from steward.manifest import Bucket, Function, Objects, Table
from steward.store.work import Work
from tests.edge_world import Clock

READER = Function(
    name="read",
    handler="functions.test.handlers.read.handler",
    trigger=Objects("uploads", prefix="tenants/", suffix=".csv"),
    uses=(Table("test"), Bucket("uploads")),
)


@dataclass
class Seen:
    items: list[tuple[str, ObjectCreated]] = field(default_factory=list)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def pump(tmp_path: Path, seen: Seen) -> Iterator[Pump]:
    def note(item: ObjectCreated, work: Work) -> None:
        seen.items.append((work.tenant, item))

    handler = on_objects(wire=lambda work: work)(note)

    def invoke(function: Function, event: Any, context: Context) -> Any:
        with bind(made.resources(function)):
            return handler(event, context)

    made = Pump(tmp_path, functions=(READER,), clock=Clock(), invoker=invoke)
    with closing(made):
        yield made


def _put(pump: Pump, key: str) -> None:
    """Put an object in as whoever fills the bucket from outside does."""
    open_bucket(pump.ports.data, "uploads", pump.announce, clock=pump.clock).put(key, b"x")


def test_an_object_is_handled_for_the_tenant_whose_folder_it_is_in(pump: Pump, seen: Seen) -> None:
    pump.resources(READER).buckets("uploads", "acme").put("tenants/acme/bill.csv", b"a,b\n")
    pump.drain()
    [(tenant, item)] = seen.items
    assert tenant == "acme"
    assert (item.bucket, item.key, item.size) == ("uploads", "tenants/acme/bill.csv", 4)


def test_an_object_that_no_rule_takes_is_left_alone(pump: Pump, seen: Seen) -> None:
    for key in ("tenants/acme/bill.txt", "elsewhere/bill.csv"):
        _put(pump, key)
    pump.drain()
    assert seen.items == []


def test_an_object_outside_any_tenants_folder_is_buried_with_the_reason(pump: Pump) -> None:
    _put(pump, "tenants/bill.csv")
    pump.drain()
    [(error,)] = pump.connection.execute("SELECT error FROM dead_letters").fetchall()
    assert "tenants/<tenant>/" in error


def test_what_was_put_can_be_read_listed_and_removed(pump: Pump) -> None:
    bucket = pump.resources(READER).buckets("uploads", "acme")
    bucket.put("tenants/acme/a.csv", b"one")
    assert bucket.get("tenants/acme/a.csv") == b"one"
    assert [head.key for head in bucket.list("tenants/acme/")] == ["tenants/acme/a.csv"]
    bucket.delete("tenants/acme/a.csv")
    bucket.delete("tenants/acme/a.csv")
    with pytest.raises(NotFound, match=r"tenants/acme/a\.csv"):
        bucket.get("tenants/acme/a.csv")
