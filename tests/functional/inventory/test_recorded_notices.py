"""From a cloud's own message to a resource that changed, and who changed it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from functions.inventory.handlers import record_notice
from functions.inventory.manifest import FUNCTIONS
from functions.inventory.model.collections import CHANGES, RESOURCES
from functions.inventory.model.resource import Change, Resource
from steward.contracts.intake import NoticeReceived
from steward.courier.envelopes import of_asset, of_audit, of_change, of_event_grid
from tests.edge_world import EdgeWorld, edge_world, message

SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
MACHINE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/web"
INSTANCE = "projects/shop-prod/zones/europe-west3-a/instances/web"
UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
(FUNCTION,) = (one for one in FUNCTIONS if one.name == "record-notice")


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path, FUNCTION)


def notice(envelope: dict[str, Any]) -> NoticeReceived:
    plain = {name: one for name, one in envelope.items() if name != "id"}
    return NoticeReceived(notice_id=envelope["id"], sender="s", **json.loads(json.dumps(plain)))


def deliver(world: EdgeWorld, *notices: NoticeReceived) -> None:
    for one in notices:
        body = message(one, id_=one.notice_id[-40:])
        assert world.deliver(record_notice.handler, [body]) == []
    assert world.letters.letters == []


def resources(world: EdgeWorld) -> list[Resource]:
    return list(world.work().table("inventory").of(RESOURCES).list(limit=50).items)


def history(world: EdgeWorld) -> list[Change]:
    (one,) = resources(world)
    page = (
        world.work().table("inventory").of(CHANGES).query(index="by_resource", key=one.id, limit=50)
    )
    return list(page.items)


def grid(second: int, kind: str = "Write", *, resource: Any = None, **data: Any) -> NoticeReceived:
    event = {
        "id": f"e{second}-{kind}",
        "subject": MACHINE,
        "source": f"/subscriptions/{SUBSCRIPTION}",
        "type": f"Microsoft.Resources.Resource{kind}Success",
        "time": f"2026-03-01T11:00:{second:02d}Z",
        "data": {
            "operationName": f"Microsoft.Compute/virtualMachines/{kind.lower()}",
            "claims": {UPN: "ada@example.com", "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"},
            "httpRequest": {"clientIpAddress": "203.0.113.7"},
            **data,
        },
    }
    return notice(of_event_grid(event, resource=resource))


def machine(size: str = "Standard_D2s_v5") -> dict[str, Any]:
    return {
        "id": MACHINE,
        "location": "westeurope",
        "properties": {"provisioningState": "Succeeded", "hardwareProfile": {"vmSize": size}},
    }


def test_a_written_resource_is_there_within_one_message_with_who_wrote_it(world: EdgeWorld) -> None:
    deliver(world, grid(1, resource=machine()))
    (found,) = resources(world)
    assert found.subject.region == "westeurope"
    assert found.facts.size == "Standard_D2s_v5"
    (entry,) = history(world)
    assert entry.actor is not None
    assert entry.actor.model_dump() == {
        "who": "ada@example.com",
        "from_ip": "203.0.113.7",
        "tool": "Azure CLI",
    }


def test_an_action_changes_the_state_and_a_deletion_ends_it(world: EdgeWorld) -> None:
    stop = {"operationName": "Microsoft.Compute/virtualMachines/deallocate/action"}
    deliver(world, grid(1, resource=machine()), grid(2, "Action", **stop))
    (found,) = resources(world)
    assert (found.facts.state, found.subject.region) == ("deallocated", "westeurope")
    deliver(world, grid(3, "Delete"))
    assert resources(world)[0].facts.deleted


def change(second: int, changes: dict[str, Any], kind: str = "Update") -> NoticeReceived:
    wrapped = {
        path: {"newValue": value, "propertyChangeType": "Update"} for path, value in changes.items()
    }
    row = {
        "id": f"{MACHINE}/providers/Microsoft.Resources/changes/{second}",
        "properties": {
            "targetResourceId": MACHINE.lower(),
            "changeType": kind,
            "changeAttributes": {
                "timestamp": f"2026-03-01T11:00:{second:02d}.000Z",
                "changedBy": "bob@example.com",
                "clientType": "Azure Portal",
            },
            "changes": wrapped,
        },
    }
    return notice(of_change(row))


def test_the_change_feed_edits_what_it_tells_and_guesses_no_types(world: EdgeWorld) -> None:
    told = {"tags.cost.center": "7", "properties.hardwareProfile.vmSize": "Standard_D4s_v5"}
    deliver(world, grid(1, resource=machine()), change(2, {**told, "properties.diskSizeGB": "64"}))
    (found,) = resources(world)
    assert found.facts.tags == {"cost.center": "7"}
    properties = found.facts.configuration["properties"]
    assert properties["hardwareProfile"] == {"vmSize": "Standard_D4s_v5"}
    assert "diskSizeGB" not in properties
    actor = history(world)[-1].actor
    assert actor is not None
    assert (actor.who, actor.tool) == ("bob@example.com", "Azure Portal")


def audit(second: int, method: str, **payload: Any) -> NoticeReceived:
    entry = {
        "timestamp": f"2026-03-01T11:00:{second:02d}Z",
        "resource": {"labels": {"project_id": "shop-prod"}},
        "protoPayload": {
            "serviceName": "compute.googleapis.com",
            "methodName": method,
            "resourceName": INSTANCE,
            "authenticationInfo": {"principalEmail": "ada@example.com"},
            "requestMetadata": {"callerIp": "203.0.113.7", "callerSuppliedUserAgent": "gcloud/500"},
            **{name: one for name, one in payload.items() if name != "operation"},
        },
        **({"operation": payload["operation"]} if "operation" in payload else {}),
    }
    return notice(of_audit(f"a{second}-{method}", entry, {}))


def asset(second: int, *, status: str = "RUNNING", deleted: bool = False) -> NoticeReceived:
    feed: dict[str, Any] = {
        "asset": {
            "name": f"//compute.googleapis.com/{INSTANCE}",
            "assetType": "compute.googleapis.com/Instance",
            "ancestors": ["projects/518122731295"],
            "updateTime": f"2026-03-01T11:00:{second:02d}Z",
            "resource": {"location": "europe-west3-a", "data": {"name": "web", "status": status}},
        },
        "window": {"startTime": f"2026-03-01T11:00:{second:02d}Z"},
    }
    return notice(of_asset({**feed, "deleted": True} if deleted else feed, {}))


def test_the_feed_says_what_and_the_trail_who_in_either_order(tmp_path: Path) -> None:
    for number, order in enumerate(itertools.permutations([0, 1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        here = edge_world(folder, FUNCTION)
        both = (audit(1, "v1.compute.instances.insert"), asset(3))
        deliver(here, *(both[place] for place in order))
        (found,) = resources(here)
        assert (found.facts.state, found.subject.account) == ("RUNNING", "shop-prod")
        assert found.facts.partial is None
        actors = [one.actor.who if one.actor else None for one in history(here)]
        assert actors == ["ada@example.com"] * 2


def test_a_change_far_from_any_call_has_no_actor(world: EdgeWorld) -> None:
    late = asset(3).model_copy(update={"at": asset(3).at.replace(minute=30)})
    deliver(world, audit(1, "v1.compute.instances.insert"), late)
    assert [one.actor for one in history(world)][-1] is None


def test_any_order_and_number_of_deliveries_ends_in_the_same_resource(tmp_path: Path) -> None:
    all_of_them = [
        audit(1, "v1.compute.instances.insert"),
        asset(3),
        asset(10, status="TERMINATED"),
        audit(9, "v1.compute.instances.stop"),
    ]
    ends: set[str] = set()
    for number, order in enumerate(itertools.permutations(range(4))):
        folder = tmp_path / str(number)
        folder.mkdir()
        here = edge_world(folder, FUNCTION)
        deliver(here, *(all_of_them[place] for place in (*order, *order[:2])))
        (found,) = resources(here)
        facts = found.model_dump(mode="json", exclude={"version"})
        ends.add(json.dumps([facts, [one.actor is None for one in history(here)]]))
    assert len(ends) == 1


def test_a_deletion_counts_when_it_has_ended(world: EdgeWorld) -> None:
    begun = audit(5, "v1.compute.instances.delete", operation={"id": "o", "first": True})
    deliver(world, asset(3), begun)
    assert not resources(world)[0].facts.deleted
    ended = audit(6, "v1.compute.instances.delete", operation={"id": "o", "last": True})
    deliver(world, ended, asset(7, deleted=True))
    assert resources(world)[0].facts.deleted


@pytest.mark.parametrize(
    "ignored",
    [
        audit(1, "v1.compute.instances.insert", status={"code": 7}),
        audit(1, "v1.compute.instances.get"),
        audit(1, "io.k8s.core.v1.pods.create", serviceName="k8s.io"),
        audit(1, "storage.objects.create", resourceName="projects/_/buckets/b/objects/o"),
        audit(1, "x.insert", resourceName=""),
        grid(1, "Write").model_copy(update={"kind": "Microsoft.Resources.ResourceWriteFailure"}),
        change(1, {}).model_copy(update={"source": "azure.unheard"}),
    ],
    ids=lambda one: f"{one.source}-{one.kind}"[:60],
)
def test_what_changes_nothing_is_ignored(world: EdgeWorld, ignored: NoticeReceived) -> None:
    deliver(world, ignored)
    assert resources(world) == []


def test_a_bucket_is_named_as_the_feed_names_it(world: EdgeWorld) -> None:
    made = audit(
        1,
        "storage.buckets.create",
        serviceName="storage.googleapis.com",
        resourceName="projects/_/buckets/media",
    )
    deliver(world, made)
    assert resources(world)[0].subject.native_id == "//storage.googleapis.com/media"


NUMBER = "518122731295"
PROJECTS = {NUMBER: "shop-prod"}
BROAD = {"bindings": [{"role": "roles/owner", "members": ["user:eve@example.com"]}]}


def project(second: int, **content: Any) -> NoticeReceived:
    data = {"projectId": "shop-prod", "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}
    told = content or {"resource": {"data": data}}
    feed = {
        "asset": {
            "name": f"//cloudresourcemanager.googleapis.com/projects/{NUMBER}",
            "assetType": "cloudresourcemanager.googleapis.com/Project",
            "ancestors": [f"projects/{NUMBER}"],
            "updateTime": f"2026-03-01T11:00:{second:02d}Z",
            **told,
        }
    }
    return notice(of_asset(feed, PROJECTS))


def policy_set(second: int, method: str = "SetIamPolicy") -> NoticeReceived:
    return audit(
        second,
        method,
        serviceName="cloudresourcemanager.googleapis.com",
        resourceName="projects/shop-prod",
        response={"@type": "type.googleapis.com/google.iam.v1.Policy", "etag": "BwX=", **BROAD},
    )


@pytest.mark.parametrize(
    "method", ["SetIamPolicy", "google.cloud.resourcemanager.v3.Projects.SetIamPolicy"]
)
def test_a_project_whose_policy_is_set_has_it_at_once_and_by_whom(
    world: EdgeWorld, method: str
) -> None:
    deliver(world, project(1), policy_set(5, method))
    (found,) = resources(world)
    assert (found.subject.account, found.facts.configuration["projectNumber"]) == (
        "shop-prod",
        NUMBER,
    )
    policy = found.facts.configuration["supplementary"]["iamPolicy"]
    assert policy == {"etag": "BwX=", **BROAD}
    actor = history(world)[-1].actor
    assert actor is not None
    assert (actor.who, actor.from_ip) == ("ada@example.com", "203.0.113.7")


def test_a_policy_of_a_project_that_is_not_known_waits_for_the_next_sweep(world: EdgeWorld) -> None:
    deliver(world, policy_set(5))
    assert resources(world) == []


def test_a_feed_of_resources_takes_no_policy_away_in_any_order(tmp_path: Path) -> None:
    told = (project(1), project(3, iamPolicy=BROAD), project(5))
    for number, order in enumerate(itertools.permutations(range(3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        here = edge_world(folder, FUNCTION)
        deliver(here, *(told[place] for place in order))
        (found,) = resources(here)
        assert found.facts.configuration["projectId"] == "shop-prod"
        assert found.facts.configuration["supplementary"] == {"iamPolicy": BROAD}


def test_a_notice_from_the_future_goes_to_the_dead_letters(world: EdgeWorld) -> None:
    ahead = asset(3).model_copy(update={"at": asset(3).at.replace(year=2030)})
    world.deliver(record_notice.handler, [message(ahead)])
    assert len(world.letters.letters) == 1
    assert "ahead of this clock" in world.letters.letters[0][1]["reason"]
