"""From a finding to a message: routes, retries, ends, replays, over the real edge and a real receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.notify.handlers import announce_finding, api, send_delivery
from functions.notify.model.delivery import MAX_ATTEMPTS, RETRIES, Delivery, DeliveryStatus
from functions.notify.ports import DELIVERIES
from steward.contracts.event import registry
from steward.contracts.policy import FindingOpened, FindingResolved, FindingUpdated, FindingView
from steward.identity import Role
from steward.manifest import load_function
from steward.standard_webhooks import verify
from tests.edge_world import NOON, EdgeWorld, cloud_event, edge_world, record
from tests.receiver import Behave, Receiver, answer, receiver, reset

HANDLERS = {
    "notify.announce-finding": announce_finding.handler,
    "notify.send-delivery": send_delivery.handler,
    "notify.notify-api": api.handler,
}


def finding(**changes: Any) -> FindingView:
    fields: dict[str, Any] = {
        "id": "f1",
        "rule_id": "s3-public",
        "rule_title": "Bucket is public",
        "severity": "high",
        "status": "open",
        "resource_id": "r1",
        "resource_type": "AWS::S3::Bucket",
        "account": "123456789012",
        "region": "eu-central-1",
        "resource_name": "invoices",
        "tags": {"team": "billing"},
        "message": "Anyone may read it.",
        "remediation": "Block public access.",
        "opened_at": NOON,
        "updated_at": NOON,
        "version": 1,
    }
    return FindingView(**{**fields, **changes})


@dataclass
class NotifyWorld:
    """The three functions over one store, with a hand-moved clock and its timers."""

    edge: EdgeWorld
    key: str
    seen: set[str] = field(default_factory=set)
    timers: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)

    def run(self, name: str, event: Mapping[str, Any]) -> Any:
        self.edge.resources = self.edge.resources.of(load_function(name))
        return self.edge.call(HANDLERS[name], event)

    def tell(self, event: Any, *, id_: str = "e1", **changes: Any) -> list[Any]:
        body = json.dumps(cloud_event(event, id_=id_, **changes))
        failures = self.run("notify.announce-finding", {"Records": [record(body)]})
        return list(failures["batchItemFailures"])

    def http(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        event = {
            "version": "2.0",
            "rawPath": f"/api/v1/notify{path}",
            "rawQueryString": query,
            "queryStringParameters": dict(part.split("=") for part in query.split("&") if part),
            "headers": {
                "authorization": f"Bearer {key or self.key}",
                "content-type": "application/json",
                **(headers or {}),
            },
            "requestContext": {
                "http": {"method": method, "path": f"/api/v1/notify{path}"},
                "requestId": "q1",
                "stage": "$default",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        result = self.run("notify.notify-api", event)
        return result["statusCode"], json.loads(result["body"]) if result.get("body") else None

    def pump(self) -> None:
        """Carry what was published, and the timers that are due, until it is quiet."""
        while due := self._take():
            for event in due:
                self.published.append(event)
                if event["type"] == "notify.delivery.due.v1":
                    kind = registry()[event["type"]]
                    body = json.dumps(cloud_event(kind(**event["data"]), id_=event["id"]))
                    result = self.run("notify.send-delivery", {"Records": [record(body)]})
                    assert result["batchItemFailures"] == []

    def forward(self, by: timedelta) -> None:
        self.edge.clock.forward(by)
        self.pump()

    def _take(self) -> list[dict[str, Any]]:
        due = []
        for item in sorted(self.edge.outbox(), key=lambda item: item["at"]):
            if item["commit"] in self.seen:
                continue
            self.seen.add(item["commit"])
            due += item["events"]
            for timer in item["timers"]:
                if timer["op"] == "cancel":
                    self.timers.pop(timer["key"], None)
                else:
                    self.timers[timer["key"]] = (
                        datetime.fromisoformat(timer["at"]),
                        timer["event"],
                    )
        ripe = [key for key, (at, _) in self.timers.items() if at <= self.edge.clock()]
        return due + [self.timers.pop(key)[1] for key in ripe]

    def types(self) -> list[str]:
        return [event["type"] for event in self.published if "due" not in event["type"]]

    def deliveries(self) -> list[Delivery]:
        work = self.edge.work(function=load_function("notify.notify-api"))
        return list(work.table("notify").of(DELIVERIES).list(limit=500).items)

    def endpoint(self, server: Receiver, **changes: Any) -> tuple[str, str]:
        destination = {"kind": "webhook", "url": server.url, **changes}
        status, made = self.http("POST", "/endpoints", {"name": "ops", "destination": destination})
        assert status == 200, made
        return made["endpoint"]["id"], made["secret"]

    def route(self, endpoint_id: str, **filter_: Any) -> str:
        draft = {"name": "all", "endpoint_id": endpoint_id, "filter": filter_}
        status, made = self.http("POST", "/routes", draft)
        assert status == 200, made
        return str(made["id"])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NotifyWorld:
    edge = edge_world(tmp_path, load_function("notify.notify-api"))
    return NotifyWorld(edge, edge.add_key(Role.ADMIN))


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Any:
    def permit(*servers: Receiver) -> None:
        monkeypatch.setenv("OUTBOUND_ALLOW", ",".join(server.authority for server in servers))

    return permit


@pytest.fixture
def server(allow: Any) -> Iterator[Receiver]:
    with receiver(answer(200)) as running:
        allow(running)
        yield running


def scripted(server: Receiver, *behaviours: Behave) -> None:
    server.behaviours[:] = list(behaviours)


def test_a_finding_becomes_a_signed_message(world: NotifyWorld, server: Receiver) -> None:
    endpoint_id, secret = world.endpoint(server)
    world.route(endpoint_id)
    assert world.tell(FindingOpened(finding=finding(), reason="new")) == []
    world.pump()
    request = server.requests[0]
    verify(request.body, headers=request.headers, keys=[secret], now=NOON)
    body = json.loads(request.body)
    assert body["type"] == "policy.finding.opened.v1"
    assert body["data"]["finding_id"] == "f1"
    assert world.types() == ["notify.message.delivered.v1"]
    assert [each.status for each in world.deliveries()] == [DeliveryStatus.DELIVERED]


def test_a_duplicate_event_and_a_duplicate_timer_change_nothing(
    world: NotifyWorld, server: Receiver
) -> None:
    world.route(world.endpoint(server)[0])
    for _ in range(3):
        world.tell(FindingOpened(finding=finding()))
    world.pump()
    due = next(event for event in world.published if "due" in event["type"])
    world.published.clear()
    kind = registry()[due["type"]]
    for id_ in (due["id"], "another"):
        body = json.dumps(cloud_event(kind(**due["data"]), id_=id_))
        world.run("notify.send-delivery", {"Records": [record(body)]})
    world.pump()
    assert (len(server.requests), world.types()) == (1, [])


def test_two_routes_to_one_endpoint_make_one_message(world: NotifyWorld, server: Receiver) -> None:
    endpoint_id, _ = world.endpoint(server)
    world.route(endpoint_id)
    world.route(endpoint_id, minimum="high")
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("filter_", "told"),
    [
        ({"minimum": "critical"}, False),
        ({"minimum": "medium"}, True),
        ({"events": ["*.resolved.v1"]}, False),
        ({"events": ["policy.*"]}, True),
        ({"accounts": ["999999999999"]}, False),
        ({"accounts": ["123456789012"]}, True),
        ({"tags": {"team": "bill*"}}, True),
        ({"tags": {"team": "web"}}, False),
        ({"tags": {"owner": "*"}}, False),
    ],
)
def test_a_route_lets_through_what_fulfils_it(
    world: NotifyWorld, server: Receiver, filter_: dict[str, Any], *, told: bool
) -> None:
    world.route(world.endpoint(server)[0], **filter_)
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    assert bool(server.requests) is told


def test_an_update_is_told_only_when_the_severity_changed(
    world: NotifyWorld, server: Receiver
) -> None:
    world.route(world.endpoint(server)[0])
    world.tell(FindingOpened(finding=finding()), id_="e1")
    world.tell(FindingUpdated(finding=finding(version=2, message="other")), id_="e2")
    world.tell(FindingUpdated(finding=finding(version=3, severity="critical")), id_="e3")
    world.pump()
    assert [json.loads(each.body)["data"]["severity"] for each in server.requests] == [
        "high",
        "critical",
    ]


def test_a_late_event_says_so(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0])
    world.tell(FindingResolved(finding=finding(version=2, status="resolved")), id_="e2")
    world.tell(FindingOpened(finding=finding()), id_="e1")
    world.pump()
    late = {
        json.loads(each.body)["type"].split(".")[2]: json.loads(each.body)["data"]["late"]
        for each in server.requests
    }
    assert late == {"resolved": False, "opened": True}


@pytest.mark.parametrize("behave", [answer(500), answer(302), answer(404), answer(429), reset])
def test_what_fails_is_tried_again_with_the_same_id_until_it_is_given_up(
    world: NotifyWorld, server: Receiver, behave: Behave
) -> None:
    world.route(world.endpoint(server)[0])
    scripted(server, behave)
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    for wait in RETRIES:
        world.forward(wait * 1.1 + timedelta(seconds=1))
    assert len(server.requests) == MAX_ATTEMPTS
    assert len({each.headers["webhook-id"] for each in server.requests}) == 1
    assert len({each.body for each in server.requests}) == 1
    delivery = world.deliveries()[0]
    assert delivery.status is DeliveryStatus.DEAD_LETTERED
    assert len(delivery.attempts) == MAX_ATTEMPTS
    assert world.types() == ["notify.message.failed.v1"] * (MAX_ATTEMPTS - 1) + [
        "notify.message.dead-lettered.v1"
    ]


def test_a_replay_sends_again_under_the_same_id(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0])
    scripted(server, answer(410), answer(200))
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    delivery = world.deliveries()[0]
    world.http("POST", f"/endpoints/{delivery.endpoint_id}/enable")
    status, _ = world.http("POST", f"/deliveries/{delivery.id}/replay")
    world.pump()
    assert status == 200
    assert [each.headers["webhook-id"] for each in server.requests] == [delivery.webhook_id] * 2
    assert world.deliveries()[0].status is DeliveryStatus.DELIVERED


def test_a_replay_while_an_attempt_is_planned_is_refused(
    world: NotifyWorld, server: Receiver
) -> None:
    world.route(world.endpoint(server)[0])
    scripted(server, answer(500))
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    status, problem = world.http("POST", f"/deliveries/{world.deliveries()[0].id}/replay")
    assert (status, "planned for" in problem["detail"]) == (422, True)


def test_410_disables_the_endpoint_and_keeps_what_comes_after(
    world: NotifyWorld, server: Receiver
) -> None:
    endpoint_id, _ = world.endpoint(server)
    world.route(endpoint_id)
    scripted(server, answer(410))
    world.tell(FindingOpened(finding=finding()), id_="e1")
    world.pump()
    world.tell(FindingOpened(finding=finding(id="f2")), id_="e2")
    world.pump()
    assert len(server.requests) == 1
    assert "notify.endpoint.disabled.v1" in world.types()
    assert world.http("GET", f"/endpoints/{endpoint_id}")[1]["status"] == "disabled"
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.DEAD_LETTERED}


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(world: NotifyWorld, server: Receiver, status: int) -> None:
    world.route(world.endpoint(server)[0])
    scripted(server, answer(status, Retry_After="120"), answer(200))
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    world.forward(timedelta(seconds=119))
    assert len(server.requests) == 1
    world.forward(timedelta(seconds=1))
    assert len(server.requests) == 2


def test_after_a_rotation_both_keys_verify_and_later_the_new_one_alone(
    world: NotifyWorld, server: Receiver
) -> None:
    endpoint_id, old = world.endpoint(server)
    world.route(endpoint_id)
    _, rotated = world.http("POST", f"/endpoints/{endpoint_id}/rotate")
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    first = server.requests[0]
    for key in (old, rotated["secret"]):
        verify(first.body, headers=first.headers, keys=[key], now=NOON)
    world.forward(timedelta(hours=25))
    world.tell(FindingResolved(finding=finding(version=2, status="resolved")), id_="e2")
    world.pump()
    second = server.requests[1]
    assert len(second.headers["webhook-signature"].split(" ")) == 1
    verify(second.body, headers=second.headers, keys=[rotated["secret"]], now=world.edge.clock())


def test_an_ed25519_endpoint_shows_its_public_key_and_signs_with_the_other(
    world: NotifyWorld, server: Receiver
) -> None:
    endpoint_id, secret = world.endpoint(server, algorithm="ed25519")
    assert secret is None
    _, endpoint = world.http("GET", f"/endpoints/{endpoint_id}")
    world.http("POST", f"/endpoints/{endpoint_id}/test")
    world.pump()
    request = server.requests[0]
    public = endpoint["destination"]["keys"][0]["verifying"]
    verify(request.body, headers=request.headers, keys=[public], now=NOON)


def test_an_incoming_slack_webhook_gets_blocks(world: NotifyWorld, server: Receiver) -> None:
    body = {"name": "chat", "destination": {"kind": "slack-webhook", "url": server.url}}
    _, made = world.http("POST", "/endpoints", body)
    world.route(made["endpoint"]["id"])
    world.tell(FindingOpened(finding=finding(message="<!channel> & more")))
    world.pump()
    sent = json.loads(server.requests[0].body)
    assert sent["text"] == "[HIGH] Bucket is public: opened"
    assert "&lt;!channel&gt; &amp; more" in json.dumps(sent["blocks"])


def test_secrets_are_neither_in_the_state_nor_in_a_repeated_answer(
    world: NotifyWorld, server: Receiver, tmp_path: Path
) -> None:
    draft = {"name": "ops", "destination": {"kind": "webhook", "url": server.url}}
    repeat = {"idempotency-key": "k1"}
    _, first = world.http("POST", "/endpoints", draft, headers=repeat)
    _, second = world.http("POST", "/endpoints", draft, headers=repeat)
    assert first["secret"].startswith("whsec_")
    assert second == {**first, "secret": None}
    url = f"{server.url}/T0/B0/slack-secret"
    world.http(
        "POST", "/endpoints", {"name": "s", "destination": {"kind": "slack-webhook", "url": url}}
    )
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("steward.db*"))
    assert first["secret"].encode() not in stored
    assert b"slack-secret" not in stored
    assert b"whsec_" not in stored


def test_a_url_that_leads_inwards_is_refused(world: NotifyWorld) -> None:
    draft = {"name": "x", "destination": {"kind": "webhook", "url": "http://169.254.169.254/"}}
    status, problem = world.http("POST", "/endpoints", draft)
    assert (status, "use https" in problem["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "POST",
            "/endpoints",
            {"name": "x", "destination": {"kind": "email", "sender": "a@b.de", "to": ["c@d.de"]}},
        ),
        ("POST", "/endpoints/e/rotate", None),
        ("POST", "/endpoints/e/enable", None),
        ("POST", "/endpoints/e/test", None),
        ("DELETE", "/endpoints/e", None),
        ("POST", "/routes", {"name": "x", "endpoint_id": "e"}),
        ("DELETE", "/routes/r", None),
        ("POST", "/deliveries/d/replay", None),
    ],
)
def test_a_viewer_changes_nothing(world: NotifyWorld, method: str, path: str, body: Any) -> None:
    viewer = world.edge.add_key(Role.VIEWER)
    assert world.http(method, path, body, key=viewer)[0] == 403
    assert world.http(method, path, body, key="stw_unknown")[0] == 401


def test_another_tenant_sees_nothing(world: NotifyWorld, server: Receiver) -> None:
    endpoint_id, _ = world.endpoint(server)
    route_id = world.route(endpoint_id)
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    delivery_id = world.deliveries()[0].id
    rival = world.edge.add_key(Role.ADMIN, tenant="rival")
    for path in ("/endpoints", "/routes", "/deliveries"):
        assert world.http("GET", path, key=rival)[1]["items"] == []
    for method, path in (
        ("GET", f"/endpoints/{endpoint_id}"),
        ("DELETE", f"/endpoints/{endpoint_id}"),
        ("POST", f"/endpoints/{endpoint_id}/rotate"),
        ("POST", f"/endpoints/{endpoint_id}/enable"),
        ("POST", f"/endpoints/{endpoint_id}/test"),
        ("GET", f"/routes/{route_id}"),
        ("DELETE", f"/routes/{route_id}"),
        ("GET", f"/deliveries/{delivery_id}"),
        ("POST", f"/deliveries/{delivery_id}/replay"),
    ):
        assert world.http(method, path, key=rival)[0] == 404, (method, path)
    draft = {"name": "steal", "endpoint_id": endpoint_id}
    assert world.http("POST", "/routes", draft, key=rival)[0] == 404


def test_an_endpoint_goes_once_no_route_leads_to_it(
    world: NotifyWorld, server: Receiver, tmp_path: Path
) -> None:
    endpoint_id, _ = world.endpoint(server)
    route_id = world.route(endpoint_id)
    assert world.http("DELETE", f"/endpoints/{endpoint_id}")[0] == 422
    assert world.http("DELETE", f"/routes/{route_id}")[0] == 204
    assert world.http("DELETE", f"/endpoints/{endpoint_id}")[0] == 204
    assert world.http("GET", f"/endpoints/{endpoint_id}")[0] == 404
    assert [path for path in (tmp_path / "secrets").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("query", ["status=delivered", "endpoint_id={}", "finding_id=f1"])
def test_deliveries_are_found_by_one_condition(
    world: NotifyWorld, server: Receiver, query: str
) -> None:
    endpoint_id, _ = world.endpoint(server)
    world.route(endpoint_id)
    world.tell(FindingOpened(finding=finding()), id_="e1")
    world.pump()
    world.http("POST", f"/endpoints/{endpoint_id}/test")
    _, page = world.http("GET", "/deliveries", query=query.format(endpoint_id))
    expected = {"status=delivered": 1, "endpoint_id={}": 2, "finding_id=f1": 1}[query]
    assert len(page["items"]) == expected
    assert world.http("GET", "/deliveries", query="status=pending&finding_id=f1")[0] == 422


def test_a_flapping_finding_is_told_once_per_quiet_time_and_its_last_state_arrives(
    world: NotifyWorld, server: Receiver
) -> None:
    world.route(world.endpoint(server)[0], quiet="PT10M")
    for version in range(1, 8):
        open_ = version % 2 == 1
        view = finding(version=version, status="open" if open_ else "resolved")
        event = FindingOpened(finding=view) if open_ else FindingResolved(finding=view)
        world.tell(event, id_=f"e{version}")
        world.pump()
    last = finding(version=8, status="resolved")
    world.tell(FindingResolved(finding=last), id_="e8")
    world.pump()
    world.forward(timedelta(minutes=10))
    sent = [json.loads(each.body)["data"]["version"] for each in server.requests]
    assert sent == [1, 8]


def test_a_mailbox_needs_real_addresses(world: NotifyWorld) -> None:
    destination = {"kind": "email", "sender": "ops@example.com", "to": ["no address"]}
    status, problem = world.http("POST", "/endpoints", {"name": "m", "destination": destination})
    assert (status, "e-mail address" in problem["detail"]) == (422, True)


def test_the_clock_of_the_signature_is_the_works(world: NotifyWorld, server: Receiver) -> None:
    world.route(world.endpoint(server)[0])
    world.tell(FindingOpened(finding=finding()))
    world.pump()
    stamp = int(server.requests[0].headers["webhook-timestamp"])
    assert datetime.fromtimestamp(stamp, UTC) == NOON
