"""Laws of users, groups and projects: who is let in with what, and who may hand it out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.identity import Grant, Role
from steward.identity.directory import PRINCIPALS, Standing
from tests.edge_world import KEEPER
from tests.functional.identity.identity_world import IdentityWorld, Person, identity_world

ADMIN = {"role": "admin", "project": None}
VIEWER = {"role": "viewer", "project": None}


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path)


def user(world: IdentityWorld, name: str = "Ada", **changes: Any) -> dict[str, Any]:
    draft = {"email": f"{name.lower()}@example.com", "name": name, **changes}
    made: dict[str, Any] = world.ok("POST", "/users", draft)
    return made


def grants(world: IdentityWorld, id_: str) -> set[tuple[str, str | None]]:
    principal = world.principal(id_)
    assert principal is not None
    return {(grant.role.value, grant.project) for grant in principal.grants}


def test_a_user_is_a_principal_at_once_and_the_directory_holds_no_name(
    world: IdentityWorld,
) -> None:
    made = user(world, grants=[VIEWER])
    principal = world.principal(made["id"])
    assert principal is not None
    assert grants(world, made["id"]) == {("viewer", None)}
    assert "Ada" not in principal.model_dump_json()
    assert "example.com" not in principal.model_dump_json()


def test_two_users_share_no_address(world: IdentityWorld) -> None:
    user(world)
    status, problem = world.http("POST", "/users", {"email": "ADA@example.com", "name": "Other"})
    assert (status, problem["type"]) == (409, "urn:steward:problem:already-exists")
    assert "ada@" not in problem["detail"]


@pytest.mark.parametrize("name", ["", " ", "a" * 121, "A\u202eb", "A\x07", "A\nB"])
def test_a_name_that_is_not_shown_as_it_is_is_refused(world: IdentityWorld, name: str) -> None:
    status, _ = world.http("POST", "/users", {"email": "a@example.com", "name": name})
    assert status == 422


def test_users_are_listed_by_name_in_pages_and_found_by_address(world: IdentityWorld) -> None:
    for name in ("Cleo", "ada", "Bob"):
        user(world, name)
    first = world.ok("GET", "/users", query={"limit": "2"})
    rest = world.ok("GET", "/users", query={"limit": "2", "cursor": first["cursor"]})
    assert [each["name"] for each in (*first["items"], *rest["items"])] == ["ada", "Bob", "Cleo"]
    found = world.ok("GET", "/users", query={"email": "bob@example.com"})
    assert [each["name"] for each in found["items"]] == ["Bob"]


def test_a_change_needs_the_version_that_was_read(world: IdentityWorld) -> None:
    made = user(world)
    path = f"/users/{made['id']}"
    _, _, headers = world.exchange("GET", path)
    change = {"name": "Ada L", "grants": [VIEWER]}
    match = {"if-match": headers["ETag"]}
    assert world.http("PUT", path, change, headers=match)[0] == 200
    assert world.http("PUT", path, change, headers=match)[0] == 412
    assert grants(world, made["id"]) == {("viewer", None)}


def test_the_same_request_under_one_key_makes_one_user(world: IdentityWorld) -> None:
    draft = {"email": "ada@example.com", "name": "Ada"}
    key = {"idempotency-key": "k1"}
    first = world.ok("POST", "/users", draft, headers=key)
    assert world.ok("POST", "/users", draft, headers=key) == first


def test_a_suspended_user_is_not_let_in_until_resumed(world: IdentityWorld) -> None:
    made = user(world, grants=[VIEWER])
    person = world.person(made["id"])
    assert world.http("GET", "/projects", by=person)[0] == 200
    world.ok("POST", f"/users/{made['id']}/suspend")
    assert world.http("GET", "/projects", by=person)[0] == 401
    world.ok("POST", f"/users/{made['id']}/resume")
    assert world.http("GET", "/projects", by=person)[0] == 200


def test_a_deleted_user_is_shut_out_and_nothing_personal_is_left(world: IdentityWorld) -> None:
    made = user(world, grants=[VIEWER])
    person = world.person(made["id"])
    issued = world.ok("POST", "/self/keys", {"name": "laptop"}, by=person)
    world.ok("DELETE", f"/users/{made['id']}")
    holder = Person({"authorization": f"Bearer {issued['plaintext']}"})
    assert world.http("GET", "/projects", by=person)[0] == 401
    assert world.http("GET", "/projects", by=holder)[0] == 401
    world.pump(twice=True)
    principal = world.principal(made["id"])
    assert principal is not None
    assert (principal.standing, principal.grants) == (Standing.DELETED, ())
    assert world.http("GET", f"/users/{made['id']}")[0] == 404
    assert world.ok("GET", "/users")["items"] == []
    assert world.ok("GET", "/keys", query={"owner": made["id"]})["items"] == []
    assert user(world)["id"] != made["id"]


def test_the_last_admin_is_neither_demoted_nor_suspended_nor_deleted(world: IdentityWorld) -> None:
    first = user(world, grants=[ADMIN])
    path = f"/users/{first['id']}"
    demote = {"name": "Ada", "grants": [VIEWER]}
    assert world.http("PUT", path, demote)[0] == 403
    assert world.http("POST", f"{path}/suspend")[0] == 403
    status, problem = world.http("DELETE", path)
    assert status == 403
    assert "last admin" in problem["detail"]
    user(world, "Bob", grants=[ADMIN])
    assert world.http("PUT", path, demote)[0] == 200


def test_nobody_hands_out_or_takes_charge_of_what_they_do_not_hold(world: IdentityWorld) -> None:
    boss = user(world, "Boss", grants=[ADMIN])
    limited = world.key(Role.ADMIN, scopes=("user:manage", "user:view"))
    draft = {"email": "x@example.com", "name": "X", "grants": [VIEWER]}
    status, problem = world.http("POST", "/users", draft, by=limited)
    assert status == 403
    assert "does not hold" in problem["detail"]
    assert world.http("DELETE", f"/users/{boss['id']}", by=limited)[0] == 403
    assert world.http("POST", "/users", {**draft, "grants": []}, by=limited)[0] == 200


def test_a_break_glass_does_not_outlive_itself_by_grants(world: IdentityWorld) -> None:
    made = user(world, "Op", grants=[{"role": "operator", "project": None}])
    person = world.person(made["id"])
    work = world.edge.work(function=KEEPER)
    principals = work.table("directory").of(PRINCIPALS)
    until = world.edge.clock() + timedelta(minutes=30)
    risen = principals.require(made["id"]).model_copy(update={"elevated_until": until})
    principals.put(risen)
    work.commit()
    draft = {"email": "y@example.com", "name": "Y", "grants": [ADMIN]}
    assert world.http("GET", "/users", by=person)[0] == 200
    assert world.http("POST", "/users", draft, by=person)[0] == 403


def test_a_groups_grants_reach_all_its_members_and_leave_them_with_it(
    world: IdentityWorld,
) -> None:
    world.ok("POST", "/groups", {"id": "ops", "name": "Ops", "grants": [VIEWER]})
    people = [user(world, f"P{n}", groups=["ops"])["id"] for n in range(30)]
    service = world.ok("POST", "/services", {"name": "robot"})["service"]["id"]
    world.ok("PUT", f"/groups/ops/members/{service}")
    change = {"name": "Ops", "grants": [{"role": "operator", "project": None}]}
    world.ok("PUT", "/groups/ops", change)
    world.pump(twice=True)
    assert all(grants(world, id_) == {("operator", None)} for id_ in (*people, service))
    world.ok("DELETE", "/groups/ops")
    world.pump(twice=True)
    assert all(grants(world, id_) == set() for id_ in (*people, service))
    assert world.ok("GET", f"/users/{people[0]}")["groups"] == []
    again = {"id": "ops", "name": "Ops", "grants": [VIEWER]}
    assert world.http("POST", "/groups", again)[0] == 409


def test_a_member_who_leaves_keeps_only_what_is_theirs(world: IdentityWorld) -> None:
    world.ok("POST", "/groups", {"id": "ops", "name": "Ops", "grants": [VIEWER]})
    made = user(world, groups=["ops"], grants=[{"role": "billing", "project": None}])
    assert grants(world, made["id"]) == {("billing", None), ("viewer", None)}
    listed = world.ok("GET", "/groups/ops/members")["items"]
    assert [each["principal"] for each in listed] == [made["id"]]
    world.ok("DELETE", f"/groups/ops/members/{made['id']}")
    assert grants(world, made["id"]) == {("billing", None)}
    assert world.http("DELETE", f"/groups/ops/members/{made['id']}")[0] == 404


def test_a_project_admin_rules_in_their_project_alone(world: IdentityWorld) -> None:
    for id_ in ("shop", "bank"):
        world.ok("POST", "/projects", {"id": id_, "name": id_, "tags": {"app": id_}})
    made = user(world, "Pat", grants=[{"role": "admin", "project": "shop"}])
    other = user(world, "Other")
    pat = world.person(made["id"])
    listed = world.ok("GET", "/projects", by=pat)["items"]
    assert [each["id"] for each in listed] == ["shop"]
    roles = {"roles": ["viewer"]}
    world.ok("PUT", f"/projects/shop/members/{other['id']}", roles, by=pat)
    assert grants(world, other["id"]) == {("viewer", "shop")}
    assert world.http("PUT", f"/projects/bank/members/{other['id']}", roles, by=pat)[0] == 403
    assert world.http("PUT", "/projects/shop", {"name": "all"}, by=pat)[0] == 403
    new = {"id": "new", "name": "new"}
    assert world.http("POST", "/projects", new, by=pat)[0] in (403, 404)
    assert world.http("GET", "/projects/new")[0] == 404
    draft = {"email": "z@example.com", "name": "Z"}
    assert world.http("POST", "/users", draft, by=pat)[0] == 403


def test_a_deleted_project_scopes_nothing_and_its_id_is_not_reused(world: IdentityWorld) -> None:
    draft = {"id": "shop", "name": "Shop", "accounts": ["aws/1"], "tags": {}}
    world.ok("POST", "/projects", draft)
    assert [scope.id for scope in world.directory.access("acme").projects] == ["shop"]
    world.ok("DELETE", "/projects/shop")
    assert world.directory.access("acme").projects == ()
    assert world.http("POST", "/projects", draft)[0] == 409


def test_a_link_signs_in_one_user_only(world: IdentityWorld) -> None:
    ada, bob = user(world)["id"], user(world, "Bob")["id"]
    draft = {"issuer": "https://id.example.com", "subject": "s1"}
    made = world.ok("POST", f"/users/{ada}/links", draft)
    assert world.http("POST", f"/users/{bob}/links", draft)[0] == 409
    link = world.directory.link("acme", "https://id.example.com", "s1")
    assert link is not None
    assert link.principal == ada
    assert world.http("DELETE", f"/users/{bob}/links/{made['id']}")[0] == 404
    world.ok("DELETE", f"/users/{ada}/links/{made['id']}")


def test_sessions_are_seen_and_ended_one_by_one_or_all(world: IdentityWorld) -> None:
    made = user(world, grants=[VIEWER])
    first, second = world.person(made["id"]), world.person(made["id"])
    listed = world.ok("GET", f"/users/{made['id']}/sessions")["items"]
    assert len(listed) == 2
    own = world.ok("GET", "/self/sessions", by=first)["items"]
    assert {each["id"] for each in own} == {each["id"] for each in listed}
    world.ok("DELETE", f"/users/{made['id']}/sessions/{listed[0]['id']}")
    statuses = sorted(world.http("GET", "/projects", by=each)[0] for each in (first, second))
    assert statuses == [200, 401]
    world.forward(timedelta(seconds=1))
    world.ok("DELETE", f"/users/{made['id']}/sessions")
    assert {world.http("GET", "/projects", by=each)[0] for each in (first, second)} == {401}


def test_another_tenants_admin_meets_nobody_here(world: IdentityWorld) -> None:
    made = user(world, grants=[Grant(role=Role.VIEWER).model_dump(mode="json")])
    stranger = world.key(Role.ADMIN, tenant="globex")
    assert world.http("GET", f"/users/{made['id']}", by=stranger)[0] == 404
    assert world.http("DELETE", f"/users/{made['id']}", by=stranger)[0] == 404
    assert world.ok("GET", "/users", by=stranger)["items"] == []
