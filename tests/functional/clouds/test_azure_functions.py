"""The function app by azure-functions' own types: events in, notices at the intake's real door out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from azure.functions.eventgrid import EventGridEventInConverter
from azure.functions.meta import Datum
from azure.functions.timer import TimerRequest

from functions.azure import function_app
from tests.functional.clouds.plane import Plane, plane

SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Compute/disks/d"
TICK = TimerRequest(past_due=False)
# The app gives them out once, as the worker asks for them once.
FUNCTIONS = {one.get_function_name(): one for one in function_app.app.get_functions()}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plane]:
    with plane(tmp_path / "world") as here:
        for name, value in here.environ(tmp_path / "spool", cloud="azure").items():
            monkeypatch.setenv(name, value)
        here.at.claim("azure", SUBSCRIPTION)
        function_app.office.cache_clear()
        yield here
        function_app.office.cache_clear()


def event(kind: str = "Microsoft.Resources.ResourceWriteSuccess", **changes: Any) -> Any:
    """The event as the worker decodes it for the trigger."""
    plain = {
        "specversion": "1.0",
        "id": "831e1650",
        "source": f"/subscriptions/{SUBSCRIPTION}",
        "subject": DISK,
        "type": kind,
        "time": "2026-03-01T11:59:58.1234567Z",
        "data": {"operationName": "Microsoft.Compute/disks/write", "claims": {"name": "ada"}},
        **changes,
    }
    datum = Datum(json.dumps(plain), "json")
    return EventGridEventInConverter.decode(datum, trigger_metadata=None)


def run(name: str, *arguments: Any) -> Any:
    """A function of the app, as its triggers name it."""
    return FUNCTIONS[name].get_user_function()(*arguments)


def test_the_app_has_these_functions_and_triggers() -> None:
    triggers = {
        name: trigger.get_binding_name()
        for name, one in FUNCTIONS.items()
        if (trigger := one.get_trigger()) is not None
    }
    assert triggers == {
        "resource_event": "eventGridTrigger",
        "change_feed": "timerTrigger",
        "cost_export": "eventGridTrigger",
        "drain": "timerTrigger",
        "health": "httpTrigger",
    }


def test_a_written_resource_is_told_of_as_it_is_now(cloud: Plane) -> None:
    cloud.pages = [{"data": [{"id": DISK, "location": "westeurope"}]}]
    run("resource_event", event())
    (told,) = cloud.at.told()
    assert told["kind"] == "Microsoft.Resources.ResourceWriteSuccess"
    assert told["detail"]["resource"] == {"id": DISK, "location": "westeurope"}
    assert told["detail"]["event"]["data"]["claims"] == {"name": "ada"}
    assert DISK in cloud.queries[0]["query"]


def test_a_deleted_resource_is_not_looked_for(cloud: Plane) -> None:
    run("resource_event", event("Microsoft.Resources.ResourceDeleteSuccess"))
    assert [one["kind"] for one in cloud.at.told()] == ["Microsoft.Resources.ResourceDeleteSuccess"]
    assert cloud.queries == []


def test_the_older_schema_of_event_grid_says_the_same(cloud: Plane) -> None:
    old = func.EventGridEvent(
        id="1",
        topic=f"/subscriptions/{SUBSCRIPTION}",
        subject=DISK,
        event_type="Microsoft.Resources.ResourceDeleteSuccess",
        event_time=datetime(2026, 3, 1, 12, tzinfo=UTC),
        data={"status": "Succeeded"},
        data_version="2",
    )
    run("resource_event", old)
    assert [one["notice_id"] for one in cloud.at.told()] == ["1"]


def test_an_event_delivered_twice_is_told_of_once(cloud: Plane) -> None:
    for _ in range(3):
        run("resource_event", event())
    assert len(cloud.at.told()) == 1


def test_an_event_of_nothing_is_set_aside(cloud: Plane) -> None:
    run("resource_event", event(subject="", source=""))
    assert cloud.at.told() == []


def test_what_the_plane_was_away_for_arrives_by_the_drain(cloud: Plane) -> None:
    cloud.away = True
    office = function_app.office()
    object.__setattr__(office.courier, "_wait", lambda _: None)
    run("resource_event", event())
    assert json.loads(
        run("health", func.HttpRequest("GET", "/api/health", body=b"")).get_body()
    ) == {
        "status": "ok",
        "waiting": 1,
        "bytes": office.courier.spool.bytes,
    }
    cloud.away = False
    run("drain", TICK)
    assert len(cloud.at.told()) == 1
    assert office.courier.spool.bytes == 0


def change(number: int) -> dict[str, Any]:
    return {
        "id": f"{DISK}/providers/Microsoft.Resources/changes/{number}",
        "properties": {
            "targetResourceId": DISK,
            "changeType": "Update",
            "changeAttributes": {
                "timestamp": "2026-03-01T11:00:00.000Z",
                "changedBy": "ada@example.com",
                "clientType": "Azure Portal",
            },
            "changes": {"properties.diskSizeGB": {"previousValue": "1", "newValue": "2"}},
        },
    }


def test_the_change_feed_is_read_page_by_page_and_goes_on_where_it_stopped(cloud: Plane) -> None:
    cloud.pages = [
        {"data": [change(1), change(2)], "$skipToken": "next"},
        {"data": [change(3), {}]},
    ]
    run("change_feed", TICK)
    assert len(cloud.at.told()) == 3
    assert cloud.queries[1]["options"]["$skipToken"] == "next"
    cloud.pages = [{"data": [change(3), change(4)]}]
    run("change_feed", TICK)
    assert len(cloud.at.told()) == 4
    assert cloud.queries[2]["query"] != cloud.queries[0]["query"]


def test_a_cost_export_goes_as_a_stream_with_its_checksum(cloud: Plane) -> None:
    content = bytes(range(256)) * 9000
    cloud.files["/costs/actual/part-0.parquet"] = content
    url = f"{cloud.url}/costs/actual/part-0.parquet"
    written = {"url": url, "contentLength": len(content), "contentType": "text/csv"}
    run("cost_export", event("Microsoft.Storage.BlobCreated", source=DISK, data=written))
    (told,) = cloud.at.told()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert (told["size"], told["account"], told["name"]) == (len(content), SUBSCRIPTION, url)
    files = cloud.at.world.resources.buckets("intake", "acme")
    parts = [files.get(f"{told['prefix']}/{n:05d}") for n in range(told["parts"])]
    assert b"".join(parts) == content


def test_an_empty_file_of_an_export_is_no_news(cloud: Plane) -> None:
    run(
        "cost_export", event("Microsoft.Storage.BlobCreated", data={"url": "x", "contentLength": 0})
    )
    assert cloud.at.told() == []
