from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from steward.contracts.inventory import ResourceChanged, ResourceDeleted, ResourceDiscovered
from steward.identity import Role
from steward.identity.directory import KEYS, new_key
from steward.local.pump import Pump
from steward.local.shapes import Request, http_event
from steward.manifest import Function, Queue, Routes, Table, load_functions
from steward.store.work import MemoryClaims, Scope, Work
from tests.edge_world import cloud_event
from tests.functional.policy.policy_world import resource

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEEPER = Function(
    name="keep",
    handler="functions.test.handlers.keep.handler",
    trigger=Queue(events=("policy.finding.opened.v1",)),
    uses=(Table("directory"),),
)
OPEN = {"blockPublicAcls": True, "ignorePublicAcls": True, "blockPublicPolicy": False}
SHUT = {**OPEN, "blockPublicPolicy": True, "restrictPublicBuckets": True}
RULE = "s3-bucket-public-access-not-blocked"


def served_by(path: str) -> str:
    """The function that the manifest leads a path to."""
    routed = [one for one in load_functions(["policy"]) if isinstance(one.trigger, Routes)]
    for function in routed:
        assert isinstance(function.trigger, Routes)
        if any(path == root or path.startswith(f"{root}/") for root in function.trigger.paths):
            return function.id
    raise AssertionError(f"{path}: no function is triggered by it")


class Estate:
    """Policy's functions on the one-thread runtime, and keys of two tenants."""

    def __init__(self, data: Path) -> None:
        self.now = START
        self.sent = 0
        functions = load_functions(["policy"])
        self.pump = Pump(data, functions=functions, clock=lambda: self.now)
        self.admin = self.key(Role.ADMIN, "acme")
        self.viewer = self.key(Role.VIEWER, "acme")
        self.stranger = self.key(Role.ADMIN, "other")

    def capture(self, version: int, block: dict[str, bool], **changes: Any) -> dict[str, Any]:
        """The event of a bucket with that public access block, on the bus."""
        view = resource(version, supplementary={"PublicAccessBlockConfiguration": block})
        view = view.model_copy(update=changes)
        self.sent += 1
        paths = ("/configuration/supplementary/PublicAccessBlockConfiguration/blockPublicPolicy",)
        event = (
            ResourceDiscovered(resource=view, change_id=f"c{version}")
            if version == 1
            else ResourceChanged(resource=view, change_id=f"c{version}", changed_paths=paths)
        )
        detail: dict[str, Any] = cloud_event(event, id_=f"e{self.sent}")["detail"]
        return detail

    def send(self, *events: dict[str, Any]) -> None:
        self.pump.put_events(*events)
        self.pump.drain()

    def http(
        self, method: str, path: str, *, key: str, body: object = None, **query: object
    ) -> tuple[int, Any]:
        request = Request(
            method=method,
            path=f"/api/v1/policy{path}",
            query=urlencode(query),
            headers=(("authorization", f"Bearer {key}"), ("content-type", "application/json")),
            body=b"" if body is None else json.dumps(body).encode(),
            source_ip="127.0.0.1",
            request_id="request-1",
            at=self.now.timestamp(),
            resource=f"/api/v1/policy{path}",
            proxy=None,
        )
        answer = self.pump.invoke(served_by(request.path), http_event(request))
        return answer["statusCode"], json.loads(answer["body"])

    def items(self, path: str = "/findings", **query: object) -> list[dict[str, Any]]:
        status, answer = self.http("GET", path, key=self.viewer, **query)
        assert status == 200, answer
        items: list[dict[str, Any]] = answer["items"]
        return items

    def published(self) -> list[str]:
        rows = self.pump.connection.execute(
            "SELECT body FROM events WHERE bus = 'steward' ORDER BY seq"
        ).fetchall()
        types = [json.loads(body)["detail"]["type"] for (body,) in rows]
        return [kind for kind in types if kind.startswith("policy.finding.")]

    def key(self, role: Role, tenant: str, *scopes: str) -> str:
        plaintext, kept = new_key(tenant=tenant, role=role, name=role.value, now=self.now)
        work = Work(
            Scope(
                store=self.pump.store,
                claims=MemoryClaims(),
                function=KEEPER,
                tenant=tenant,
                now=self.now,
                commit_id=f"key-{tenant}-{role.value}-{len(scopes)}",
                actor="test",
                correlation_id="test",
            )
        )
        work.table("directory").of(KEYS).add(
            kept.model_copy(update={"scopes": scopes}) if scopes else kept
        )
        work.commit()
        return plaintext


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    made = Estate(tmp_path)
    yield made
    made.pump.close()


