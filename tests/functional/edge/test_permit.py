"""Laws of what a request may do and see: things decided singly, before and after the use case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from steward.edge.http import Api
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
from steward.identity.items import Facts
from steward.manifest import Function, Routes, Table
from steward.store.collection import Collection, Page
from steward.store.work import Entities
from tests.edge_world import KEEPER, TENANT, EdgeWorld, edge_world

PATH = "/api/v1/test/things"


class Thing(BaseModel):
    """Something with an account and tags."""

    model_config = ConfigDict(frozen=True)

    id: str
    account: str = "1"
    tags: dict[str, str] = {}

    def facts(self) -> Facts:
        return Facts(self.id, "aws", self.account, self.tags)


class Note(BaseModel):
    """Something that says not itself what it is about."""

    text: str


THINGS = Collection("things", Thing, id=lambda thing: thing.id)
FUNCTION = Function(
    name="api",
    handler="functions.test.handlers.api.handler",
    trigger=Routes(PATH),
    uses=(Table("test"),),
)


@dataclass(frozen=True)
class Deps:
    things: Entities[Thing]


api: Api[Deps] = Api(wire=lambda work: Deps(work.table("test").of(THINGS)))


@api.get(PATH, permission="finding:view")
def ls(cursor: str | None = None, *, deps: Deps) -> Page[Thing]:
    return deps.things.list(after=cursor, limit=2)


@api.get(f"{PATH}/<thing_id>", permission="finding:view")
def show(thing_id: str, *, deps: Deps) -> Thing:
    return deps.things.require(thing_id)


@api.get(f"{PATH}/<thing_id>/notes", permission="finding:view", guarded=True)
def notes(thing_id: str, *, deps: Deps) -> Page[Note]:
    api.guard(deps.things.require(thing_id))
    return Page((Note(text=thing_id),))


@api.post(f"{PATH}/<thing_id>/waive", permission="finding:waive")
def waive(thing_id: str, *, deps: Deps) -> Thing:
    thing = deps.things.require(thing_id)
    changed = thing.model_copy(update={"tags": {**thing.tags, "waived": "yes"}})
    deps.things.put(changed)
    return changed


@api.delete(f"{PATH}/<thing_id>", permission="finding:manage", guarded=True)
def drop(thing_id: str, *, deps: Deps) -> None:
    api.guard(deps.things.require(thing_id))
    deps.things.delete(thing_id)


@api.delete(f"{PATH}/<thing_id>/quietly", permission="finding:manage", guarded=True)
def drop_unguarded(thing_id: str, *, deps: Deps) -> None:
    deps.things.delete(thing_id)


@api.post(f"{PATH}/<thing_id>/nothing", permission="finding:manage")
def answers_otherwise(thing_id: str, *, deps: Deps) -> Thing:
    deps.things.delete(thing_id)
    return None  # type: ignore[return-value]  # what a careless handler might do


@dataclass
class Actor:
    world: EdgeWorld
    key: str

    def __call__(
        self, method: str, path: str, *, idempotency: str = "", ip: str = "10.0.0.1"
    ) -> tuple[int, Any]:
        route, _, query = path.partition("?")
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        if idempotency:
            headers["idempotency-key"] = idempotency
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": route,
            "rawQueryString": query,
            "headers": headers,
            "queryStringParameters": dict(p.split("=", 1) for p in query.split("&"))
            if query
            else None,
            "requestContext": {
                "http": {"method": method, "path": route, "sourceIp": ip},
                "requestId": "r1",
                "stage": "$default",
            },
            "isBase64Encoded": False,
        }
        answer = self.world.call(api.handler, event)
        return int(answer["statusCode"]), json.loads(answer["body"]) if answer.get("body") else None


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    world = edge_world(tmp_path, FUNCTION)
    work = world.work()
    things = work.table("test").of(THINGS)
    for number in range(5):
        account, tags = (
            str(number % 2 + 1),
            {"environment": "production" if number == 2 else "test"},
        )
        things.put(Thing(id=f"t{number}", account=account, tags=tags))
    work.commit()
    set_access(world)
    return world


def set_access(world: EdgeWorld, *texts: str) -> None:
    """The tenant's policies, beside its one project: everything in account 1."""
    work = world.work(function=KEEPER)
    policies = tuple(Policy(id=f"p{n}", text=text) for n, text in enumerate(texts))
    projects = (ProjectScope(id="shop", accounts=("aws/1",)),)
    kept = work.table("directory").of(ACCESS)
    kept.get("current")
    kept.put(Access(version=1, policies=policies, projects=projects))
    work.commit()
    world.resources.directory.forget()


def hold(world: EdgeWorld, *grants: Grant, id_: str = "user:ada") -> None:
    """What the user holds from now on."""
    work = world.work(function=KEEPER)
    principals = work.table("directory").of(PRINCIPALS)
    principals.get(id_)
    principals.put(Principal(id=id_, grants=grants))
    work.commit()
    world.resources.directory.forget()


def actor(world: EdgeWorld, *grants: Grant) -> Actor:
    hold(world, *grants)
    plaintext, key = new_key(tenant=TENANT, role=Role.VIEWER, name="test", now=world.clock())
    return Actor(world, world.keep_key(plaintext, key.model_copy(update={"owner": "user:ada"})))


def in_shop(role: Role) -> Grant:
    return Grant(role=role, project="shop")


