"""A role in one project, and policies by environment, over inventory, findings and deliveries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from functions.inventory.handlers.accounts_api import handler as accounts
from functions.inventory.handlers.api import handler as inventory
from functions.inventory.handlers.search import handler as search
from functions.inventory.model.collections import CHANGES, RESOURCES
from functions.inventory.model.identity import ChangeId
from functions.inventory.model.resource import Change, Effect, Facts, Resource, Source, Subject
from functions.notify.handlers.api import handler as notify
from functions.notify.model.delivery import Delivery, DeliveryStatus
from functions.notify.model.notice import Notice, Severity
from functions.notify.ports import DELIVERIES
from functions.policy.handlers.api import handler as policy
from functions.policy.model.evaluation import EVALUATIONS, Evaluation
from functions.policy.model.finding import FINDINGS, Finding
from steward.contracts.policy import FindingView
from steward.identity import Grant, Role
from steward.identity.directory import (
    ACCESS,
    PRINCIPALS,
    Access,
    Policy,
    Principal,
    ProjectScope,
    new_key,
)
from steward.manifest import load_function
from tests.asking import Asker
from tests.edge_world import KEEPER, NOON, TENANT, EdgeWorld, edge_world

SHOPS, BANKS, NOBODYS = "111111111111", "222222222222", "333333333333"
RESOURCES_AT = "/api/v1/inventory/resources"
FINDINGS_AT = "/api/v1/policy/findings"
DELIVERIES_AT = "/api/v1/notify/deliveries"
HANDS_OFF = (
    'forbid (principal, action in Action::"write", resource)'
    ' when { resource.environment == "production" && !context.mfa };'
)
FUNCTIONS = {
    "inventory": load_function("inventory.inventory-api"),
    "accounts": load_function("inventory.accounts-api"),
    "search": load_function("inventory.search-api"),
    "policy": load_function("policy.policy-api"),
    "notify": load_function("notify.notify-api"),
}


class Place(NamedTuple):
    """Where one resource is, with a finding on it and a delivery of that."""

    id: str
    account: str
    environment: str


PLACES = (
    Place("shop-live", "1", "Production"),
    Place("shop-test", "1", "test"),
    Place("bank-live", "2", "production"),
)


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    world = edge_world(tmp_path, FUNCTIONS["inventory"])
    for name, fill in (("inventory", _resources), ("policy", _findings), ("notify", _deliveries)):
        work = world.work(function=FUNCTIONS[name])
        fill(work.table(name))
        work.commit()
    _allow(world)
    return world


def _resources(table: Any) -> None:
    for place in PLACES:
        subject = Subject(
            account=place.account, region="eu-west-1", type="AWS::S3::Bucket", native_id=place.id
        )
        facts = Facts(tags={"environment": place.environment})
        change = Change(
            id=ChangeId(f"c-{place.id}"),
            resource_id=subject.id,
            previous=None,
            order="1",
            at=NOON,
            source=Source.CONFIG,
            effect=Effect.CAPTURED,
            event_id="e1",
            action="captured",
            actor=None,
        )
        table.of(CHANGES).put(change)
        table.of(RESOURCES).put(
            Resource(
                id=subject.id,
                subject=subject,
                facts=facts,
                captured_at=NOON,
                version=1,
                latest=change.id,
            )
        )


def _findings(table: Any) -> None:
    for place in PLACES:
        view = FindingView(
            id=place.id,
            rule_id="r",
            rule_title="R",
            severity="high",
            status="open",
            resource_id=place.id,
            resource_type="AWS::S3::Bucket",
            account=place.account,
            region="eu-west-1",
            resource_name=place.id,
            tags={"environment": place.environment},
            message="m",
            remediation="r",
            opened_at=NOON,
            updated_at=NOON,
            version=1,
        )
        table.of(FINDINGS).put(Finding(view=view))
        table.of(EVALUATIONS).put(Evaluation(resource_id=place.id, version=1, pack="p"))


def _deliveries(table: Any) -> None:
    for place in PLACES:
        notice = Notice(
            event_id="e1",
            event_type="policy.finding.opened.v1",
            finding_id=place.id,
            version=1,
            severity=Severity.HIGH,
            status="open",
            title="R",
            message="m",
            remediation="r",
            rule_id="r",
            resource_id=place.id,
            resource_type="AWS::S3::Bucket",
            resource_name=place.id,
            account=place.account,
            region="eu-west-1",
            tags={"environment": place.environment},
            reason="",
            opened_at=NOON,
            updated_at=NOON,
        )
        delivery = Delivery(
            id=place.id,
            endpoint_id="e",
            route_id="r",
            notice=notice,
            status=DeliveryStatus.DELIVERED,
            created_at=NOON,
            updated_at=NOON,
        )
        table.of(DELIVERIES).put(delivery)


def _allow(world: EdgeWorld, *texts: str) -> None:
    """The tenant's policies, beside its project: everything in account 1."""
    work = world.work(function=KEEPER)
    kept = work.table("directory").of(ACCESS)
    kept.get("current")
    policies = tuple(Policy(id=f"p{number}", text=text) for number, text in enumerate(texts))
    scopes = (ProjectScope(id="shop", accounts=("aws/1", f"aws/{SHOPS}")),)
    kept.put(Access(version=1, policies=policies, projects=scopes))
    work.commit()
    world.resources.directory.forget()


