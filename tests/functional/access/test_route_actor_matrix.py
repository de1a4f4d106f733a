"""Every route of every concern against every kind of actor: the outcome is the one declared.

The routes and their permissions come from the merged OpenAPI document, and those that it leaves out (the
pages to sign in at) from their APIs; the roles come from the catalogue.
What a route does behind its gate is not judged here, except that it never fails.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from steward.check.openapi import merged
from steward.check.repository import open_repository
from steward.edge.http import Api
from steward.edge.permit import Need
from steward.identity import DEFAULT_TENANT, SYSTEM, Grant, Role
from steward.identity.directory import (
    ACCESS,
    PRINCIPALS,
    TENANTS,
    Access,
    Principal,
    ProjectScope,
    Standing,
    Tenant,
    new_key,
)
from steward.identity.permissions import SELF, covers, roles_of
from steward.manifest import Function, Routes
from steward.store.records import Store
from tests.asking import Answer, Asker
from tests.edge_world import KEEPER, EdgeWorld, world_on
from tests.edge_world import edge_world as fresh_world

HOME, FOREIGN, SUSPENDED = DEFAULT_TENANT, "rival", "late"
INSTALLATION = "installation"
"""The noun of what the operator's tenant alone may do."""
UNAUTHENTICATED, DENIED, PASSED = "unauthenticated", "denied", "passed"
PLACE = "0" * 12


class Route(NamedTuple):
    """One operation of the merged document, and the function that answers it."""

    method: str
    path: str
    permission: str
    function: Function
    need: Need | None

    @property
    def noun(self) -> str:
        return self.permission.partition(":")[0]


@dataclass(frozen=True)
class Actor:
    """Somebody with a credential, and what is declared for them."""

    name: str
    expects: Callable[[Route], str]
    key: str = ""


# What is declared. -----------------------------------------------------------------------------


def refused(outcome: str) -> Callable[[Route], str]:
    """The outcome at every route that is not public."""
    return lambda route: PASSED if route.permission == "public" else outcome


def holding(role: Role, *, tenant: str = HOME) -> Callable[[Route], str]:
    """Passed where the role carries the permission, and in the operator's tenant where it takes that."""

    def expects(route: Route) -> str:
        if route.permission == "public":
            return PASSED
        here = route.noun != INSTALLATION or tenant == DEFAULT_TENANT
        return PASSED if here and role in roles_of(route.permission) else DENIED

    return expects


def in_project(role: Role) -> Callable[[Route], str]:
    """Passed only where each thing is decided by itself, or it is about oneself."""

    def expects(route: Route) -> str:
        alone = route.need is not None and (route.need.single or route.noun == SELF)
        return holding(role)(route) if alone or route.permission == "public" else DENIED

    return expects


def scoped(role: Role, scopes: tuple[str, ...]) -> Callable[[Route], str]:
    """Passed where both the role and the scopes have it."""

    def expects(route: Route) -> str:
        inside = route.permission == "public" or covers(frozenset(scopes), route.permission)
        return holding(role)(route) if inside else DENIED

    return expects


# Who asks. -------------------------------------------------------------------------------------


def add_key(world: EdgeWorld, role: Role, *, tenant: str = HOME, **changes: Any) -> str:
    plaintext, key = new_key(tenant=tenant, role=role, name="test", now=world.clock())
    return world.keep_key(plaintext, key.model_copy(update=changes))


def owned_key(
    world: EdgeWorld, id_: str, *grants: Grant, standing: Standing = Standing.ACTIVE
) -> str:
    work = world.work(tenant=HOME, function=KEEPER)
    principal = Principal(id=id_, grants=grants, standing=standing)
    work.table("directory").of(PRINCIPALS).put(principal)
    work.commit()
    return add_key(world, Role.ADMIN, owner=id_)


def main_actors(world: EdgeWorld) -> tuple[Actor, ...]:
    past = world.clock() - timedelta(seconds=1)
    admin = Grant(role=Role.ADMIN)
    return (
        Actor("none", refused(UNAUTHENTICATED)),
        Actor("expired", refused(UNAUTHENTICATED), add_key(world, Role.ADMIN, expires_at=past)),
        Actor(
            "other tenant",
            holding(Role.ADMIN, tenant=FOREIGN),
            add_key(world, Role.ADMIN, tenant=FOREIGN),
        ),
        Actor("viewer", holding(Role.VIEWER), add_key(world, Role.VIEWER)),
        Actor("editor", holding(Role.EDITOR), add_key(world, Role.EDITOR)),
        Actor("admin", holding(Role.ADMIN), add_key(world, Role.ADMIN)),
        Actor(
            "deleted user",
            refused(UNAUTHENTICATED),
            owned_key(world, "user:gone", admin, standing=Standing.DELETED),
        ),
    )


