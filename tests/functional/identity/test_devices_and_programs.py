"""Laws of devices without a browser, of programs with a secret, and of what tokens are asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.identity.model.services import SERVICES, Service, new_client_secret
from steward.identity import Grant, Role
from steward.identity.credentials import COOKIE
from steward.identity.directory import PRINCIPALS, Principal, Standing
from tests.edge_world import NOON, TENANT
from tests.sign_in_world import Answer, Browser, House, authorize_path, code_form, house

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


@pytest.fixture
def device(home: House) -> Browser:
    return Browser(home, ip="198.51.100.3")


@pytest.fixture
def browser(home: House) -> Browser:
    signed_in = Browser(home)
    signed_in.sign_in()
    return signed_in


def begin(device: Browser, **changes: str) -> Any:
    members = {"client_id": "steward-cli", "scope": "openid api", **changes}
    return device.post("/oauth/device", members).json


def poll(device: Browser, begun: Any, **changes: str) -> Answer:
    members = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    device.house.world.clock.forward(timedelta(seconds=5))
    return device.post("/oauth/token", {**members, "client_id": "steward-cli", **changes})


def decide(browser: Browser, begun: Any, decision: str = "approve") -> Answer:
    page = browser.get(f"/sign-in/device?user_code={begun['user_code']}")
    return browser.submit(page, "/sign-in/device", decision=decision)


def test_a_device_is_signed_in_as_who_approved_it(
    home: House, device: Browser, browser: Browser
) -> None:
    begun = begin(device)
    assert poll(device, begun).json["error"] == "authorization_pending"
    assert decide(browser, begun).status == 200
    tokens = poll(device, begun).json
    caller = home.world.resources.tokens.caller(tokens["access_token"], now=home.world.clock())
    assert (caller.id, caller.tenant) == ("user:ada", TENANT)
    assert "refresh_token" in tokens


def test_the_tokens_of_a_device_are_given_once(device: Browser, browser: Browser) -> None:
    begun = begin(device)
    decide(browser, begun)
    assert poll(device, begun).status == 200
    assert poll(device, begun).json["error"] == "expired_token"


def test_a_device_that_was_refused_hears_so(device: Browser, browser: Browser) -> None:
    begun = begin(device)
    decide(browser, begun, "deny")
    assert poll(device, begun).json["error"] == "access_denied"


def test_a_device_that_asks_too_often_is_told_to_slow_down(device: Browser) -> None:
    begun = begin(device)
    poll(device, begun)
    members = {"grant_type": DEVICE, "device_code": begun["device_code"]}
    early = device.post("/oauth/token", {**members, "client_id": "steward-cli"})
    assert early.json["error"] == "slow_down"
    assert poll(device, begun).json["error"] == "slow_down"
    device.house.world.clock.forward(timedelta(seconds=15))
    assert poll(device, begun).json["error"] == "authorization_pending"


def test_a_device_code_expires(device: Browser, browser: Browser) -> None:
    begun = begin(device)
    device.house.world.clock.forward(timedelta(minutes=10))
    assert poll(device, begun).json["error"] == "expired_token"
    browser.sign_in()
    assert browser.get(f"/sign-in/device?user_code={begun['user_code']}").status == 404


@pytest.mark.parametrize("code", ["", "unknown", "x" * 500])
def test_a_device_code_that_is_none_is_refused(device: Browser, code: str) -> None:
    begun = {"device_code": code}
    assert poll(device, begun).json["error"] == "expired_token"


def test_a_device_code_is_for_its_client_alone(device: Browser, browser: Browser) -> None:
    begun = begin(device)
    decide(browser, begun)
    assert poll(device, begun, client_id="steward-console").json["error"] == "unauthorized_client"
    assert poll(device, begun).status == 200


def test_a_device_asks_for_no_more_than_its_client_may(device: Browser) -> None:
    assert begin(device, scope="everything")["error"] == "invalid_scope"
    assert begin(device, client_id="steward-console")["error"] == "unauthorized_client"


@pytest.mark.parametrize("typed", ["bcdf ghjk", "BCDFGHJK", "bcdf-ghjk"])
def test_a_code_is_read_however_it_is_typed(device: Browser, browser: Browser, typed: str) -> None:
    begun = begin(device)
    shown = begun["user_code"]
    plain = shown.replace("-", "")
    same = "".join(plain["BCDFGHJK".index(c)] if c in "BCDFGHJK" else c for c in typed.upper())
    page = browser.get(f"/sign-in/device?user_code={same.lower().replace(' ', '+')}")
    assert shown in page.body


@pytest.mark.parametrize("code", ["AAAA-AAAA", "BCDF-GHJK", "1", "<b>x</b>"])
def test_a_code_that_no_device_shows_is_not_found(browser: Browser, code: str) -> None:
    answer = browser.get(f"/sign-in/device?user_code={code}")
    assert (answer.status, "<b>" in answer.body) == (404, False)


def test_a_stranger_signs_in_before_they_see_the_device(device: Browser, home: House) -> None:
    begun = begin(device)
    stranger = Browser(home)
    answer = stranger.get(f"/sign-in/device?user_code={begun['user_code']}")
    assert answer.location.startswith("/sign-in?then=")


def test_an_approval_that_another_site_sent_is_refused(device: Browser, browser: Browser) -> None:
    begun = begin(device)
    page = browser.get(f"/sign-in/device?user_code={begun['user_code']}")
    assert browser.submit(page, "/sign-in/device", csrf="x", decision="approve").status == 403
    assert poll(device, begun).json["error"] == "authorization_pending"


def program(home: House, *, standing: Standing = Standing.ACTIVE) -> tuple[str, str]:
    forged = new_client_secret(NOON)
    grants = (Grant(role=Role.EDITOR),)
    service = Service(
        id="service:robot",
        name="robot",
        grants=grants,
        secrets=(forged.kept,),
        standing=standing,
        created_at=NOON,
    )
    home.keep("identity", SERVICES, service)
    principal = Principal(id=service.id, grants=grants, standing=standing)
    home.keep("directory", PRINCIPALS, principal)
    return f"{TENANT}.robot", forged.plaintext


def ask(browser: Browser, client: str, secret: str, **more: str) -> Answer:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    return browser.post("/oauth/token", {**form, **more})


def test_a_program_gets_an_access_token_by_its_secret_and_no_other(
    home: House, device: Browser
) -> None:
    client, secret = program(home)
    tokens = ask(device, client, secret).json
    caller = home.world.resources.tokens.caller(tokens["access_token"], now=home.world.clock())
    assert (caller.id, caller.grants) == ("service:robot", (Grant(role=Role.EDITOR),))
    assert tokens.keys() == {"access_token", "expires_in", "scope", "token_type"}


def test_a_program_may_name_itself_in_the_header(home: House, device: Browser) -> None:
    import base64

    client, secret = program(home)
    word = base64.b64encode(f"{client}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials"}
    assert device.post("/oauth/token", form, authorization=f"Basic {word}").status == 200


def test_a_program_may_ask_for_less_than_it_holds(home: House, device: Browser) -> None:
    client, secret = program(home)
    tokens = ask(device, client, secret, scope="rule:view").json
    caller = home.world.resources.tokens.caller(tokens["access_token"], now=home.world.clock())
    assert caller.scopes == frozenset({"rule:view"})
    assert ask(device, client, secret, scope="rule:fly").json["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("client", "secret"),
    [
        (f"{TENANT}.robot", "wrong"),
        (f"{TENANT}.robot", ""),
        (f"{TENANT}.nobody", "stc_x"),
        ("globex.robot", "stc_x"),
        ("steward-cli", "stc_x"),
        ("a#b.robot", "stc_x"),
        ("", "stc_x"),
    ],
)
def test_a_program_that_does_not_prove_itself_gets_one_error(
    home: House, device: Browser, client: str, secret: str
) -> None:
    program(home)
    answer = ask(device, client, secret)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert "www-authenticate" in answer.headers


def test_a_program_that_is_shut_out_has_no_right_secret(home: House, device: Browser) -> None:
    client, secret = program(home, standing=Standing.SUSPENDED)
    assert ask(device, client, secret).json["error"] == "invalid_client"


def token(browser: Browser, scope: str = "openid api email profile") -> str:
    given = browser.get(authorize_path(scope=scope)).query["code"]
    answer = browser.post("/oauth/token", code_form(given))
    return str(answer.json["access_token"])


def test_a_program_learns_whether_a_token_of_its_tenant_counts(
    home: House, device: Browser, browser: Browser
) -> None:
    client, secret = program(home)
    given = token(browser)
    form = {"client_id": client, "client_secret": secret}
    told = device.post("/oauth/introspect", {**form, "token": given}).json
    assert (told["active"], told["sub"]) == (True, "user:ada")
    home.shut_out("ada", Standing.SUSPENDED)
    for text in (given, "nonsense", ""):
        assert device.post("/oauth/introspect", {**form, "token": text}).json == {"active": False}


def test_nobody_else_learns_anything_of_a_token(device: Browser, browser: Browser) -> None:
    answer = device.post("/oauth/introspect", {"token": token(browser), "client_id": "steward-cli"})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_who_a_token_is_about_is_told_as_far_as_its_scope_goes(browser: Browser) -> None:
    def told(scope: str) -> Answer:
        return browser.get("/oauth/userinfo", authorization=f"Bearer {token(browser, scope)}")

    assert told("openid email profile").json == {
        "sub": "user:ada",
        "tenant": TENANT,
        "email": "ada@example.com",
        "name": "Ada",
    }
    assert told("openid").json == {"sub": "user:ada", "tenant": TENANT}
    assert told("api").status == 400
    assert browser.get("/oauth/userinfo").status == 400


def test_a_browser_learns_who_it_is_and_how_to_write(home: House, browser: Browser) -> None:
    told = browser.get("/api/v1/identity/session").json
    assert (told["id"], told["email"], told["tenant"]) == ("user:ada", "ada@example.com", TENANT)
    refused = browser._send("DELETE", "/api/v1/identity/session", None, {})
    assert refused.status == 403
    done = browser._send(
        "DELETE", "/api/v1/identity/session", None, {"x-csrf-token": told["csrf_token"]}
    )
    assert done.status == 204
    home.world.resources.directory.forget()
    assert browser.get("/api/v1/identity/session").status == 401


def test_a_session_that_is_used_goes_on_to_its_end_and_no_further(
    home: House, browser: Browser
) -> None:
    for _ in range(23):
        home.world.clock.forward(timedelta(minutes=30))
        assert browser.get("/api/v1/identity/session").status == 200
    home.world.clock.forward(timedelta(minutes=30))
    assert browser.get("/api/v1/identity/session").status == 401


def test_a_token_has_no_csrf_token(browser: Browser) -> None:
    given = token(browser)
    del browser.cookies[COOKIE]
    told = browser.get("/api/v1/identity/session", authorization=f"Bearer {given}").json
    assert (told["id"], told["csrf_token"], told["expires_at"]) == ("user:ada", None, None)