def holder(world: EdgeWorld, *grants: Grant) -> str:
    """A key of somebody with these grants."""
    work = world.work(function=KEEPER)
    id_ = f"user:{len(grants)}-{grants[0].role}"
    work.table("directory").of(PRINCIPALS).put(Principal(id=id_, grants=grants))
    work.commit()
    plaintext, key = new_key(tenant=TENANT, role=Role.VIEWER, name="test", now=world.clock())
    return world.keep_key(plaintext, key.model_copy(update={"owner": id_}))


class Desk(NamedTuple):
    """One caller before the APIs."""

    inventory: Asker
    accounts: Asker
    policy: Asker
    notify: Asker
    search: Asker


def desk(world: EdgeWorld, key: str) -> Desk:
    def before(name: str, handler: Any) -> Asker:
        there = replace(world, resources=world.resources.of(FUNCTIONS[name]))
        return Asker(there, handler, key)

    return Desk(
        before("inventory", inventory),
        before("accounts", accounts),
        before("policy", policy),
        before("notify", notify),
        before("search", search),
    )


def in_shop(role: Role) -> Grant:
    return Grant(role=role, project="shop")


def ids(asker: Asker, path: str, field: str = "id") -> list[str]:
    answer = asker("GET", path)
    assert answer.status == 200, answer
    return sorted(item[field] for item in answer.body["items"])


def resource_id(asker: Asker, name: str) -> str:
    found: list[str] = [
        item["id"] for item in asker("GET", RESOURCES_AT).body["items"] if item["native_id"] == name
    ]
    return found[0]


def test_a_project_viewer_lists_what_is_in_the_project(world: EdgeWorld) -> None:
    viewer = desk(world, holder(world, in_shop(Role.VIEWER)))
    assert ids(viewer.inventory, RESOURCES_AT, "native_id") == ["shop-live", "shop-test"]
    assert ids(viewer.policy, FINDINGS_AT) == ["shop-live", "shop-test"]
    assert ids(viewer.policy, f"{FINDINGS_AT}?resource=bank-live") == []
    assert ids(viewer.notify, DELIVERIES_AT) == ["shop-live", "shop-test"]