def listed(actor: Actor) -> tuple[list[str], int]:
    """The ids of all pages, and how many pages they took."""
    seen: list[str] = []
    path, pages = PATH, 0
    while path:
        status, page = actor("GET", path)
        assert status == 200
        seen += [item["id"] for item in page["items"]]
        path, pages = (f"{PATH}?cursor={page['cursor']}" if page["cursor"] else ""), pages + 1
    return seen, pages


def test_a_list_shows_a_projects_things_and_its_cursor_goes_on(world: EdgeWorld) -> None:
    assert listed(actor(world, in_shop(Role.VIEWER))) == (["t0", "t2", "t4"], 3)
    assert listed(actor(world, Grant(role=Role.VIEWER)))[0] == ["t0", "t1", "t2", "t3", "t4"]


def test_what_is_hidden_and_what_is_not_there_answer_alike(world: EdgeWorld) -> None:
    viewer = actor(world, in_shop(Role.VIEWER))
    for path in ("", "/notes"):
        assert viewer("GET", f"{PATH}/t0{path}")[0] == 200
        hidden, absent = viewer("GET", f"{PATH}/t1{path}"), viewer("GET", f"{PATH}/none{path}")
        assert hidden[0] == absent[0] == 404
        assert hidden[1]["detail"] == absent[1]["detail"]


def test_acting_on_a_hidden_thing_is_not_found_and_on_a_seen_one_denied(world: EdgeWorld) -> None:
    approver = actor(world, in_shop(Role.APPROVER))
    assert approver("POST", f"{PATH}/t0/waive")[0] == 200
    assert approver("POST", f"{PATH}/t1/waive")[0] == 404
    both = actor(world, in_shop(Role.APPROVER), Grant(role=Role.VIEWER))
    assert both("POST", f"{PATH}/t1/waive")[0] == 403
    assert "waived" not in both("GET", f"{PATH}/t1")[1]["tags"], "the Work was undone"


def test_a_guarded_removal_is_decided_before_it_is_made(world: EdgeWorld) -> None:
    operator = actor(world, in_shop(Role.OPERATOR), Grant(role=Role.VIEWER))
    assert operator("DELETE", f"{PATH}/t1")[0] == 403
    assert operator("DELETE", f"{PATH}/t0")[0] == 204
    assert listed(operator)[0] == ["t1", "t2", "t3", "t4"]


def test_a_handler_that_does_not_say_what_it_is_about_acts_for_nobody_in_part(
    world: EdgeWorld,
) -> None:
    partial = actor(world, in_shop(Role.OPERATOR), Grant(role=Role.VIEWER))
    assert partial("DELETE", f"{PATH}/t0/quietly")[0] == 403
    assert partial("POST", f"{PATH}/t0/nothing")[0] == 403
    assert "t0" in listed(partial)[0]
    whole = actor(world, Grant(role=Role.OPERATOR))
    assert whole("DELETE", f"{PATH}/t0/quietly")[0] == 204
    assert whole("POST", f"{PATH}/t2/nothing")[0] == 204


def test_a_forbid_by_tag_holds_in_lists_reads_and_writes(world: EdgeWorld) -> None:
    set_access(
        world,
        'forbid (principal, action, resource) when { resource.environment == "production" && !context.mfa };',
    )
    admin = actor(world, Grant(role=Role.ADMIN))
    assert listed(admin)[0] == ["t0", "t1", "t3", "t4"]
    assert admin("GET", f"{PATH}/t2")[0] == 404
    assert admin("POST", f"{PATH}/t2/waive")[0] == 404
    assert admin("DELETE", f"{PATH}/t2")[0] == 404
    assert admin("DELETE", f"{PATH}/t3")[0] == 204


def test_a_forbid_by_address_shuts_the_gate(world: EdgeWorld) -> None:
    set_access(
        world,
        'forbid (principal, action == Action::"finding:waive", resource)'
        ' unless { context.ip.isInRange(ip("10.0.0.0/8")) };',
    )
    admin = actor(world, Grant(role=Role.ADMIN))
    assert admin("POST", f"{PATH}/t0/waive", ip="203.0.113.9")[0] == 403
    assert admin("POST", f"{PATH}/t0/waive", ip="::ffff:10.9.9.9")[0] == 200
    assert admin("GET", f"{PATH}/t0", ip="203.0.113.9")[0] == 200


def test_an_answer_is_not_given_again_to_whom_it_is_shown_no_more(world: EdgeWorld) -> None:
    user = actor(world, in_shop(Role.APPROVER))
    assert user("POST", f"{PATH}/t0/waive", idempotency="k")[0] == 200
    assert user("POST", f"{PATH}/t0/waive", idempotency="k")[0] == 200
    hold(world, Grant(role=Role.APPROVER, project="elsewhere"))
    assert user("POST", f"{PATH}/t0/waive", idempotency="k")[0] == 404
    hold(world, Grant(role=Role.VIEWER))
    assert user("POST", f"{PATH}/t0/waive", idempotency="k")[0] == 403
    hold(world, in_shop(Role.APPROVER))
    set_access(world, 'forbid (principal, action, resource) when { resource.account == "aws/1" };')
    assert user("POST", f"{PATH}/t0/waive", idempotency="k")[0] == 404


def test_breaking_the_glass_lifts_no_key_of_the_same_person(world: EdgeWorld) -> None:
    user = actor(world, Grant(role=Role.VIEWER))
    work = world.work(function=KEEPER)
    principals = work.table("directory").of(PRINCIPALS)
    held = principals.require("user:ada")
    until = world.clock().replace(year=2099)
    principals.put(held.model_copy(update={"elevated_until": until}))
    work.commit()
    world.resources.directory.forget()
    assert user("DELETE", f"{PATH}/t0")[0] == 403