def test_a_change_becomes_a_finding_and_its_repair_resolves_it(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    assert (finding["status"], finding["severity"]) == ("open", "high")
    assert finding["message"].startswith("Bucket orders does not block all public access")
    estate.send(estate.capture(2, SHUT))
    (finding,) = estate.items(rule=RULE)
    assert (finding["status"], finding["resolved_reason"]) == (
        "resolved",
        "the resource keeps to the rule",
    )
    assert estate.published()[-1] == "policy.finding.resolved.v1"


def test_everything_delivered_twice_and_shuffled_ends_as_the_newest_says(estate: Estate) -> None:
    events = [estate.capture(n, SHUT if n % 2 else OPEN) for n in range(1, 7)]
    shuffled = [*events, *events]
    random.Random(5).shuffle(shuffled)
    for event in shuffled:
        estate.send(event)
    (finding,) = estate.items(rule=RULE)
    assert finding["status"] == "open"


def test_a_deleted_resource_leaves_no_open_finding(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    gone = ResourceDeleted(
        resource=resource(2).model_copy(update={"state": "deleted"}), change_id="c2"
    )
    estate.send(cloud_event(gone, id_="gone")["detail"])
    assert estate.items(status="open") == []
    assert {one["resolved_reason"] for one in estate.items()} == {"the resource was deleted"}


@pytest.mark.parametrize(
    ("query", "buckets", "of"),
    [
        ({}, 3, None),
        ({"status": "open"}, 3, None),
        ({"status": "resolved"}, 0, None),
        ({"rule": RULE}, 3, RULE),
        ({"rule": RULE, "account": "222233334444"}, 1, RULE),
        ({"severity": "high"}, 3, "high"),
        ({"severity": "high", "status": "open"}, 3, "high"),
        ({"severity": "medium"}, 3, "medium"),
        ({"resource": "r-1"}, 1, None),
        ({"resource": "r-1", "rule": RULE}, 1, RULE),
        ({"account": "111122223333"}, 2, None),
        ({"account": "nobody"}, 0, None),
    ],
)
def test_a_list_holds_what_all_filters_take(
    estate: Estate, query: dict[str, str], buckets: int, of: str | None
) -> None:
    for number in range(3):
        account = "222233334444" if number == 2 else "111122223333"
        estate.send(estate.capture(1, OPEN, id=f"r-{number}", account=account))
    each = [
        one for one in estate.items(resource="r-2") if of in (None, one["severity"], one["rule_id"])
    ]
    wanted = buckets * len(each)
    assert each
    assert len(estate.items(**query)) == wanted
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(wanted + 1):
        _, page = estate.http("GET", "/findings", key=estate.viewer, limit=1, **query, **cursor)
        seen += [one["id"] for one in page["items"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert sorted(seen) == sorted(one["id"] for one in estate.items(**query))


def test_a_finding_is_waived_with_a_reason_until_a_date(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    body = {"reason": "a public website", "until": (START + timedelta(days=30)).isoformat()}
    path = f"/findings/{finding['id']}"
    status, waived = estate.http("POST", f"{path}/waive", key=estate.admin, body=body)
    assert (status, waived["status"]) == (200, "waived")
    assert waived["waiver"]["reason"] == "a public website"
    assert estate.http("GET", path, key=estate.viewer) == (200, waived)
    estate.pump.drain()
    assert estate.published()[-1] == "policy.finding.waived.v1"
    estate.now += timedelta(days=31)
    estate.send(estate.capture(2, OPEN))
    (again,) = estate.items(rule=RULE)
    assert (again["status"], again["waiver"]) == ("reopened", None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"reason": "x", "until": "2026-04-01T00:00:00Z"}, "reason"),
        ({"reason": "known"}, "until"),
        ({"reason": "known", "until": "2026-04-01T00:00:00"}, "until"),
        ({"reason": "known", "until": "2026-01-01T00:00:00Z"}, "choose a moment after now"),
        ({"reason": "known", "until": "2029-01-01T00:00:00Z"}, "within 366 days"),
        ({"reason": "known", "until": "2026-04-01T00:00:00Z", "who": "me"}, "who"),
    ],
)
def test_a_waiver_with_a_fault_is_refused_by_name(
    estate: Estate, body: dict[str, str], words: str
) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    status, problem = estate.http(
        "POST", f"/findings/{finding['id']}/waive", key=estate.admin, body=body
    )
    assert status == 422
    assert words in problem["detail"]


def test_a_viewer_may_look_but_not_waive(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    body = {"reason": "known", "until": "2026-04-01T00:00:00Z"}
    status, _ = estate.http(
        "POST", f"/findings/{finding['id']}/waive", key=estate.viewer, body=body
    )
    assert status == 403


def test_another_tenant_sees_and_changes_nothing(estate: Estate) -> None:
    estate.send(estate.capture(1, OPEN))
    (finding,) = estate.items(rule=RULE)
    path = f"/findings/{finding['id']}"
    body = {"reason": "known", "until": "2026-04-01T00:00:00Z"}
    assert estate.http("GET", "/findings", key=estate.stranger)[1]["items"] == []
    assert estate.http("GET", path, key=estate.stranger)[0] == 404
    assert estate.http("POST", f"{path}/waive", key=estate.stranger, body=body)[0] == 404


@pytest.mark.parametrize("path", ["/findings", "/findings/x", "/rules", f"/rules/{RULE}"])
def test_nobody_without_a_key_gets_an_answer(estate: Estate, path: str) -> None:
    assert estate.http("GET", path, key="stw_wrong")[0] == 401


def test_the_rules_are_listed_in_pages_and_shown_one_by_one(estate: Estate) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        _, page = estate.http("GET", "/rules", key=estate.viewer, limit=20, **cursor)
        seen += [rule["id"] for rule in page["items"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert seen == sorted(set(seen))
    assert len(seen) >= 30
    critical = estate.items("/rules", severity="critical", resource_type="AWS::S3::Bucket")
    assert {rule["id"] for rule in critical} == {"s3-bucket-acl-public", "s3-bucket-policy-public"}
    status, rule = estate.http("GET", f"/rules/{RULE}", key=estate.viewer)
    assert (status, rule["controls"]["fsbp"]) == (200, ["S3.8"])
    assert estate.http("GET", "/rules/none", key=estate.viewer)[0] == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/findings", {"severity": "urgent"}),
        ("/findings", {"status": "closed"}),
        ("/findings", {"limit": 0}),
        ("/findings", {"cursor": "nonsense"}),
        ("/rules", {"cursor": "nonsense"}),
    ],
)
def test_a_query_with_a_fault_is_refused(estate: Estate, path: str, query: dict[str, Any]) -> None:
    assert estate.http("GET", path, key=estate.viewer, **query)[0] == 422