def more_actors(world: EdgeWorld) -> tuple[Actor, ...]:
    scopes = ("finding:manage", "rule:view", "self:view")
    work = world.work(tenant=SYSTEM, function=KEEPER)
    late = Tenant(id=SUSPENDED, standing=Standing.SUSPENDED, created_at=world.clock())
    work.table("directory").of(TENANTS).put(late)
    work.commit()
    in_shop = Grant(role=Role.VIEWER, project="shop")
    roles = (Role.AUDITOR, Role.BILLING, Role.OPERATOR, Role.APPROVER)
    return (
        *(Actor(role.value, holding(role), add_key(world, role)) for role in roles),
        Actor("project viewer", in_project(Role.VIEWER), owned_key(world, "user:shop", in_shop)),
        Actor("scoped key", scoped(Role.ADMIN, scopes), add_key(world, Role.ADMIN, scopes=scopes)),
        Actor("suspended tenant", refused(DENIED), add_key(world, Role.ADMIN, tenant=SUSPENDED)),
    )


# Asking. ---------------------------------------------------------------------------------------


def routes() -> Iterator[Route]:
    repository = open_repository()
    document = merged(repository)
    assert document is not None
    functions = [f for f in repository.functions if isinstance(f.trigger, Routes)]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            function = max(functions, key=lambda f: _reach(f, path))
            yield _route(method.upper(), path, operation, function)
    for function in functions:
        if _is_left_out(function):
            yield from _undescribed(function)


def _is_left_out(function: Function) -> bool:
    assert isinstance(function.trigger, Routes)
    return function.trigger.public and isinstance(_api_of(function), Api)


def _undescribed(function: Function) -> Iterator[Route]:
    api = _api_of(function)
    for method, path in api.mounted:
        permission = api.permissions.get((method, path), "public")
        shown = path.replace("<", "{").replace(">", "}")
        yield Route(method, shown, permission, function, api.needs.get((method, path)))


def _api_of(function: Function) -> Any:
    return getattr(importlib.import_module(function.handler.rpartition(".")[0]), "api", None)


def _reach(function: Function, path: str) -> int:
    assert isinstance(function.trigger, Routes)
    below = (root for root in function.trigger.paths if path == root or path.startswith(f"{root}/"))
    return max((len(root) for root in below), default=0)


def _route(method: str, path: str, operation: dict[str, Any], function: Function) -> Route:
    api: Api[Any] = importlib.import_module(function.handler.rpartition(".")[0]).api
    declared = path.replace("{", "<").replace("}", ">")
    permission = operation["x-permission"]
    if permission == "public":
        assert operation["x-public"] == api.public[(method, declared)]
    else:
        assert permission == api.permissions[(method, declared)]
    return Route(method, path, permission, function, api.needs.get((method, declared)))


def handler_of(function: Function) -> Any:
    return importlib.import_module(function.handler.rpartition(".")[0]).handler


def asker(world: EdgeWorld, route: Route, actor: Actor) -> Asker:
    there = replace(world, resources=world.resources.of(route.function))
    return Asker(there, handler_of(route.function), actor.key)


def outcome(answer: Answer, route: Route) -> str:
    """What the gate said; a refusal from behind it names no permission of the route."""
    assert answer.status < 500, (route.method, route.path, answer)
    if answer.status == 401:
        # What is open to all asks for other proof than a credential of ours: a client's secret, or a
        # token of the provider that a workload runs at.
        asked = str(answer.body)
        ours = route.permission != "public" or (
            "Authorization" in asked and "the workload's" not in asked
        )
        return UNAUTHENTICATED if ours else PASSED
    detail = str(answer.body) if answer.status == 403 else ""
    said = (f"may not {route.permission!r}", f"{route.permission!r}: is outside", "suspended")
    return DENIED if any(words in detail for words in said) else PASSED


def ask(world: EdgeWorld, route: Route, actor: Actor, *, query: str = "") -> Answer:
    path = route.path
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + PLACE + rest.partition("}")[2]
    return asker(world, route, actor)(route.method, path + query, body_of(route))