def test_a_project_viewer_reads_nothing_elsewhere_by_id(world: EdgeWorld) -> None:
    everything = desk(world, world.add_key(Role.VIEWER))
    viewer = desk(world, holder(world, in_shop(Role.VIEWER)))
    for name, status in (("shop-live", 200), ("bank-live", 404)):
        path = f"{RESOURCES_AT}/{resource_id(everything.inventory, name)}"
        for below in ("", "/history", "?at=2026-03-01T12:00:00Z"):
            assert everything.inventory("GET", path + below).status == 200
            assert viewer.inventory("GET", path + below).status == status
        assert viewer.policy("GET", f"{FINDINGS_AT}/{name}").status == status
        assert viewer.notify("GET", f"{DELIVERIES_AT}/{name}").status == status


def waiver(asker: Asker, name: str) -> int:
    body = {"reason": "accepted", "until": "2026-03-09T00:00:00Z"}
    return asker("POST", f"{FINDINGS_AT}/{name}/waive", body).status


def test_a_project_approver_waives_in_the_project_alone(world: EdgeWorld) -> None:
    approver = desk(world, holder(world, in_shop(Role.APPROVER), Grant(role=Role.VIEWER)))
    assert waiver(approver.policy, "shop-live") == 200
    assert waiver(approver.policy, "bank-live") == 403
    assert approver.policy("GET", f"{FINDINGS_AT}/bank-live").body["status"] == "open"
    assert approver.notify("POST", f"{DELIVERIES_AT}/shop-live/replay", {}).status == 403


def test_an_approver_waives_and_an_editor_does_not(world: EdgeWorld) -> None:
    assert waiver(desk(world, world.add_key(Role.EDITOR)).policy, "shop-test") == 403
    assert waiver(desk(world, world.add_key(Role.APPROVER)).policy, "shop-test") == 200


def test_a_policy_by_environment_holds_whatever_the_role(world: EdgeWorld) -> None:
    _allow(world, HANDS_OFF)
    admin = desk(world, world.add_key(Role.ADMIN))
    assert [waiver(admin.policy, place.id) for place in PLACES] == [403, 200, 403]
    replays = [
        admin.notify("POST", f"{DELIVERIES_AT}/{place.id}/replay", {}).status for place in PLACES
    ]
    assert replays == [403, 200, 403]
    assert ids(admin.policy, FINDINGS_AT) == ["bank-live", "shop-live", "shop-test"]


def test_a_project_operator_claims_and_gives_up_the_projects_accounts_alone(
    world: EdgeWorld,
) -> None:
    operator = desk(world, holder(world, in_shop(Role.OPERATOR)))
    admin = desk(world, world.add_key(Role.ADMIN))
    path = "/api/v1/inventory/accounts"
    assert admin.accounts("POST", path, {"account": BANKS}).status == 200
    assert operator.accounts("POST", path, {"account": SHOPS}).status == 200
    assert operator.accounts("POST", path, {"account": NOBODYS}).status == 404
    assert ids(operator.accounts, path, "account") == [SHOPS]
    assert operator.accounts("DELETE", f"{path}/aws/{BANKS}").status == 404
    assert operator.accounts("DELETE", f"{path}/aws/{SHOPS}").status == 204
    assert ids(admin.accounts, path, "account") == [BANKS]


def total(asker: Asker, query: str = "") -> int:
    answer = asker("GET", f"/api/v1/inventory/facets{query}")
    assert answer.status == 200, answer
    counted: int = answer.body["total"]
    return counted


def asked(asker: Asker, sql: str) -> list[list[Any]]:
    answer = asker("POST", "/api/v1/inventory/query", {"sql": sql})
    assert answer.status == 200, answer
    rows: list[list[Any]] = answer.body["rows"]
    return rows


def test_a_project_viewer_counts_what_is_in_the_project(world: EdgeWorld) -> None:
    viewer = desk(world, holder(world, in_shop(Role.VIEWER))).search
    everybody = desk(world, holder(world, Grant(role=Role.AUDITOR))).search
    assert (total(viewer), total(everybody)) == (2, 3)
    facets = viewer("GET", "/api/v1/inventory/facets?fields=account,tags.environment").body[
        "facets"
    ]
    assert [one["value"] for one in facets[0]["values"]] == ["1"]
    assert total(viewer, "?account=2") == 0
    assert total(everybody, "?account=2") == 1


