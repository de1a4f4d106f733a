"""Laws of codes and refresh tokens: each counts once, and a second use ends what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from functions.identity.model.oauth import CLIENTS, Client
from steward import federation
from steward.edge.resources import Directory
from steward.errors import Unauthenticated
from steward.identity.directory import PRINCIPALS, Standing
from steward.identity.tokens import audience_of
from steward.store.records import Key, Record, Refusal, Store, Transaction
from tests.edge_world import TENANT
from tests.sign_in_world import (
    LOOPBACK,
    URL,
    Answer,
    Browser,
    House,
    authorize_path,
    code_form,
    house,
)


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


@pytest.fixture
def browser(home: House) -> Browser:
    return Browser(home)


def code(browser: Browser, **changes: str) -> str:
    answer = browser.follow(browser.sign_in(then=authorize_path(**changes)))
    assert answer.location.startswith(LOOPBACK)
    return answer.query["code"]


def redeem(browser: Browser, **changes: str) -> Answer:
    return browser.post("/oauth/token", code_form(code(browser), **changes))


def refresh(browser: Browser, token: str, **changes: str) -> Answer:
    members = {"grant_type": "refresh_token", "client_id": "steward-cli", "refresh_token": token}
    return browser.post("/oauth/token", {**members, **changes})


def claims(token: str) -> Any:
    return jwt.decode(token, options={"verify_signature": False})


def caller(home: House, token: str) -> Any:
    resources = home.world.resources
    return resources.tokens.caller(token, now=home.world.clock())


def refused(answer: Answer, error: str) -> None:
    assert (answer.status, answer.json["error"]) == (
        401 if error == "invalid_client" else 400,
        error,
    )
    assert answer.json["error_description"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_becomes_tokens_that_the_edge_takes(home: House, browser: Browser) -> None:
    tokens = redeem(browser).json
    found = caller(home, tokens["access_token"])
    assert (found.id, found.tenant, found.mfa, found.scopes) == ("user:ada", TENANT, False, None)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)


def test_an_id_token_says_who_signed_in_and_for_which_attempt(browser: Browser) -> None:
    told = claims(redeem(browser).json["id_token"])
    assert (told["iss"], told["aud"], told["sub"]) == (URL, "steward-cli", "user:ada")
    assert told["nonce"] == "nonce-1"


def test_an_id_token_is_no_access_token(home: House, browser: Browser) -> None:
    from steward.errors import Unauthenticated

    with pytest.raises(Unauthenticated, match="typ"):
        caller(home, redeem(browser).json["id_token"])


def test_the_answer_names_its_issuer_and_gives_the_state_back(browser: Browser) -> None:
    answer = browser.follow(browser.sign_in(then=authorize_path(state="s & t")))
    assert (answer.query["iss"], answer.query["state"]) == (URL, "s & t")


def test_a_code_that_is_used_twice_ends_the_tokens_of_the_first_use(browser: Browser) -> None:
    form = code_form(code(browser))
    first = browser.post("/oauth/token", form).json
    refused(browser.post("/oauth/token", form), "invalid_grant")
    refused(refresh(browser, first["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": "short"},
        {"redirect_uri": LOOPBACK.replace("49152", "49153")},
        {"redirect_uri": ""},
        {"client_id": "steward-console"},
    ],
)
def test_a_code_is_for_its_client_place_and_verifier_alone(
    browser: Browser, change: Mapping[str, str]
) -> None:
    refused(redeem(browser, **change), "invalid_grant")


def test_a_code_whose_verifier_was_guessed_wrong_is_burnt(browser: Browser) -> None:
    given = code(browser)
    refused(browser.post("/oauth/token", code_form(given, code_verifier="w" * 43)), "invalid_grant")
    refused(browser.post("/oauth/token", code_form(given)), "invalid_grant")


def test_a_code_expires(home: House, browser: Browser) -> None:
    given = code(browser)
    home.world.clock.forward(timedelta(seconds=60))
    refused(browser.post("/oauth/token", code_form(given)), "invalid_grant")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"request_uri": "https://mallory.example"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_faulty_request_is_sent_back_to_the_client(
    browser: Browser, change: Mapping[str, str], error: str
) -> None:
    answer = browser.get(authorize_path(**change))
    assert answer.location.startswith(f"{LOOPBACK}?")
    assert (answer.query["error"], answer.query["state"]) == (error, "state-1")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"client_id": "acme.app-nobody"},
        {"client_id": ""},
        {"redirect_uri": "https://mallory.example/callback"},
        {"redirect_uri": "http://127.0.0.1:1/callback/../x"},
        {"redirect_uri": "http://127.0.0.1.mallory.example/callback"},
        {"redirect_uri": "http://127.0.0.1@mallory.example/callback"},
        {"redirect_uri": "http://localhost:1/callback"},
        {"redirect_uri": "http://127.0.0.1:1/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1:1/callback#x"},
        {"redirect_uri": "http://127.0.0.1:99999/callback"},
        {"redirect_uri": ""},
    ],
)
def test_nothing_is_sent_to_a_place_that_the_client_did_not_register(
    browser: Browser, change: Mapping[str, str]
) -> None:
    browser.sign_in()
    answer = browser.get(authorize_path(**change))
    assert (answer.status >= 400, answer.location) == (True, "")


def test_a_parameter_that_comes_twice_is_refused(browser: Browser) -> None:
    assert browser.get(authorize_path() + "&client_id=steward-console").status == 400
    form = "grant_type=refresh_token&grant_type=authorization_code"
    answer = browser._send(
        "POST", "/oauth/token", form, {"content-type": "application/x-www-form-urlencoded"}
    )
    refused(answer, "invalid_request")


def test_tokens_are_asked_for_by_a_form(browser: Browser) -> None:
    answer = browser._send("POST", "/oauth/token", "{}", {"content-type": "application/json"})
    refused(answer, "invalid_request")


def test_a_refresh_token_counts_once_and_its_second_use_ends_the_family(
    home: House, browser: Browser
) -> None:
    first = redeem(browser).json["refresh_token"]
    second = refresh(browser, first).json
    assert caller(home, second["access_token"]).id == "user:ada"
    reused = refresh(browser, first)
    refused(reused, "invalid_grant")
    assert "used before" in reused.json["error_description"]
    ended = refresh(browser, second["refresh_token"])
    refused(ended, "invalid_grant")
    assert "revoked" in ended.json["error_description"]


def test_a_refresh_token_lives_thirty_days_from_its_last_use(home: House, browser: Browser) -> None:
    token = redeem(browser).json["refresh_token"]
    home.world.clock.forward(timedelta(days=29))
    token = refresh(browser, token).json["refresh_token"]
    home.world.clock.forward(timedelta(days=29))
    token = refresh(browser, token).json["refresh_token"]
    home.world.clock.forward(timedelta(days=30, seconds=1))
    refused(refresh(browser, token), "invalid_grant")


@pytest.mark.parametrize(
    "token", ["", "acme", "acme.unknown", "globex.unknown", "a#c.x", "../x.y", "x" * 3000]
)
def test_a_refresh_token_that_is_none_gets_one_clear_error(browser: Browser, token: str) -> None:
    refused(refresh(browser, token), "invalid_grant")


def test_a_refresh_token_of_one_tenant_opens_no_other(home: House, browser: Browser) -> None:
    token = redeem(browser).json["refresh_token"]
    refused(refresh(browser, token.replace("acme.", "globex.")), "invalid_grant")


def test_a_refresh_token_is_for_its_client_alone(browser: Browser) -> None:
    token = redeem(browser).json["refresh_token"]
    refused(refresh(browser, token, client_id="steward-console"), "invalid_grant")
    refused(refresh(browser, token, client_id="nobody"), "invalid_client")


def test_a_refreshed_scope_may_shrink_and_never_grow(browser: Browser) -> None:
    given = code(browser, scope="openid api")
    token = browser.post("/oauth/token", code_form(given)).json["refresh_token"]
    smaller = refresh(browser, token, scope="openid").json
    assert smaller["scope"] == "openid"
    refused(refresh(browser, smaller["refresh_token"], scope="api email"), "invalid_scope")


def test_whoever_is_shut_out_or_signed_out_everywhere_refreshes_no_more(
    home: House, browser: Browser
) -> None:
    token = redeem(browser).json["refresh_token"]
    home.world.clock.forward(timedelta(seconds=1))
    ada = home.get("directory", PRINCIPALS, "user:ada")
    later = home.world.clock()
    home.keep("directory", PRINCIPALS, ada.model_copy(update={"not_before": later}))
    refused(refresh(browser, token), "invalid_grant")
    home.shut_out("ada", Standing.SUSPENDED)
    refused(refresh(browser, token), "invalid_grant")


def test_a_revoked_token_ends_its_family_and_an_unknown_one_is_no_error(browser: Browser) -> None:
    token = redeem(browser).json["refresh_token"]
    for given in ("acme.unknown", token, token):
        answer = browser.post("/oauth/revoke", {"token": given, "client_id": "steward-cli"})
        assert answer.status == 200
    refused(refresh(browser, token), "invalid_grant")


def test_the_access_tokens_of_a_revoked_sign_in_are_refused_within_a_minute(
    home: House, browser: Browser
) -> None:
    ended, other = redeem(browser).json, redeem(browser).json
    assert caller(home, ended["access_token"]).id == "user:ada"
    given = {"token": ended["refresh_token"], "client_id": "steward-cli"}
    assert browser.post("/oauth/revoke", given).status == 200
    home.world.clock.forward(timedelta(seconds=60))
    with pytest.raises(Unauthenticated, match="sign-in was revoked"):
        caller(home, ended["access_token"])
    assert caller(home, other["access_token"]).id == "user:ada"


def test_a_thief_who_uses_a_refresh_token_again_ends_the_access_tokens_too(
    home: House, browser: Browser
) -> None:
    first = redeem(browser).json
    second = refresh(browser, first["refresh_token"]).json
    refused(refresh(browser, first["refresh_token"]), "invalid_grant")
    home.world.resources.directory.forget()
    for answer in (first, second):
        with pytest.raises(Unauthenticated, match="sign-in was revoked"):
            caller(home, answer["access_token"])


def test_whether_a_sign_in_was_revoked_is_asked_once_a_minute(
    home: House, browser: Browser
) -> None:
    token = redeem(browser).json["access_token"]
    directory, reads = home.world.resources.directory, list[str]()
    counted = Directory(_Counted(directory.store, reads), directory.clock)
    resources = replace(home.world.resources, directory=counted)
    for _ in range(50):
        resources.tokens.caller(token, now=home.world.clock())
        home.world.clock.forward(timedelta(seconds=1))
    assert reads.count("ended") == 1


@dataclass
class _Counted:
    """A store that notes the collections of what is read by key."""

    inner: Store
    reads: list[str]

    def of(self, tenant: str) -> Any:
        session = self.inner.of(tenant)

        def get(key: Key, *, now: int) -> Record | None:
            self.reads.append(key.collection)
            return session.get(key, now=now)

        return SimpleNamespace(get=get)

    def commit(self, transactions: Sequence[Transaction]) -> list[Refusal | None]:
        return self.inner.commit(transactions)


def test_another_client_revokes_nothing(browser: Browser) -> None:
    token = redeem(browser).json["refresh_token"]
    browser.post("/oauth/revoke", {"token": token, "client_id": "steward-console"})
    assert refresh(browser, token).status == 200


@pytest.mark.parametrize("grant", ["", "password", "implicit", "urn:unknown"])
def test_other_ways_to_tokens_there_are_none(browser: Browser, grant: str) -> None:
    form = {"grant_type": grant, "client_id": "steward-cli"}
    refused(browser.post("/oauth/token", form), "unsupported_grant_type")


def test_clients_find_the_endpoints_and_the_keys(home: House, browser: Browser) -> None:
    told = browser.get("/.well-known/openid-configuration").json
    assert told == browser.get("/.well-known/oauth-authorization-server").json
    assert (told["issuer"], told["code_challenge_methods_supported"]) == (URL, ["S256"])
    keys = browser.get(told["jwks_uri"].removeprefix(URL)).json["keys"]
    header = jwt.get_unverified_header(redeem(browser).json["access_token"])
    own, for_clouds = keys
    assert (own["kid"], own["alg"], for_clouds["alg"]) == (header["kid"], "EdDSA", "RS256")
    assert told["id_token_signing_alg_values_supported"] == ["EdDSA", "RS256"]
    assert not any({"d", "p", "q"} & key.keys() for key in keys)


def test_every_endpoint_that_clients_are_told_of_is_there(browser: Browser) -> None:
    told = browser.get("/.well-known/openid-configuration").json
    places = [url.removeprefix(URL) for name, url in told.items() if name.endswith("_endpoint")]
    assert len(places) == 6
    for place in places:
        assert {browser.get(place).status, browser.post(place, {}).status} & {404} == set()


def test_a_new_key_signs_and_the_old_one_verifies_until_its_tokens_have_ended(
    home: House, browser: Browser
) -> None:
    old = redeem(browser).json["access_token"]
    home.world.clock.forward(timedelta(days=30))
    fresh = redeem(browser).json["access_token"]
    kids = [jwt.get_unverified_header(token)["kid"] for token in (old, fresh)]
    shown = own_kids(browser)
    assert kids[0] != kids[1]
    assert set(shown) == set(kids)
    home.world.clock.forward(timedelta(days=2))
    assert own_kids(browser) == [kids[1]]


def own_kids(browser: Browser) -> list[str]:
    """The keys of Steward's own tokens, without the one that other clouds know it by."""
    keys = browser.get("/oauth/jwks.json").json["keys"]
    return [key["kid"] for key in keys if key["alg"] == "EdDSA"]


def test_a_token_for_other_clouds_is_none_for_steward_itself(home: House) -> None:
    signer = home.world.resources.signers(federation.KEY)
    token = federation.assertion(
        signer,
        issuer=URL,
        subject=federation.subject_of("acme", "1"),
        audience=audience_of(URL),
        id_="t1",
        now=home.world.clock(),
    )
    tokens = home.world.resources.tokens
    with pytest.raises(Unauthenticated):
        tokens.caller(token, now=home.world.clock())


def test_a_client_of_another_tenant_gets_no_code(home: House, browser: Browser) -> None:
    place = "https://elsewhere.example.com/callback"
    client = Client(
        id="rival.app-abcdefgh", name="Rival", redirect_uris=(place,), scopes=("api", "openid")
    )
    home.keep("identity", CLIENTS, client, tenant="rival")
    wanted = authorize_path(client_id=client.id, redirect_uri=place)
    answer = browser.follow(browser.sign_in(then=wanted))
    assert "code" not in answer.query
    assert answer.query["error"] == "access_denied"
