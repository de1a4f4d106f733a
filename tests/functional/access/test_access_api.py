"""Laws of a tenant's own policies over HTTP: checked, kept by version, rehearsed, explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from functions.access.handlers.api import handler
from functions.access.manifest import FUNCTIONS
from functions.access.model.templates import TEMPLATES
from functions.inventory.handlers.api import handler as inventory
from steward.identity import Grant, Role
from steward.identity.directory import (
    PRINCIPALS,
    SESSIONS,
    BrowserSession,
    Policy,
    Principal,
    Standing,
    hash_key,
    new_secret,
)
from steward.identity.policies import check_policies
from steward.manifest import load_function
from tests.asking import Answer, Asker
from tests.edge_world import KEEPER, EdgeWorld, edge_world

POLICIES = "/api/v1/access/policies"
VERSIONS = "/api/v1/access/versions"
MFA = 'forbid (principal, action == Action::"rule:manage", resource) unless { context.mfa };'
CLOSED = "forbid (principal, action, resource);"


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path, FUNCTIONS[0])


@pytest.fixture
def admin(world: EdgeWorld) -> Asker:
    return Asker(world, handler, world.add_key(Role.ADMIN))


def hold(world: EdgeWorld, id_: str, *grants: Grant, standing: Standing = Standing.ACTIVE) -> None:
    work = world.work(function=KEEPER)
    principal = Principal(id=id_, grants=grants, groups=("g1",), standing=standing)
    work.table("directory").of(PRINCIPALS).put(principal)
    work.commit()
    world.resources.directory.forget()


def put(admin: Asker, id_: str, text: str, **headers: str) -> Answer:
    return admin("PUT", f"{POLICIES}/{id_}", {"text": text}, **headers)


def test_a_policy_that_is_put_is_shown_listed_and_told_of(world: EdgeWorld, admin: Asker) -> None:
    answer = put(admin, "mfa-for-rules", MFA)
    assert answer.status == 200
    assert answer.body["permissions"] == ["rule:manage"]
    assert answer.headers["ETag"] == '"1"'
    assert admin("GET", f"{POLICIES}/mfa-for-rules").body == answer.body
    assert [one["id"] for one in admin("GET", POLICIES).body["items"]] == ["mfa-for-rules"]
    (event,) = world.events()
    assert event["type"] == "access.policy.changed.v1"
    assert event["data"]["policies"] == ["mfa-for-rules"]


def test_a_policy_decides_at_once_where_it_was_not_remembered(
    world: EdgeWorld, admin: Asker
) -> None:
    function = load_function("inventory.inventory-api")
    there = replace(world, resources=world.resources.of(function))
    viewer = Asker(there, inventory, world.add_key(Role.VIEWER))
    assert viewer("GET", "/api/v1/inventory/resources").status == 200
    text = 'forbid (principal, action == Action::"resource:view", resource) unless { context.mfa };'
    assert put(admin, "mfa-to-look", text).status == 200
    world.clock.forward(timedelta(minutes=1))
    assert viewer("GET", "/api/v1/inventory/resources").status == 403


@pytest.mark.parametrize(
    ("id_", "text", "said"),
    [
        ("p", "permit (", "unexpected"),
        ("p", MFA + MFA, "holds not one policy"),
        ("p", 'forbid (principal, action == Action::"rule:eat", resource);', "breaks the schema"),
        ("Bad", MFA, "lower-case"),
        ("p", "forbid (principal, action, resource) when { 1 + 1 == 2 };", "can fail"),
        ("p", "x" * 20_001, "text"),
        ("p", "", "text"),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused_by_name(
    admin: Asker, id_: str, text: str, said: str
) -> None:
    answer = put(admin, id_, text)
    assert answer.status == 422
    assert said in answer.body["detail"]
    assert admin("GET", POLICIES).body["items"] == []


@pytest.mark.parametrize(
    "text",
    [
        CLOSED,
        'forbid (principal, action in Action::"access:manage", resource);',
        'forbid (principal, action, resource) unless { principal in Group::"nobody" };',
        'forbid (principal, action, resource) when { context.ip.isInRange(ip("10.0.0.0/8")) };',
        'forbid (principal, action, resource) when { principal in Role::"admin" };',
    ],
)
def test_a_change_that_locks_every_admin_out_is_refused(
    world: EdgeWorld, admin: Asker, text: str
) -> None:
    hold(world, "user:second", Grant(role=Role.ADMIN))
    hold(world, "user:gone", Grant(role=Role.ADMIN), standing=Standing.DELETED)
    answer = put(admin, "lock", text)
    assert answer.status == 422
    assert "nobody who may 'access:manage'" in answer.body["detail"]
    assert admin("GET", POLICIES).status == 200


def test_a_change_that_leaves_one_admin_in_is_taken(world: EdgeWorld, admin: Asker) -> None:
    text = (
        'forbid (principal, action, resource) unless { principal in Group::"g1" && context.mfa };'
    )
    assert put(admin, "only-g1", text).status == 422
    hold(world, "user:second", Grant(role=Role.ADMIN))
    assert put(admin, "only-g1", text).status == 200


def test_if_match_lets_only_the_version_that_was_read_be_changed(admin: Asker) -> None:
    assert put(admin, "a", MFA, if_match='"0"').status == 200
    assert put(admin, "a", MFA.replace("rule", "hook"), if_match='"0"').status == 412
    assert admin("DELETE", f"{POLICIES}/a", if_match='"0"').status == 412
    assert admin("DELETE", f"{POLICIES}/a", if_match='"1"').status == 204
    assert admin("DELETE", f"{POLICIES}/a").status == 404
    assert admin("GET", f"{POLICIES}/a").status == 404


def test_what_changes_nothing_is_refused(admin: Asker) -> None:
    put(admin, "a", MFA)
    assert put(admin, "a", MFA).status == 422


def test_every_version_can_be_gone_back_to(admin: Asker) -> None:
    put(admin, "a", MFA)
    put(admin, "b", MFA.replace("rule", "hook"))
    admin("DELETE", f"{POLICIES}/a")
    versions = admin("GET", VERSIONS).body["items"]
    assert [(one["version"], one["policies"]) for one in versions] == [
        (3, ["b"]),
        (2, ["a", "b"]),
        (1, ["a"]),
        (0, []),
    ]
    assert admin("POST", f"{VERSIONS}/1/restore").status == 200
    assert [one["id"] for one in admin("GET", POLICIES).body["items"]] == ["a"]
    assert admin("POST", f"{VERSIONS}/1/restore").status == 422
    assert admin("POST", f"{VERSIONS}/0/restore").body["version"] == 5
    assert admin("GET", POLICIES).body["items"] == []
    assert admin("POST", f"{VERSIONS}/77/restore").status == 404


def test_only_the_last_hundred_versions_are_kept(admin: Asker) -> None:
    for number in range(102):
        admin.world.clock.forward(timedelta(seconds=10))
        assert put(admin, "a", MFA + f"// {number}").status == 200
    first = admin("GET", f"{VERSIONS}?limit=200").body["items"]
    assert len(first) == 100
    assert first[-1]["version"] == 3


def test_a_rehearsal_shows_both_decisions_and_changes_nothing(
    world: EdgeWorld, admin: Asker
) -> None:
    hold(world, "user:ed", Grant(role=Role.EDITOR))
    asked = [
        {"principal": "user:ed", "permission": "rule:manage"},
        {"principal": "user:ed", "permission": "rule:manage", "mfa": True},
    ]
    answer = admin("POST", f"{POLICIES}/test", {"policies": {"a": MFA}, "requests": asked})
    assert answer.status == 200
    results = [
        (r["now"]["allowed"], r["then"]["allowed"], r["changed"]) for r in answer.body["results"]
    ]
    assert results == [(True, False, True), (True, True, False)]
    assert answer.body["refused"] == ""
    locked = admin("POST", f"{POLICIES}/test", {"policies": {"a": CLOSED}})
    assert "nobody" in locked.body["refused"]
    put(admin, "a", MFA)
    gone = admin("POST", f"{POLICIES}/test", {"policies": {"a": None}, "requests": asked[:1]})
    assert gone.body["results"][0]["changed"] is True
    assert [one["id"] for one in admin("GET", POLICIES).body["items"]] == ["a"]


def explained(admin: Asker, principal: str, permission: str, **more: object) -> dict[str, object]:
    body = {"principal": principal, "permission": permission, **more}
    answer = admin("POST", "/api/v1/access/explain", body)
    assert answer.status == 200, answer.body
    found: dict[str, object] = answer.body
    return found


def test_an_explanation_names_the_policy_and_what_would_allow(
    world: EdgeWorld, admin: Asker
) -> None:
    hold(world, "user:vi", Grant(role=Role.VIEWER))
    seen = explained(admin, "user:vi", "rule:view")
    assert (seen["allowed"], seen["why"]) == (True, "allowed by steward:role-viewer")
    denied = explained(admin, "user:vi", "rule:manage")
    assert denied["why"] == "no role held here carries it, and no policy permits it"
    assert denied["roles"] == ["editor", "admin"]
    put(admin, "mfa-for-rules", MFA)
    forbidden = explained(admin, "user:vi", "rule:manage")
    assert forbidden["why"] == "forbidden by mfa-for-rules"
    assert forbidden["roles"] == []
    assert forbidden["policies"] == [{"id": "mfa-for-rules", "effect": "forbid", "text": MFA}]
    assert explained(admin, "user:vi", "rule:manage", mfa=True)["roles"] == ["editor", "admin"]
    assert explained(admin, "role:editor", "rule:manage", mfa=True)["allowed"] is True
    assert explained(admin, "", "rule:manage", mfa=True)["allowed"] is True


def test_an_explanation_looks_at_the_thing(world: EdgeWorld, admin: Asker) -> None:
    text = 'forbid (principal, action, resource) when { resource.environment == "production" };'
    put(admin, "hands-off", text)
    production = {"id": "r1", "provider": "aws", "account": "1", "tags": {"Env": "Production"}}
    answer = explained(admin, "role:admin", "finding:waive", item=production)
    assert (answer["allowed"], answer["why"]) == (False, "forbidden by hands-off")
    assert explained(admin, "role:admin", "finding:waive")["allowed"] is True


def test_an_explanation_says_who_is_let_in_not_at_all(world: EdgeWorld, admin: Asker) -> None:
    hold(world, "user:gone", Grant(role=Role.ADMIN), standing=Standing.DELETED)
    gone = explained(admin, "user:gone", "rule:view")
    assert (gone["allowed"], gone["why"]) == (
        False,
        "let in not at all: user:gone: deleted; ask an admin of the tenant",
    )


def test_an_explanation_takes_a_keys_scopes_into_account(world: EdgeWorld, admin: Asker) -> None:
    key = world.add_key(Role.ADMIN, changes={"scopes": ("rule:manage",)})
    start = f"key:{hash_key(key)[:12]}"
    assert explained(admin, start, "rule:view")["allowed"] is True
    outside = explained(admin, start, "finding:view")
    assert (outside["allowed"], outside["in_scope"]) == (False, False)
    assert outside["why"] == "outside the scopes of the credential"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"permission": "rule:eat"}, 422),
        ({"permission": "rule:view", "principal": "user:none"}, 404),
        ({"permission": "rule:view", "principal": "role:king"}, 422),
        ({"permission": "rule:view", "principal": "key:"}, 404),
        ({"permission": "rule:view", "ip": "10.0.0.300"}, 422),
        ({"permission": "rule:view", "more": 1}, 422),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    admin: Asker, body: dict[str, object], status: int
) -> None:
    assert admin("POST", "/api/v1/access/explain", body).status == status


def test_another_tenants_policies_are_its_own(world: EdgeWorld, admin: Asker) -> None:
    put(admin, "a", MFA)
    rival = Asker(world, handler, world.add_key(Role.ADMIN, tenant="rival"))
    assert rival("GET", POLICIES).body["items"] == []
    assert rival("GET", VERSIONS).body["items"] == []
    assert rival("GET", f"{POLICIES}/a").status == 404
    assert rival("POST", f"{VERSIONS}/1/restore").status == 404
    assert (
        rival(
            "POST", "/api/v1/access/explain", {"permission": "rule:view", "principal": "user:ed"}
        ).status
        == 404
    )


def test_only_admins_change_policies_and_auditors_look(world: EdgeWorld, admin: Asker) -> None:
    for role in Role:
        asker: Callable[..., Answer] = Asker(world, handler, world.add_key(role))
        may_look = role in (Role.ADMIN, Role.AUDITOR)
        assert asker("GET", POLICIES).status == (200 if may_look else 403)
        question = {"permission": "rule:view"}
        assert asker("POST", "/api/v1/access/explain", question).status == (
            200 if may_look else 403
        )
        assert asker("PUT", f"{POLICIES}/a", {"text": MFA}).status == (
            200 if role is Role.ADMIN else 403
        )


def test_every_template_is_a_policy_that_is_taken(admin: Asker) -> None:
    check_policies([Policy(id=template.id, text=template.text) for template in TEMPLATES])
    listed = admin("GET", "/api/v1/access/templates").body["items"]
    assert [one["id"] for one in listed] == [template.id for template in TEMPLATES]


def test_a_borrowed_identity_changes_no_policy(world: EdgeWorld, admin: Asker) -> None:
    put(admin, "mfa-for-rules", MFA)
    put(admin, "mfa-for-rules", "// said anew\n" + MFA)
    for id_ in ("user:ada", "user:boss"):
        hold(world, id_, Grant(role=Role.ADMIN))
    borrowed = {"owner": "user:ada", "on_behalf_of": "user:boss"}
    other = Asker(world, handler, world.add_key(Role.VIEWER, changes=borrowed))
    assert other("GET", POLICIES).status == 200
    mine = 'permit (principal == Caller::"user:boss", action, resource);'
    assert put(other, "mine", mine).status == 403
    assert other("DELETE", f"{POLICIES}/mfa-for-rules").status == 403
    assert other("POST", f"{VERSIONS}/1/restore").status == 403
    assert len(admin("GET", POLICIES).body["items"]) == 1


@pytest.mark.parametrize(("lasting", "status"), [(Role.OPERATOR, 403), (Role.ADMIN, 200)])
def test_a_break_glass_leaves_no_policy_behind(
    world: EdgeWorld, admin: Asker, lasting: Role, status: int
) -> None:
    put(admin, "a", MFA)
    person, cookie = "user:fire", new_secret("acme")
    work = world.work(function=KEEPER)
    until = world.clock() + timedelta(minutes=30)
    held = Principal(id=person, grants=(Grant(role=lasting),), elevated_until=until)
    work.table("directory").of(PRINCIPALS).put(held)
    work.table("directory").of(SESSIONS).put(
        BrowserSession(
            hash=hash_key(cookie),
            csrf_hash=hash_key("csrf"),
            principal=person,
            created_at=world.clock(),
            expires_at=until,
        )
    )
    work.commit()
    risen = Asker(
        world, handler, headers={"x-csrf-token": "csrf", "cookie": f"__Host-steward={cookie}"}
    )
    theirs = f'permit (principal == Caller::"{person}", action, resource);'
    assert risen("GET", POLICIES).status == 200
    answers = [
        put(risen, "mine", theirs),
        risen("POST", f"{VERSIONS}/0/restore"),
        risen("DELETE", f"{POLICIES}/a"),
    ]
    assert answers[0].status == status
    if status == 403:
        assert {answer.status for answer in answers} == {403}
        assert "break-glass" in answers[0].body["detail"]
        assert [one["id"] for one in admin("GET", POLICIES).body["items"]] == ["a"]