def test_findings_are_counted_as_far_as_they_may_be_seen(world: EdgeWorld) -> None:
    viewer = desk(world, holder(world, in_shop(Role.VIEWER))).policy
    auditor = desk(world, holder(world, Grant(role=Role.AUDITOR))).policy
    assert (findings_counted(viewer), findings_counted(auditor)) == (2, 3)
    assert findings_counted(viewer, "?account=2") == 0
    assert findings_counted(auditor, "?account=2") == 1
    _allow(
        world,
        'forbid (principal, action == Action::"finding:view", resource)'
        ' when { resource.id == "shop-live" };',
    )
    assert (findings_counted(viewer), findings_counted(auditor)) == (1, 2)


def findings_counted(asker: Asker, query: str = "") -> int:
    answer = asker("GET", f"{FINDINGS_AT}/facets{query}")
    assert answer.status == 200, answer
    accounts = {one["value"]: one["count"] for one in answer.body["facets"][3]["values"]}
    counted: int = answer.body["total"]
    assert sum(accounts.values()) == counted
    return counted


def test_a_project_viewer_asks_about_what_is_in_the_project(world: EdgeWorld) -> None:
    viewer = desk(world, holder(world, in_shop(Role.VIEWER))).search
    everybody = desk(world, holder(world, Grant(role=Role.AUDITOR))).search
    for sql, all_of_it in (
        ("SELECT native_id FROM resources ORDER BY 1", ["bank-live", "shop-live", "shop-test"]),
        ("SELECT DISTINCT account FROM accounts ORDER BY 1", ["1", "2"]),
        ("SELECT id FROM changes ORDER BY 1", ["c-bank-live", "c-shop-live", "c-shop-test"]),
    ):
        assert [row[0] for row in asked(everybody, sql)] == all_of_it
        seen = [row[0] for row in asked(viewer, sql)]
        assert seen == [one for one in all_of_it if one != "2" and "bank" not in one], sql


def test_a_policy_by_environment_holds_for_counts_and_sql(world: EdgeWorld) -> None:
    _allow(
        world,
        'forbid (principal, action == Action::"resource:view", resource)'
        ' when { resource.environment == "production" };',
    )
    admin = desk(world, holder(world, Grant(role=Role.ADMIN))).search
    assert total(admin) == 1
    assert asked(admin, "SELECT native_id FROM resources") == [["shop-test"]]


def test_where_policies_name_single_things_nothing_is_counted(world: EdgeWorld) -> None:
    hidden = Subject(account="1", region="eu-west-1", type="AWS::S3::Bucket", native_id="shop-live")
    _allow(
        world,
        'forbid (principal, action == Action::"resource:view", resource)'
        f' when {{ resource.id == "{hidden.id}" }};',
    )
    admin = desk(world, holder(world, Grant(role=Role.ADMIN)))
    assert len(ids(admin.inventory, RESOURCES_AT)) == 2
    for answer in (
        admin.search("GET", "/api/v1/inventory/facets"),
        admin.search("POST", "/api/v1/inventory/query", {"sql": "SELECT count(*) FROM resources"}),
    ):
        assert answer.status == 403
        assert "resource by resource" in answer.body["detail"]


def test_another_tenants_resources_are_in_no_count_and_no_table(world: EdgeWorld) -> None:
    other = world.keep_key(
        *new_key(tenant="other", role=Role.ADMIN, name="test", now=world.clock())
    )
    stranger = desk(world, other).search
    assert total(stranger) == 0
    assert asked(
        stranger, "SELECT count(*) FROM resources UNION ALL SELECT count(*) FROM changes"
    ) == [
        [0],
        [0],
    ]