def body_of(route: Route) -> Any:
    """An empty object where one is sent: what is behind the gate then refuses it."""
    return {} if route.method in ("POST", "PUT") else None


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    world = fresh_world(tmp_path)
    work = world.work(tenant=HOME, function=KEEPER)
    scope = ProjectScope(id="shop", accounts=("aws/1",))
    work.table("directory").of(ACCESS).put(Access(version=1, projects=(scope,)))
    work.commit()
    return world_on(_store(world), tmp_path)


def _store(world: EdgeWorld) -> Store:
    return world.resources.store


@pytest.mark.parametrize("actors", [main_actors, more_actors])
def test_every_route_answers_every_actor_as_declared(
    world: EdgeWorld, actors: Callable[[EdgeWorld], tuple[Actor, ...]]
) -> None:
    everybody, asked, wrong = actors(world), Counter[str](), []
    assert len(everybody) == 7
    for route in routes():
        for actor in everybody:
            answer = ask(world, route, actor)
            got, expected = outcome(answer, route), actor.expects(route)
            asked[got] += 1
            if got != expected:
                wrong.append((actor.name, route.method, route.path, expected, got, answer.body))
    assert wrong == []
    assert asked[DENIED] > 50
    assert asked[PASSED] > 50


def test_no_route_ignores_a_query_parameter_that_it_does_not_read(world: EdgeWorld) -> None:
    admin, taken = Actor("admin", holding(Role.ADMIN), add_key(world, Role.ADMIN)), list[str]()
    for route in routes():
        answer = ask(world, route, admin, query="?severty=high")
        if answer.status != 400 or "'severty': is not read here" not in str(answer.body):
            taken.append(f"{route.method} {route.path}")
    pages = ("", "/with", "/callback", "/device", "/security", "/password")
    assert sorted(taken) == sorted(["GET /oauth/authorize", *(f"GET /sign-in{p}" for p in pages)])


def test_every_route_of_every_api_is_in_the_matrix() -> None:
    declared = {
        (method, path.replace("<", "{").replace(">", "}"))
        for function in open_repository().functions
        if isinstance(function.trigger, Routes)
        for api in [_api_of(function)]
        if isinstance(api, Api)
        for method, path in api.mounted
    }
    assert {(route.method, route.path) for route in routes()} == declared
    assert len(declared) >= 60


# What belongs to somebody else. ----------------------------------------------------------------

SHIPPED = "rule"
"""The noun whose things ship with Steward, and are every tenant's."""
SEEDS: dict[str, tuple[str, dict[str, str]]] = {
    "/api/v1/access/policies/seeded": ("PUT", {"text": "permit (principal, action, resource);"}),
    "/api/v1/hooks/sources": ("POST", {"name": "seeded", "scheme": "github"}),
    "/api/v1/identity/groups": ("POST", {"id": "seeded", "name": "Seeded"}),
    "/api/v1/identity/projects": ("POST", {"id": "seeded", "name": "Seeded"}),
    "/api/v1/identity/services": ("POST", {"name": "Seeded"}),
    "/api/v1/identity/keys": ("POST", {"name": "seeded", "role": "viewer"}),
    "/api/v1/inventory/accounts": ("POST", {"account": "111122223333"}),
}


def test_what_one_tenant_made_is_for_another_as_if_it_were_not(world: EdgeWorld) -> None:
    everything = list(routes())
    home = Actor("home", holding(Role.ADMIN), add_key(world, Role.ADMIN))
    foreign = Actor("foreign", holding(Role.ADMIN), add_key(world, Role.ADMIN, tenant=FOREIGN))
    by_path = {(route.method, route.path): route for route in everything}
    for path, (method, body) in SEEDS.items():
        shown = path.replace("/seeded", "/{policy_id}")
        made = asker(world, by_path[(method, shown)], home)(method, path, body)
        assert made.status == 200, (path, made.body)
    world.resources.directory.forget()
    tried = 0
    for route in everything:
        if route.noun == SHIPPED:
            continue
        for path in _addressed(world, route, by_path, home):
            answer = asker(world, route, foreign)(route.method, path, body_of(route))
            assert answer.status in (404, 409, 415, 422), (route.method, path, answer)
            tried += 1
    assert tried >= 15


def _addressed(
    world: EdgeWorld, route: Route, by_path: dict[tuple[str, str], Route], home: Actor
) -> Iterator[str]:
    """The route's path with each id that its list shows to the tenant that made the things."""
    base, brace, rest = route.path.partition("/{")
    listing = by_path.get(("GET", base))
    if not brace or "{" in rest or listing is None:
        return
    page = asker(world, listing, home)("GET", base)
    for item in page.body.get("items", ()):
        if "id" in item:
            yield f"{base}/{item['id']}{rest.partition('}')[2]}"
