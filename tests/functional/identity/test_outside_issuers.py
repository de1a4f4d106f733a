"""Laws of signing in at an external issuer, which the tests serve over loopback."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from steward.edge.resources import Resources
from steward.identity import SYSTEM, Role
from steward.identity.credentials import COOKIE
from steward.identity.directory import (
    ISSUERS,
    LINKS,
    PRINCIPALS,
    Link,
    Principal,
    Standing,
    link_id,
)
from steward.identity.jwks import IssuerKeys, issuer_outbound, over
from tests.edge_world import TENANT
from tests.minting import Signer, rs256
from tests.receiver import Exchange, Receiver, receiver
from tests.sign_in_world import Answer, Browser, House, house

CLIENT = "steward-at-acme"


@dataclass
class Outside:
    """An issuer: its key, what it says of who signs in, and the requests for tokens."""

    server: Receiver
    signer: Signer = field(default_factory=lambda: rs256("their-rs"))
    claims: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[str], str] = str
    nonce: str = ""
    asked: dict[str, list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.server.authority}"

    def answer(self, exchange: Exchange) -> None:
        request = self.server.requests[-1]
        if request.path == "/jwks":
            content: Any = {"keys": [self.signer.jwk]}
        else:
            self.asked = parse_qs(request.body.decode())
            content = {"id_token": self.spoil(self.token())}
        body = json.dumps(content).encode()
        exchange.send_response(200)
        exchange.send_header("Content-Length", str(len(body)))
        exchange.end_headers()
        exchange.wfile.write(body)

    def token(self, **header: Any) -> str:
        now = int(self.now())
        told = {"iss": self.url, "aud": CLIENT, "sub": "s-ada", "nonce": self.nonce}
        claims = {**told, "iat": now, "exp": now + 300, **self.claims}
        return self.signer.sign(claims, **{"typ": "JWT", **header})

    now: Callable[[], float] = float


def resources_for(resources: Resources, server: Receiver) -> Resources:
    keys = IssuerKeys(over(issuer_outbound(server.authority)))
    return replace(resources, issuer_keys=lambda: keys)


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


@pytest.fixture
def outside(home: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    places: list[Outside] = []

    def answer(exchange: Exchange) -> None:
        places[0].answer(exchange)

    with receiver(answer) as server:
        monkeypatch.setenv("STEWARD_ISSUER_ALLOW", server.authority)
        places.append(Outside(server))
        places[0].now = lambda: home.world.clock().timestamp()
        home.world.resources = resources_for(home.world.resources, server)
        yield places[0]


def api(
    home: House, method: str, path: str, body: Any = None, *, role: Role = Role.ADMIN
) -> Answer:
    headers = {
        "authorization": f"Bearer {home.world.add_key(role)}",
        "content-type": "application/json",
    }
    return Browser(home)._send(method, path, None if body is None else json.dumps(body), headers)


def trust(home: House, outside: Outside, **changes: Any) -> Answer:
    draft = {
        "issuer": outside.url,
        "audience": CLIENT,
        "jwks_uri": f"{outside.url}/jwks",
        "client_id": CLIENT,
        "authorization_endpoint": f"{outside.url}/authorize",
        "token_endpoint": f"{outside.url}/token",
        "groups_claim": "groups",
        "group_grants": {"Staff": [{"role": "viewer"}]},
        **changes,
    }
    answer = api(home, "POST", "/api/v1/identity/issuers", draft)
    home.world.resources.directory.forget()
    return answer


def link(home: House, outside: Outside) -> None:
    home.keep("directory", LINKS, Link(id=link_id(outside.url, "s-ada"), principal="user:ada"))


def depart(browser: Browser, outside: Outside) -> dict[str, str]:
    answer = browser.get(f"/sign-in/with?tenant={TENANT}&then=%2Fsign-in%2Fsecurity")
    assert answer.location.startswith(f"{outside.url}/authorize?")
    asked = dict(parse_qsl(urlsplit(answer.location).query))
    outside.nonce = asked["nonce"]
    return asked


def come_back(browser: Browser, state: str, **query: str) -> Answer:
    members = {"code": "their-code", "state": state, **query}
    return browser.get("/sign-in/callback?" + "&".join(f"{k}={v}" for k, v in members.items()))


def test_whom_a_link_names_is_signed_in_by_the_issuers_word(home: House, outside: Outside) -> None:
    assert trust(home, outside).status == 200
    link(home, outside)
    browser = Browser(home)
    asked = depart(browser, outside)
    done = come_back(browser, asked["state"])
    assert done.onward == "/sign-in/security"
    told = browser.get("/api/v1/identity/session").json
    assert (told["id"], told["email"]) == ("user:ada", "ada@example.com")


def test_the_code_is_exchanged_with_the_verifier_of_its_challenge(
    home: House, outside: Outside
) -> None:
    trust(home, outside)
    link(home, outside)
    browser = Browser(home)
    asked = depart(browser, outside)
    come_back(browser, asked["state"])
    digest = hashlib.sha256(outside.asked["code_verifier"][0].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
    assert outside.asked["code"] == ["their-code"]
    assert "client_secret" not in outside.asked


def test_steward_proves_itself_by_the_secret_that_the_issuer_gave_it(
    home: House, outside: Outside
) -> None:
    shown = trust(home, outside, client_secret="their-secret")
    link(home, outside)
    browser = Browser(home)
    come_back(browser, depart(browser, outside)["state"])
    assert outside.asked["client_secret"] == ["their-secret"]
    assert "their-secret" not in shown.body + json.dumps(home.world.outbox())


def test_a_group_with_a_role_lets_in_whom_nobody_linked(home: House, outside: Outside) -> None:
    trust(home, outside)
    outside.claims = {"groups": ["Staff"], "amr": ["mfa"]}
    browser = Browser(home)
    come_back(browser, depart(browser, outside)["state"])
    told = browser.get("/api/v1/identity/session").json
    assert told["id"] == f"user:{link_id(outside.url, 's-ada')}"
    assert (told["grants"], told["mfa"]) == ([{"role": "viewer", "project": None}], True)


def test_an_address_alone_lets_nobody_in(home: House, outside: Outside) -> None:
    trust(home, outside)
    outside.claims = {"email": "ada@example.com", "email_verified": True}
    browser = Browser(home)
    answer = come_back(browser, depart(browser, outside)["state"])
    assert (answer.status, COOKIE in browser.cookies) == (401, False)


def test_who_was_shut_out_here_is_not_let_in_by_an_issuer(home: House, outside: Outside) -> None:
    trust(home, outside)
    outside.claims = {"groups": ["Staff"]}
    id_ = f"user:{link_id(outside.url, 's-ada')}"
    home.keep("directory", PRINCIPALS, Principal(id=id_, standing=Standing.SUSPENDED))
    browser = Browser(home)
    assert come_back(browser, depart(browser, outside)["state"]).status == 401


def wrong_nonce(outside: Outside) -> None:
    outside.nonce = "another"


def wrong_audience(outside: Outside) -> None:
    outside.claims = {"aud": "another-client"}


def wrong_issuer(outside: Outside) -> None:
    outside.claims = {"iss": "https://mallory.example"}


def access_token(outside: Outside) -> None:
    outside.spoil = lambda _: outside.token(typ="at+jwt")


def unsigned(outside: Outside) -> None:
    outside.spoil = lambda token: token.rpartition(".")[0] + "."


def expired(outside: Outside) -> None:
    outside.claims = {"iat": 1, "exp": 301}


def another_key(outside: Outside) -> None:
    forger = replace(outside, signer=rs256("their-rs", number=9))
    outside.spoil = lambda _: forger.token()


@pytest.mark.parametrize(
    "fault",
    [wrong_nonce, wrong_audience, wrong_issuer, access_token, unsigned, expired, another_key],
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(
    home: House, outside: Outside, fault: Callable[[Outside], None]
) -> None:
    trust(home, outside)
    link(home, outside)
    browser = Browser(home)
    asked = depart(browser, outside)
    fault(outside)
    answer = come_back(browser, asked["state"])
    assert (answer.status, COOKIE in browser.cookies) == (401, False)


def test_the_way_back_is_for_the_browser_that_went_and_once(home: House, outside: Outside) -> None:
    trust(home, outside)
    link(home, outside)
    browser, other = Browser(home), Browser(home)
    asked = depart(browser, outside)
    assert come_back(other, asked["state"]).status == 401
    other.cookies = dict(browser.cookies)
    assert come_back(browser, asked["state"]).status == 200
    assert come_back(other, asked["state"]).status == 401


@pytest.mark.parametrize(
    "query",
    [
        {"state": "another"},
        {"iss": "https://mallory.example"},
        {"code": "", "error": "access_denied"},
    ],
)
def test_an_answer_to_something_else_lets_nobody_in(
    home: House, outside: Outside, query: dict[str, str]
) -> None:
    trust(home, outside)
    link(home, outside)
    browser = Browser(home)
    state = depart(browser, outside)["state"]
    members = {"code": "their-code", "state": state, **query}
    text = "&".join(f"{name}={value}" for name, value in members.items() if value)
    assert browser.get(f"/sign-in/callback?{text}").status == 401
    assert outside.asked == {}


def test_an_issuer_in_a_private_network_is_reached_only_where_the_operator_says_so(
    home: House, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(home, outside)
    link(home, outside)
    browser = Browser(home)
    state = depart(browser, outside)["state"]
    monkeypatch.delenv("STEWARD_ISSUER_ALLOW")
    answer = come_back(browser, state)
    assert (answer.status, COOKIE in browser.cookies, outside.asked) == (422, False, {})


@pytest.mark.parametrize("tenant", ["globex", "", "a#b", "аcme"])  # noqa: RUF001  # a look-alike
def test_a_tenant_without_an_issuer_has_no_such_way_in(home: House, tenant: str) -> None:
    from urllib.parse import quote

    assert Browser(home).get(f"/sign-in/with?tenant={quote(tenant)}").status == 404


def test_an_admin_trusts_no_issuer_with_more_than_they_hold(home: House, outside: Outside) -> None:
    assert trust(home, outside, default_grants=[{"role": "viewer"}]).status == 200
    draft = {"issuer": outside.url, "audience": "x", "jwks_uri": f"{outside.url}/jwks"}
    assert api(home, "POST", "/api/v1/identity/issuers", draft, role=Role.EDITOR).status == 403
    assert api(home, "GET", "/api/v1/identity/issuers", role=Role.EDITOR).status == 403


def test_whoever_is_less_than_an_admin_names_no_keys_that_admins_sign_in_by(
    home: House, outside: Outside
) -> None:
    assert trust(home, outside).status == 200
    plaintext = home.world.add_key(Role.ADMIN, changes={"scopes": ("issuer:manage",)})
    draft = {"issuer": outside.url, "audience": CLIENT, "jwks_uri": f"{outside.url}/rival"}
    headers = {"authorization": f"Bearer {plaintext}", "content-type": "application/json"}
    answer = Browser(home)._send("POST", "/api/v1/identity/issuers", json.dumps(draft), headers)
    assert answer.status == 403
    (kept,) = api(home, "GET", "/api/v1/identity/issuers").json["items"]
    assert kept["jwks_uri"] == f"{outside.url}/jwks"


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://localhost:8787"},
        {"issuer": "ftp://x.example"},
        {"algorithms": ["HS256"]},
        {"algorithms": []},
        {"client_id": ""},
        {"token_endpoint": "javascript:alert(1)"},
        {"group_grants": {"Staff": [{"role": "king"}]}},
        {"tenant": "globex"},
        {"tenant_claim": "org"},
    ],
)
def test_an_issuer_that_breaks_a_rule_is_not_trusted(
    home: House, outside: Outside, change: dict[str, Any]
) -> None:
    assert trust(home, outside, **change).status == 422


def test_an_issuer_of_one_tenant_is_no_other_tenants(home: House, outside: Outside) -> None:
    id_ = trust(home, outside).json["id"]
    key = home.world.add_key(Role.ADMIN, tenant="globex")
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    other = Browser(home)
    assert other.get("/api/v1/identity/issuers", **headers).json["items"] == []
    gone = other._send("DELETE", f"/api/v1/identity/issuers/{id_}", None, headers)
    assert gone.status == 404
    draft = {"issuer": outside.url, "audience": CLIENT, "jwks_uri": f"{outside.url}/jwks"}
    taken = other._send("POST", "/api/v1/identity/issuers", json.dumps(draft), headers)
    assert taken.status == 409
    assert api(home, "DELETE", f"/api/v1/identity/issuers/{id_}").status == 204
    assert api(home, "GET", "/api/v1/identity/issuers").json["items"] == []


def test_an_issuer_that_serves_several_tenants_is_none_of_theirs_to_change(
    home: House, outside: Outside
) -> None:
    id_ = trust(home, outside).json["id"]
    shared = home.get("directory", ISSUERS, id_, tenant=SYSTEM)
    shared = shared.model_copy(update={"tenant_claim": "org"})
    home.keep("directory", ISSUERS, shared, tenant=SYSTEM)
    refused = trust(home, outside, jwks_uri=f"{outside.url}/rival")
    assert refused.status == 403
    assert "several tenants" in refused.json["detail"]
    assert api(home, "DELETE", f"/api/v1/identity/issuers/{id_}").status == 403
    assert home.get("directory", ISSUERS, id_, tenant=SYSTEM) == shared


def test_a_registered_client_gets_codes_at_its_own_place_alone(home: House) -> None:
    from tests.sign_in_world import authorize_path

    place = "https://app.example/back"
    draft = {"name": "App", "redirect_uris": [place], "scopes": ["openid", "finding:view"]}
    client = api(home, "POST", "/api/v1/identity/clients", draft).json["id"]
    browser = Browser(home)
    browser.sign_in()
    wanted = {"client_id": client, "redirect_uri": place, "scope": "openid finding:view"}
    assert browser.get(authorize_path(**wanted)).location.startswith(f"{place}?code=")
    assert browser.get(authorize_path(**{**wanted, "redirect_uri": f"{place}/x"})).status == 400
    beyond = browser.get(authorize_path(**{**wanted, "scope": "api"}))
    assert beyond.query["error"] == "invalid_scope"
    assert api(home, "DELETE", f"/api/v1/identity/clients/{client}").status == 204
    assert browser.get(authorize_path(**wanted)).status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["http://app.example/back"]},
        {"redirect_uris": ["https://app.example/*"]},
        {"redirect_uris": ["https://user@app.example/"]},
        {"redirect_uris": ["https://app.example/#x"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": []},
        {"scopes": ["everything"]},
    ],
)
def test_a_client_that_breaks_a_rule_is_not_registered(home: House, change: dict[str, Any]) -> None:
    draft = {"name": "App", "redirect_uris": ["https://app.example/"], **change}
    assert api(home, "POST", "/api/v1/identity/clients", draft).status == 422


@pytest.mark.parametrize(("scopes", "status"), [((), 200), (("client:manage",), 403)])
def test_only_who_holds_everything_registers_a_client_for_everything(
    home: House, scopes: tuple[str, ...], status: int
) -> None:
    plaintext = home.world.add_key(Role.ADMIN, changes={"scopes": scopes})
    draft = {"name": "App", "redirect_uris": ["https://app.example/"], "scopes": ["openid", "api"]}
    headers = {"authorization": f"Bearer {plaintext}", "content-type": "application/json"}
    answer = Browser(home)._send("POST", "/api/v1/identity/clients", json.dumps(draft), headers)
    assert answer.status == status


def test_a_link_sets_a_password_once(home: House) -> None:
    given = api(home, "POST", "/api/v1/identity/resets", {"user": "user:ada"}).json["link"]
    path = given.removeprefix("http://localhost:8787")
    fresh = "walrus tundra copper ninety"
    browser = Browser(home)
    page = browser.get(path)
    weak = browser.submit(page, "/sign-in/password", password="password12345")
    assert weak.status == 422
    assert browser.submit(page, "/sign-in/password", password=fresh).onward == "/sign-in"
    assert Browser(home).sign_in(password=fresh).status == 200
    late = Browser(home)
    answer = late.submit(late.get(path), "/sign-in/password", password="heron basalt violet dune")
    assert answer.status == 401
    assert api(home, "POST", "/api/v1/identity/resets", {"user": "user:eve"}).status == 404


def test_a_password_that_is_set_outdates_every_link_of_before(home: House) -> None:
    def link() -> str:
        given = api(home, "POST", "/api/v1/identity/resets", {"user": "user:ada"}).json["link"]
        return str(given.removeprefix("http://localhost:8787"))

    def use(path: str, password: str) -> int:
        browser = Browser(home)
        return browser.submit(browser.get(path), "/sign-in/password", password=password).status

    first, second, later = link(), link(), timedelta(minutes=1)
    home.world.clock.forward(later)
    assert use(second, "walrus tundra copper ninety") == 200
    assert use(first, "heron basalt violet dune") == 401
    home.world.clock.forward(later)
    third = link()
    home.world.clock.forward(later)
    assert use(third, "heron basalt violet dune") == 200
    assert Browser(home).sign_in(password="heron basalt violet dune").status == 200
