"""Laws of the armour at the functions' edge: in which order a request is looked at, and what each finds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from steward.edge.allowances import ALLOWANCES, Allowance
from steward.edge.armour import Armour, address_block, armour_from, host_name, traceparent_of
from steward.edge.http import Api, Knock
from steward.edge.rates import RateClass
from steward.errors import BadInput
from steward.identity import Role
from steward.store.collection import Page
from steward.store.work import Entities, Work
from tests.edge_world import COUNTS, KEEPER, Counted, EdgeWorld, edge_world

ROOT = "/api/v1/test"


@dataclass(frozen=True)
class Deps:
    counts: Entities[Counted]


def wire(work: Work) -> Deps:
    return Deps(work.table("test").of(COUNTS))


class Wish(BaseModel):
    text: str = ""


api: Api[Deps] = Api(wire=wire)
CALLED = [kind for kind in RateClass if kind is not RateClass.PUBLIC_DOC]


def declare(kind: RateClass) -> None:
    @api.get(f"{ROOT}/{kind}", permission="finding:view", rate=kind)
    def show(*, deps: Deps) -> Page[Counted]:
        return deps.counts.list()

    @api.open_to_all("POST", f"{ROOT}/open/{kind}", because="a test of strangers", rate=kind)
    def take(*, knock: Knock) -> Wish:
        return Wish(text=knock.body.decode())


for each in RateClass:
    declare(each)


@api.post(f"{ROOT}/wishes", permission="finding:manage")
def wish(body: Wish, *, deps: Deps) -> Wish:
    del deps
    return body


@api.get(f"{ROOT}/wishes/<wish_id>", permission="finding:view")
def granted(wish_id: str, *, deps: Deps) -> Wish:
    del deps
    return Wish(text=wish_id)


class Reply(dict[str, str]):
    """An answer's headers by lower-case name, with its status and body."""

    status: int
    body: Any


