from __future__ import annotations

import random
from typing import Any

from tests.functional.inventory.estate import TENANT, Estate, estate
from tests.unit.inventory.notices import ACCOUNT, call, envelope, item, state

__all__ = ["estate"]

MACHINES = [
    {"instanceId": f"i-{n:017x}", "instanceState": {"code": 0, "name": "pending"}}
    for n in range(150)
]


def fresh(message: dict[str, Any], number: int) -> dict[str, Any]:
    """The same message as another event: EventBridge gives every event its own id."""
    message["id"] = f"{number:08x}-0000-4000-8000-000000000000"
    if "eventID" in message["detail"]:
        message["detail"]["eventID"] = f"event-{number}"
    return message


def bucket(second: int, **configuration: Any) -> dict[str, Any]:
    at = f"2026-03-10T09:00:{second:02d}.000Z"
    return fresh(
        item(
            "AWS::S3::Bucket",
            "logs",
            resourceName="logs",
            configuration=configuration,
            configurationItemCaptureTime=at,
            configurationStateId=second,
        ),
        second,
    )


def test_an_event_becomes_a_resource_that_others_are_told_of(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    estate.send(bucket(1, name="logs"))
    (shown,) = estate.resources()
    assert (shown["type"], shown["native_id"], shown["version"]) == ("AWS::S3::Bucket", "logs", 1)
    assert [event["type"] for event in estate.published()] == [
        "inventory.account.proven.v1",
        "inventory.account.added.v1",
        "inventory.resource.discovered.v1",
    ]
    assert estate.published()[-1]["tenantid"] == TENANT


def test_everything_delivered_twice_and_shuffled_ends_as_once_in_order(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    sent = [bucket(n, n=n) for n in range(1, 8)]
    shuffled = [*sent, *sent]
    random.Random(3).shuffle(shuffled)
    for message in shuffled:
        estate.send(message)
    (shown,) = estate.resources()
    assert shown["version"] == 7
    history = estate.get(f"/resources/{shown['id']}/history")["items"]
    assert [step["value"] for change in history for step in change["patch"]][:3] == [7, 6, 5]
    assert estate.letters() == []


def test_a_call_on_many_machines_is_recorded_whole_over_several_commits(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    estate.send(call("ec2", "RunInstances", responseElements={"instancesSet": {"items": MACHINES}}))
    assert len(estate.resources(limit=200)) == len(MACHINES)
    found = [event["type"] for event in estate.published()]
    assert found.count("inventory.resource.discovered.v1") == len(MACHINES)
    assert "inventory.capture.continued.v1" in found


def test_a_poison_message_is_kept_with_the_reason_and_its_neighbours_are_recorded(
    estate: Estate,
) -> None:
    estate.claim(ACCOUNT)
    broken = fresh(item("AWS::S3::Bucket", "other", configurationItemCaptureTime="soon"), 90)
    foreign = fresh(item("AWS::S3::Bucket", "other", awsAccountId="999999999999"), 91)
    ahead = fresh(
        item("AWS::S3::Bucket", "x", configurationItemCaptureTime="2029-01-01T00:00:00Z"), 92
    )
    estate.send(broken, bucket(1, n=1), foreign, ahead)
    assert [one["native_id"] for one in estate.resources()] == ["logs"]
    assert len(estate.letters()) == 3
    assert "configurationItemCaptureTime" in estate.letters()[0]


def test_what_is_of_no_consequence_leaves_no_trace(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    denied = call("s3", "DeleteBucket", errorCode="AccessDenied")
    estate.send(denied, envelope("Scheduled Event", {}))
    assert estate.resources() == []
    assert estate.letters() == []


def test_the_life_of_a_machine_from_start_to_end(estate: Estate) -> None:
    estate.claim(ACCOUNT)
    started = call(
        "ec2", "RunInstances", responseElements={"instancesSet": {"items": MACHINES[:1]}}
    )
    id_ = MACHINES[0]["instanceId"]
    estate.send(started)
    for second, name in enumerate(("running", "stopping", "stopped", "terminated"), start=1):
        message = fresh(state(name, str(id_)), second)
        message["time"] = f"2026-03-10T09:01:{second:02d}Z"
        estate.send(message)
    assert estate.resources() == []
    (gone,) = estate.resources(state="deleted")
    assert gone["native_id"] == id_
    assert [event["type"].split(".")[2] for event in estate.published()[2:]] == [
        "discovered",
        "changed",
        "changed",
        "changed",
        "deleted",
    ]
    then = estate.get(f"/resources/{gone['id']}", at="2026-03-10T09:01:02Z")
    assert then["state"] == "stopping"
