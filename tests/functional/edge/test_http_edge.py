"""Laws of the HTTP edge: who may, what is refused and how, and that retries are harmless."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, Field

from steward.edge.http import Api, Knock
from steward.edge.queries import Reads
from steward.identity import SYSTEM, Grant, Role
from steward.identity.directory import PRINCIPALS, Principal
from steward.store.collection import Page
from steward.store.work import Entities, Work
from tests.edge_world import COUNTS, KEEPER, TENANT, Counted, EdgeWorld, edge_world


@dataclass(frozen=True)
class Deps:
    counts: Entities[Counted]


def wire(work: Work) -> Deps:
    return Deps(work.table("test").of(COUNTS))


class NewCount(BaseModel):
    id: str = Field(max_length=40)
    count: int = 0


api: Api[Deps] = Api(wire=wire)


@api.get("/api/v1/test/counts/<count_id>", permission="hook:view")
def show(count_id: str, *, deps: Deps) -> Counted:
    if count_id == "boom":
        raise ZeroDivisionError("secret detail")
    counted = deps.counts.require(count_id)
    api.etag(deps.counts.version(count_id))
    return counted


@api.get("/api/v1/test/counts", permission="hook:view")
def ls(
    limit: Annotated[int, Query(ge=1, le=500)] = 50, cursor: str | None = None, *, deps: Deps
) -> Page[Counted]:
    return deps.counts.query(index="by_count", key="all", limit=limit, after=cursor)


@api.post("/api/v1/test/counts", permission="hook:manage")
def add(body: NewCount, *, deps: Deps) -> Counted:
    counted = Counted(id=body.id, count=body.count)
    deps.counts.add(counted)
    return counted


@api.put("/api/v1/test/counts/<count_id>", permission="hook:manage")
def change(count_id: str, body: NewCount, *, deps: Deps) -> Counted:
    before = deps.counts.require(count_id)
    api.check_match(deps.counts.version(count_id))
    after = before.model_copy(update={"count": body.count})
    deps.counts.put(after)
    return after


@api.delete("/api/v1/test/counts/<count_id>", permission="hook:manage")
def drop(count_id: str, *, deps: Deps) -> None:
    deps.counts.require(count_id)
    deps.counts.delete(count_id)


@api.post("/api/v1/test/shared", permission="hook:manage", system=True)
def share(body: NewCount, *, deps: Deps) -> Counted:
    return add(body, deps=deps)


@dataclass
class Client:
    world: EdgeWorld
    key: str
    api: Api[Deps] = field(default_factory=lambda: api)

    def __call__(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        route, _, query = path.partition("?")
        sent = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": route,
            "rawQueryString": query,
            "headers": {**sent, **(headers or {})},
            "queryStringParameters": dict(p.split("=", 1) for p in query.split("&"))
            if query
            else None,
            "requestContext": {
                "http": {"method": method, "path": route, "sourceIp": "192.0.2.1"},
                "requestId": "request-1",
                "stage": "$default",
            },
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self.world.call(self.api.handler, event)
        content = json.loads(answer["body"]) if answer.get("body") else None
        return int(answer["statusCode"]), content, answer["headers"]


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path)


@pytest.fixture
def admin(world: EdgeWorld) -> Client:
    return Client(world, world.add_key(Role.ADMIN))


def test_what_is_posted_can_be_read_with_its_version(admin: Client) -> None:
    assert admin("POST", "/api/v1/test/counts", body={"id": "ada", "count": 3})[0] == 200
    status, body, headers = admin("GET", "/api/v1/test/counts/ada")
    assert (status, body, headers["ETag"]) == (200, {"id": "ada", "count": 3}, '"1"')


def test_lists_page_by_cursor_to_the_end(admin: Client) -> None:
    for number in range(5):
        admin("POST", "/api/v1/test/counts", body={"id": f"n{number}", "count": number})
    seen: list[str] = []
    path = "/api/v1/test/counts?limit=2"
    while path:
        _, page, _ = admin("GET", path)
        seen += [item["id"] for item in page["items"]]
        path = f"/api/v1/test/counts?limit=2&cursor={page['cursor']}" if page["cursor"] else ""
    assert seen == ["n0", "n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer stw_unknown", "Basic abc", "stw_x"])
def test_without_a_valid_key_nothing_is_answered(admin: Client, header: str) -> None:
    status, body, headers = admin("GET", "/api/v1/test/counts", headers={"authorization": header})
    assert status == 401
    assert body["type"] == "urn:steward:problem:unauthenticated"
    assert headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_and_an_expired_key_are_refused(world: EdgeWorld) -> None:
    past = world.clock() - timedelta(seconds=1)
    for change in ("revoked_at", "expires_at"):
        client = Client(world, world.add_key(Role.ADMIN, changes={change: past}))
        assert client("GET", "/api/v1/test/counts")[0] == 401


def test_a_viewer_sees_but_changes_nothing(world: EdgeWorld, admin: Client) -> None:
    admin("POST", "/api/v1/test/counts", body={"id": "ada"})
    viewer = Client(world, world.add_key(Role.VIEWER))
    assert viewer("GET", "/api/v1/test/counts/ada")[0] == 200
    status, body, _ = viewer("DELETE", "/api/v1/test/counts/ada")
    assert status == 403
    assert "hook:manage" in body["detail"]
    assert world.count("ada") == 0
    assert admin("GET", "/api/v1/test/counts/ada")[0] == 200


def test_a_viewer_who_sends_nonsense_is_denied_and_not_taught_the_schema(world: EdgeWorld) -> None:
    viewer = Client(world, world.add_key(Role.VIEWER))
    assert viewer("POST", "/api/v1/test/counts", body={"wrong": 1})[0] == 403
    assert viewer("GET", "/api/v1/test/counts?limit=0")[0] == 422


def test_another_tenants_entity_is_not_found(world: EdgeWorld, admin: Client) -> None:
    admin("POST", "/api/v1/test/counts", body={"id": "ada"})
    rival = Client(world, world.add_key(Role.ADMIN, tenant="rival"))
    assert rival("GET", "/api/v1/test/counts/ada")[0] == 404
    assert rival("DELETE", "/api/v1/test/counts/ada")[0] == 404
    assert rival("GET", "/api/v1/test/counts")[1] == {"items": [], "cursor": None}


def test_an_idempotency_key_gives_the_first_answer_again_and_acts_once(admin: Client) -> None:
    retry = {"idempotency-key": "k1"}
    first = admin("POST", "/api/v1/test/counts", body={"id": "ada"}, headers=retry)
    second = admin("POST", "/api/v1/test/counts", body={"id": "ada"}, headers=retry)
    assert (first[0], first[1]) == (second[0], second[1]) == (200, {"id": "ada", "count": 0})
    assert second[2]["Idempotency-Replayed"] == "true"
    status, body, _ = admin("POST", "/api/v1/test/counts", body={"id": "bob"}, headers=retry)
    assert status == 422
    assert "another request" in body["detail"]
    matched = retry | {"if-match": '"7"'}
    status, body, _ = admin("POST", "/api/v1/test/counts", body={"id": "ada"}, headers=matched)
    assert status == 422
    assert "another request" in body["detail"]


def test_an_idempotency_key_used_again_after_its_day_is_a_new_request(
    world: EdgeWorld, admin: Client
) -> None:
    retry = {"idempotency-key": "k1"}
    assert admin("POST", "/api/v1/test/counts", body={"id": "ada"}, headers=retry)[0] == 200
    world.clock.forward(timedelta(hours=25))
    status, body, headers = admin("POST", "/api/v1/test/counts", body={"id": "bob"}, headers=retry)
    assert (status, body) == (200, {"id": "bob", "count": 0})
    assert "Idempotency-Replayed" not in headers


def test_a_write_says_in_its_audit_trail_which_request_it_came_from(
    world: EdgeWorld, admin: Client
) -> None:
    named = {"user-agent": "curl/8 " * 99}
    admin("POST", "/api/v1/test/counts", body={"id": "ann", "count": 1}, headers=named)
    request = next(item["request"] for item in world.outbox() if "request" in item)
    assert request["id"] == "request-1"
    assert request["ip"] == "192.0.2.1"
    assert request["user_agent"].startswith("curl/8 curl/8")
    assert len(request["user_agent"]) == 300


def test_posting_a_taken_id_is_a_conflict(admin: Client) -> None:
    admin("POST", "/api/v1/test/counts", body={"id": "ada"})
    assert admin("POST", "/api/v1/test/counts", body={"id": "ada"})[0] == 409


def test_if_match_lets_only_the_current_version_be_changed(world: EdgeWorld, admin: Client) -> None:
    admin("POST", "/api/v1/test/counts", body={"id": "ada"})
    new = {"id": "ada", "count": 5}
    assert admin("PUT", "/api/v1/test/counts/ada", body=new, headers={"if-match": '"1"'})[0] == 200
    assert admin("PUT", "/api/v1/test/counts/ada", body=new, headers={"if-match": '"1"'})[0] == 412
    assert admin("PUT", "/api/v1/test/counts/ada", body=new, headers={"if-match": "x"})[0] == 422
    assert world.count("ada") == 5


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("GET", "/api/v1/test/counts?limit=0", None, 422, "limit"),
        ("GET", "/api/v1/test/counts?cursor=!!!", None, 422, "cursor"),
        ("GET", "/api/v1/test/nothing", None, 404, "no such route"),
        ("GET", "/api/v1/test/counts/nobody", None, 404, "nobody"),
        ("POST", "/api/v1/test/counts", '{"id": ', 422, "JSON"),
        ("POST", "/api/v1/test/counts", {"count": 1}, 422, "id"),
        ("POST", "/api/v1/test/counts", {"id": "x" * 41}, 422, "id"),
        ("POST", "/api/v1/test/counts", {"id": "a\nb"}, 422, "control character"),
        ("DELETE", "/api/v1/test/counts/nobody", None, 404, "nobody"),
    ],
)
def test_bad_input_gets_one_clear_problem(
    admin: Client, method: str, path: str, body: Any, status: int, detail: str
) -> None:
    got, problem, headers = admin(method, path, body=body)
    assert got == status
    assert detail in problem["detail"]
    assert headers["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "request_id", "timestamp"}
    assert problem["request_id"] == "request-1"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "counts?limt=5",
            "'limt': is not read here (did you mean 'limit'?); this route takes cursor, limit",
        ),
        ("counts?limt=x&limit=nonsense", "did you mean 'limit'?"),
        (
            "counts?limit=1&first=2&zest=3",
            "'first' (and 1 more): is not read here; this route takes",
        ),
        ("counts/a?limit=1", "'limit': is not read here; this route takes no query"),
        ("counts?limit=1&severty=", "'severty': is not read here"),
    ],
)
def test_a_query_parameter_that_no_one_reads_is_refused_by_name(
    admin: Client, path: str, told: str
) -> None:
    status, problem, headers = admin("GET", f"/api/v1/test/{path}")
    assert status == 400
    assert told in problem["detail"]
    assert problem["type"] == "urn:steward:problem:malformed"
    assert headers["Content-Type"] == "application/problem+json"


def test_what_is_refused_for_its_query_changes_nothing(admin: Client) -> None:
    status, _, _ = admin("POST", "/api/v1/test/counts?dry_run=yes", body={"id": "a"})
    assert status == 400
    assert admin("GET", "/api/v1/test/counts/a")[0] == 404


def test_who_may_not_use_a_route_is_not_told_what_it_takes(world: EdgeWorld) -> None:
    viewer = Client(world, world.add_key(Role.VIEWER))
    status, problem, _ = viewer("POST", "/api/v1/test/counts?dry_run=yes", body={"id": "a"})
    assert status == 403
    assert "dry_run" not in problem["detail"]


class Wanted(BaseModel):
    """Filters that come as one."""

    state: str | None = None
    kind: str | None = Field(None, alias="type")


gathered: Api[Deps] = Api(wire=wire)


@gathered.get("/api/v1/test/counts", permission="hook:view")
def search(wanted: Annotated[Wanted, Query()], *, deps: Deps) -> Page[Counted]:
    del wanted
    return deps.counts.query(index="by_count", key="all", limit=5)


@gathered.open_to_all("GET", "/page", because="a test", reads=Reads(("then",)))
def page(*, knock: Knock) -> NewCount:
    return NewCount(id=knock.query.get("then", ""))


@gathered.open_to_all("GET", "/linked", because="a test", reads=Reads(("then",), free="links"))
def linked(*, knock: Knock) -> NewCount:
    return NewCount(id=",".join(sorted(knock.query)))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/test/counts?state=a&type=b", 200),
        ("/api/v1/test/counts?kind=b", 400),
        ("/api/v1/test/counts?wanted=b", 400),
        ("/page?then=a", 200),
        ("/page?than=a", 400),
        ("/linked?than=a", 200),
    ],
)
def test_a_query_is_read_by_the_names_that_a_route_declares(
    admin: Client, path: str, status: int
) -> None:
    assert Client(admin.world, admin.key, gathered)("GET", path)[0] == status


def test_the_description_has_the_names_that_public_routes_read() -> None:
    paths = gathered.openapi("test")["paths"]
    assert [each["name"] for each in paths["/page"]["get"]["parameters"]] == ["then"]
    then, others = paths["/linked"]["get"]["parameters"]
    assert (then["name"], others["explode"], others["schema"]["type"]) == ("then", True, "object")


def test_a_defect_answers_500_without_its_detail(admin: Client) -> None:
    status, problem, _ = admin("GET", "/api/v1/test/counts/boom")
    assert status == 500
    assert "secret" not in json.dumps(problem)
    assert "request-1" in problem["detail"]


def test_every_route_declares_its_permission_and_is_described() -> None:
    described = api.openapi("test")["paths"]
    routes = {(method.upper(), path) for path, item in described.items() for method in item}
    declared = {(m, p.replace("<", "{").replace(">", "}")) for m, p in api.permissions}
    assert routes == declared
    listed = described["/api/v1/test/counts"]["get"]["responses"]["200"]["content"]
    assert listed["application/json"]["schema"]["$ref"].endswith("CountedPage")


def test_the_trail_names_who_is_behind_a_borrowed_identity(world: EdgeWorld) -> None:
    work = world.work(function=KEEPER)
    for id_ in ("user:ada", "user:boss"):
        grants = (Grant(role=Role.ADMIN),)
        work.table("directory").of(PRINCIPALS).put(Principal(id=id_, grants=grants))
    work.commit()
    borrowed = {"owner": "user:ada", "on_behalf_of": "user:boss"}
    client = Client(world, world.add_key(Role.VIEWER, changes=borrowed))
    assert client("POST", "/api/v1/test/counts", body={"id": "a"})[0] == 200
    (item,) = (item for item in world.outbox() if item["actor"] == "user:ada")
    assert item["request"]["on_behalf_of"] == "user:boss"


def test_the_trail_that_all_share_names_the_tenant_of_who_asks(
    world: EdgeWorld, admin: Client
) -> None:
    assert admin("POST", "/api/v1/test/shared", body={"id": "a"})[0] == 200
    (item,) = (item for item in world.outbox() if item["tenant"] == SYSTEM)
    assert item["request"]["tenant"] == TENANT