@dataclass
class Visitor:
    world: EdgeWorld
    key: str

    def __call__(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        ip: str = "192.0.2.1",
        key: str | None = None,
        **headers: str,
    ) -> Reply:
        route, _, query = path.partition("?")
        token = self.key if key is None else key
        sent = {"host": "steward.example.com"} | (
            {"authorization": f"Bearer {token}"} if token else {}
        )
        sent |= {"content-type": "application/json"} if body else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        event = {
            "version": "2.0",
            "rawPath": route,
            "rawQueryString": query,
            "headers": sent,
            "requestContext": {
                "http": {"method": method, "path": route, "sourceIp": ip},
                "requestId": "request-1",
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": False,
        }
        answer = self.world.call(api.handler, event)
        reply = Reply({name.lower(): str(v) for name, v in answer["headers"].items()})
        reply.status = int(answer["statusCode"])
        reply.body = json.loads(answer["body"]) if answer.get("body") else None
        return reply

    def wear(self, **settings: str) -> None:
        """Put on what an installation sets."""
        environ = {f"STEWARD_{name.upper()}": value for name, value in settings.items()}
        armour = armour_from(environ, hosts=None)
        self.world.resources = replace(self.world.resources, armour=armour)


@pytest.fixture
def visit(tmp_path: Path) -> Visitor:
    world = edge_world(tmp_path)
    return Visitor(world, world.add_key(Role.ADMIN))


def problem(reply: Reply, status: int, code: str) -> str:
    """The detail of the problem that an answer must be."""
    assert (reply.status, reply.body["type"]) == (status, f"urn:steward:problem:{code}")
    assert reply["content-type"] == "application/problem+json"
    assert reply.body["request_id"] == reply["x-request-id"] == "request-1"
    return str(reply.body["detail"])


@pytest.mark.parametrize("kind", CALLED)
def test_each_class_has_its_limit_and_says_when_to_come_back(
    visit: Visitor, kind: RateClass
) -> None:
    visit.wear(limits=f"every=1000/minute {kind}=3/minute")
    answers = [visit("GET", f"{ROOT}/{kind}") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert f"limit '{kind}'" in problem(answers[3], 429, "rate-limited")
    assert answers[3]["retry-after"] == "20"
    assert answers[3]["ratelimit-policy"] == f'"{kind}";q=3;w=60'
    assert answers[3]["ratelimit"] == f'"{kind}";r=0;t=20'


@pytest.mark.parametrize("kind", list(RateClass))
def test_each_class_holds_for_strangers_by_their_address(visit: Visitor, kind: RateClass) -> None:
    visit.wear(limits=f"every=1000/minute {kind}=2/minute")
    path = f"{ROOT}/open/{kind}"
    answers = [visit("POST", path, body="x", key="").status for _ in range(3)]
    assert answers == [200, 200, 429]
    assert visit("POST", path, body="x", key="", ip="192.0.2.2").status == 200


def test_a_caller_comes_back_exactly_when_told(visit: Visitor) -> None:
    from datetime import timedelta

    visit.wear(limits="caller=2/minute")
    while (answer := visit("GET", f"{ROOT}/read")).status == 200:
        pass
    pause = int(answer["retry-after"])
    visit.world.clock.forward(timedelta(seconds=pause - 1))
    assert visit("GET", f"{ROOT}/read").status == 429
    visit.world.clock.forward(timedelta(seconds=1))
    assert visit("GET", f"{ROOT}/read").status == 200


def test_a_hundred_a_minute_is_what_a_caller_has_by_default(visit: Visitor) -> None:
    visit.wear()
    assert [visit("GET", f"{ROOT}/read").status for _ in range(101)] == [200] * 100 + [429]
    other = visit.world.add_key(Role.VIEWER)
    assert visit("GET", f"{ROOT}/read", key=other).status == 200


def test_an_address_is_limited_before_anybody_looks_at_its_keys(visit: Visitor) -> None:
    visit.wear(limits="ip=3/minute")
    wrong = [visit("GET", f"{ROOT}/read", key="stw_acme.guess").status for _ in range(4)]
    assert wrong == [401, 401, 401, 429]
    assert visit("GET", f"{ROOT}/read").status == 429
    assert visit("GET", f"{ROOT}/read", ip="192.0.2.99").status == 200


def test_all_callers_of_a_tenant_share_its_limit(visit: Visitor) -> None:
    visit.wear(limits="tenant=4/minute")
    second = visit.world.add_key(Role.ADMIN)
    keys = [visit.key, second] * 3
    assert [visit("GET", f"{ROOT}/read", key=k).status for k in keys] == [200] * 4 + [429] * 2
    foreign = visit.world.add_key(Role.ADMIN, tenant="umbrella")
    assert visit("GET", f"{ROOT}/read", key=foreign).status == 200


def test_who_is_refused_by_the_tenants_limit_keeps_what_is_its_own(visit: Visitor) -> None:
    visit.wear(limits="tenant=1/hour caller=100/minute search=50/minute")
    visit("GET", f"{ROOT}/search")
    for _ in range(80):
        assert visit("GET", f"{ROOT}/search")["ratelimit-policy"].startswith('"tenant"')


def test_a_tenant_may_be_given_more_or_less_than_the_others(visit: Visitor) -> None:
    visit.wear(limits="caller=5/minute")
    work = visit.world.work(function=KEEPER)
    allowance = Allowance(limits="caller=2/minute", set_at=visit.world.clock(), set_by="operator")
    work.table("directory").of(ALLOWANCES).put(allowance)
    work.commit()
    assert [visit("GET", f"{ROOT}/read").status for _ in range(3)] == [200, 200, 429]
    foreign = visit.world.add_key(Role.ADMIN, tenant="umbrella")
    assert [visit("GET", f"{ROOT}/read", key=foreign).status for _ in range(6)].count(200) == 5


@pytest.mark.parametrize("text", ["ip=1/minute", "every=1/minute", "caller=lots", "nobody=1/hour"])
def test_a_tenant_gets_no_limit_that_is_not_its_own(visit: Visitor, text: str) -> None:
    with pytest.raises(BadInput):
        Allowance(limits=text, set_at=visit.world.clock(), set_by="operator")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("steward.example.com", 200),
        ("steward.example.com:443", 200),
        ("STEWARD.example.com.", 200),
        ("api.internal.example.com", 200),
        ("internal.example.com", 421),
        ("evil.example.net", 421),
        ("steward.example.com.evil.example.net", 421),
        ("evilsteward.example.com", 421),
        ("", 421),
    ],
)
def test_only_its_own_names_are_answered_to(visit: Visitor, host: str, status: int) -> None:
    visit.wear(hosts="steward.example.com .internal.example.com")
    assert visit("GET", f"{ROOT}/read", host=host).status == status


def test_another_origin_reads_nothing_unless_it_is_on_the_list(visit: Visitor) -> None:
    visit.wear()
    assert not [
        name
        for name in visit("GET", f"{ROOT}/read", origin="https://a.example.com")
        if name.startswith("access-control")
    ]
    visit.wear(origins="https://a.example.com")
    good = visit("GET", f"{ROOT}/read", origin="https://a.example.com")
    assert good["access-control-allow-origin"] == "https://a.example.com"
    assert good["access-control-allow-credentials"] == "true"
    assert good["vary"] == "Origin"
    for origin in ("https://b.example.com", "null", "https://a.example.com.evil.net", "*"):
        bad = visit("GET", f"{ROOT}/read", origin=origin)
        assert "access-control-allow-origin" not in bad


def test_a_preflight_needs_no_key_and_names_what_may_be_sent(visit: Visitor) -> None:
    visit.wear(origins="https://a.example.com")
    asked = {"access_control_request_method": "POST", "key": ""}
    good = visit("OPTIONS", f"{ROOT}/wishes", origin="https://a.example.com", **asked)
    assert good.status == 204
    assert "POST" in good["access-control-allow-methods"]
    assert "authorization" in good["access-control-allow-headers"]
    assert "*" not in "".join(v for k, v in good.items() if k.startswith("access-control"))
    bad = visit("OPTIONS", f"{ROOT}/wishes", origin="https://b.example.com", **asked)
    assert "STEWARD_ORIGINS" in problem(bad, 403, "origin-refused")
    assert "access-control-allow-origin" not in bad


def test_every_answer_wears_the_same_armour(visit: Visitor) -> None:
    answers = [
        visit("GET", f"{ROOT}/read"),
        visit("GET", f"{ROOT}/read", key=""),
        visit("GET", f"{ROOT}/nowhere"),
        visit("POST", f"{ROOT}/wishes", body="{"),
        visit("PUT", f"{ROOT}/wishes"),
    ]
    assert [answer.status for answer in answers] == [200, 401, 404, 422, 405]
    for answer in answers:
        assert answer["content-security-policy"].startswith("default-src 'none'")
        assert answer["x-content-type-options"] == "nosniff"
        assert answer["cache-control"] == "no-store"
        assert answer["referrer-policy"] == "no-referrer"
        assert answer["cross-origin-opener-policy"] == "same-origin"
        assert answer["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer["permissions-policy"]
        assert answer["x-request-id"] == "request-1"
        assert "strict-transport-security" not in answer


def test_only_what_came_over_tls_is_told_to_come_over_tls(visit: Visitor) -> None:
    assert "strict-transport-security" not in visit(
        "GET", f"{ROOT}/read", x_forwarded_proto="https"
    )
    visit.wear(proxies="192.0.2.0/28")
    told = visit("GET", f"{ROOT}/read", x_forwarded_proto="https")
    assert told["strict-transport-security"].startswith("max-age=31536000")
    assert "strict-transport-security" not in visit("GET", f"{ROOT}/read", x_forwarded_proto="http")
    visit.world.resources = replace(visit.world.resources, environment="production")
    assert "strict-transport-security" in visit("GET", f"{ROOT}/read")


def test_the_request_id_is_ours_and_a_trace_is_the_callers(visit: Visitor) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = visit("GET", f"{ROOT}/read", x_request_id="theirs", traceparent=trace)
    assert (answer["x-request-id"], answer["traceparent"]) == ("request-1", trace)
    assert "traceparent" not in visit("GET", f"{ROOT}/read", traceparent="00-0-0-0")


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"{ROOT}/wishes/a\r\nb", {}, 400, "malformed"),
        (f"{ROOT}/wishes/a\x00", {}, 400, "malformed"),
        (f"{ROOT}/read?limit=%zz", {}, 400, "malformed"),
        (f"{ROOT}/read", {"x_note": "a\r\nSet-Cookie: b=c"}, 400, "malformed"),
        (f"{ROOT}/read", {"authorization": "Bearer a,Bearer b"}, 400, "malformed"),
        (f"{ROOT}/wishes/{'x' * 3000}", {}, 414, "too-long"),
        (f"{ROOT}/{'x/' * 3000}", {}, 414, "too-long"),
        (f"{ROOT}/read?cursor={'x' * 9000}", {}, 414, "too-long"),
        (f"{ROOT}/read", {"x_note": "y" * 9000}, 431, "headers-too-large"),
        (f"{ROOT}/read", {f"x_{n}": "y" * 2000 for n in range(6)}, 431, "headers-too-large"),
    ],
)
def test_a_broken_request_is_refused_before_anybody_looks_at_its_key(
    visit: Visitor, path: str, headers: Mapping[str, str], status: int, code: str
) -> None:
    refused = visit("GET", path, **{"key": "", **headers})
    detail = problem(refused, status, code)
    assert not re.search(r"[\x00-\x1f]", detail + "".join(refused.values()))


def test_a_method_that_a_path_does_not_take_is_told_which_it_takes(visit: Visitor) -> None:
    refused = visit("DELETE", f"{ROOT}/wishes/one")
    problem(refused, 405, "method-not-allowed")
    assert refused["allow"] == "GET"
    assert visit("GET", f"{ROOT}/wishes/one").status == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "multipart/form-data; a=b"])
def test_a_body_that_is_not_json_is_refused_by_its_kind(visit: Visitor, kind: str) -> None:
    refused = visit("POST", f"{ROOT}/wishes", body="{}", content_type=kind)
    problem(refused, 415, "unsupported-media")
    taken = visit("POST", f"{ROOT}/wishes", body="{}", content_type="application/json; charset=x")
    assert taken.status == 200


@pytest.mark.parametrize("kind", list(RateClass))
def test_a_body_is_as_large_as_its_class_allows_and_no_larger(
    visit: Visitor, kind: RateClass
) -> None:
    path = f"{ROOT}/open/{kind}"
    assert visit("POST", path, body="x" * kind.body_bytes, key="").status == 200
    refused = visit("POST", path, body="x" * (kind.body_bytes + 1), key="")
    problem(refused, 413, "too-large")


@pytest.mark.parametrize(
    ("source", "forwarded", "address"),
    [
        ("198.51.100.7", "203.0.113.5", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_who_forwards_is_believed_only_as_far_as_trusted_proxies_reach(
    source: str, forwarded: str, address: str
) -> None:
    armour = armour_from({"STEWARD_PROXIES": "10.0.0.0/8"})
    assert armour.client(source, forwarded) == address
    assert Armour().client(source, forwarded) == source


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_one_customers_addresses_of_ipv6_are_one(low: int, high: int) -> None:
    from ipaddress import IPv6Address

    prefix = 0x20010DB8 << 96
    blocks = {address_block(str(IPv6Address(prefix | part))) for part in (low, high)}
    assert blocks == {"2001:db8::/64"}


def test_an_address_is_its_own_whatever_its_spelling() -> None:
    assert address_block("::ffff:192.0.2.1") == address_block("192.0.2.1") == "192.0.2.1"
    assert address_block("2001:db8:0:1::1") != address_block("2001:db8:0:2::1")
    assert address_block("no address") == "unknown"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("STEWARD_HOSTS", "*"),
        ("STEWARD_HOSTS", "https://a.example.com"),
        ("STEWARD_HOSTS", "a_b"),
        ("STEWARD_ORIGINS", "*"),
        ("STEWARD_ORIGINS", "null"),
        ("STEWARD_ORIGINS", "http://a.example.com"),
        ("STEWARD_ORIGINS", "https://a.example.com/"),
        ("STEWARD_ORIGINS", "https://*.example.com"),
        ("STEWARD_ORIGINS", "https://user@a.example.com"),
        ("STEWARD_PROXIES", "everyone"),
        ("STEWARD_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_setting_that_would_open_a_door_is_refused_by_name(setting: str, value: str) -> None:
    with pytest.raises(BadInput, match=setting):
        armour_from({setting: value})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.example.com:8443", "a.example.com"),
        ("[::1]:8787", "::1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("A.Example.COM.", "a.example.com"),
        ("a.example.com:", "a.example.com:"),
    ],
)
def test_a_host_is_its_name(written: str, name: str) -> None:
    assert host_name(written) == name


@given(st.text())
def test_a_trace_is_one_or_nothing(text: str) -> None:
    assert traceparent_of(text) in ("", text)
