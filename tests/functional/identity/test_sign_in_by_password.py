"""Laws of signing in by password: one answer for all that is wrong, counted, and a fresh session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from functions.identity.adapters import argon
from functions.identity.model.passwords import PASSWORDS
from steward.identity.credentials import COOKIE
from steward.identity.directory import SESSIONS, TENANTS, Standing, Tenant, hash_key
from tests.edge_world import NOON, TENANT
from tests.sign_in_world import WORDS, Browser, House, house

WRONG = "organisation, e-mail or password is wrong"


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


@pytest.fixture
def browser(home: House) -> Browser:
    return Browser(home)


def test_the_right_password_begins_a_session_that_the_edge_knows(browser: Browser) -> None:
    done = browser.follow(browser.sign_in())
    assert (done.status, "ada@example.com" in done.body) == (200, True)
    assert browser.cookies.keys() == {COOKIE}


def test_the_session_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(
    browser: Browser,
) -> None:
    cookie = next(c for c in browser.sign_in().cookies if c.startswith(f"{COOKIE}="))
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert attributes == {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"}


@pytest.mark.parametrize(
    ("email", "password", "tenant"),
    [
        ("ada@example.com", "not the words at all", TENANT),
        ("eve@example.com", WORDS, TENANT),
        ("no address", WORDS, TENANT),
        ("ada@example.com", WORDS, "globex"),
        ("ada@example.com", WORDS, "acme#users"),
        ("ada@example.com", WORDS, "\N{CYRILLIC SMALL LETTER A}cme"),
        ("ada@example.com", "", TENANT),
        ("ada@example.com'; --", WORDS, TENANT),
        ("ada@example.com", WORDS + "x" * 500, TENANT),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(
    browser: Browser, email: str, password: str, tenant: str
) -> None:
    answer = browser.sign_in(email, password, tenant=tenant)
    assert (answer.status, WRONG in answer.body, COOKIE in browser.cookies) == (401, True, False)


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.DELETED])
def test_who_is_shut_out_has_no_right_password(
    home: House, browser: Browser, standing: Standing
) -> None:
    home.shut_out("ada", standing)
    assert browser.sign_in().status == 401


def test_nobody_signs_in_to_a_tenant_that_is_suspended(home: House, browser: Browser) -> None:
    tenant = Tenant(id=TENANT, standing=Standing.SUSPENDED, created_at=NOON)
    home.keep("directory", TENANTS, tenant, tenant="system")
    assert browser.sign_in().status == 403


@dataclass(eq=False)
class Counting:
    """A hasher that counts what it verifies."""

    hasher: PasswordHasher
    verified: list[str] = field(default_factory=list)

    def verify(self, kept: str, password: str) -> bool:
        self.verified.append(kept)
        return self.hasher.verify(kept, password)

    def hash(self, password: str) -> str:
        return self.hasher.hash(password)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    counting = Counting(PasswordHasher(1, 8, 1))
    monkeypatch.setattr("functions.identity.wiring.Argon", lambda: argon.Argon(counting))  # type: ignore[arg-type]
    yield counting


@pytest.mark.parametrize("email", ["ada@example.com", "eve@example.com", "no address"])
def test_a_known_and_an_unknown_user_cost_exactly_one_slow_hash(
    browser: Browser, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as counting:
        browser.sign_in(email, "not the words at all")
        assert len(counting.verified) == 1


def test_the_hash_of_nobody_takes_as_long_as_one_of_today() -> None:
    assert not argon.Argon().stale(argon.NOBODYS)
    assert not argon.Argon().verify(None, "whatever is tried")


def test_a_tenant_that_cannot_be_costs_the_same(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as counting:
        browser.sign_in(tenant="acme#users")
        assert len(counting.verified) == 1


@pytest.mark.parametrize("email", ["ada@example.com", "eve@example.com"])
def test_guesses_from_one_place_wait_longer_and_longer_whoever_they_are_about(
    home: House, browser: Browser, email: str
) -> None:
    assert [browser.sign_in(email, "wrong wrong wrong").status for _ in range(6)] == [401] * 5 + [
        429
    ]
    waits = []
    for _ in range(3):
        text = browser.sign_in(email, "wrong wrong wrong").body
        found = re.search(r"wait (\d+) s", text)
        assert found is not None
        waits.append(int(found[1]))
        home.world.clock.forward(timedelta(seconds=waits[-1]))
        assert browser.sign_in(email, "wrong wrong wrong").status == 401
    assert waits == [31, 61, 121]


def test_a_stranger_elsewhere_does_not_keep_the_user_out(home: House, browser: Browser) -> None:
    stranger = Browser(home, ip="198.51.100.9")
    for _ in range(8):
        stranger.sign_in(password="wrong wrong wrong")
    assert stranger.sign_in().status == 429
    assert browser.follow(browser.sign_in()).status == 200


def test_many_strangers_keep_the_user_waiting_for_minutes_at_most(home: House) -> None:
    for number in range(60):
        Browser(home, ip=f"198.51.100.{number}").sign_in(password="wrong wrong wrong")
    answer = Browser(home, ip="203.0.113.5").sign_in()
    found = re.search(r"wait (\d+) s", answer.body)
    assert found is not None
    assert answer.status == 429
    assert int(found[1]) <= 301


def test_a_success_forgets_the_failures(browser: Browser) -> None:
    for _ in range(4):
        browser.sign_in(password="wrong wrong wrong")
    assert browser.sign_in().status == 200
    assert [browser.sign_in(password="wrong wrong wrong").status for _ in range(5)] == [401] * 5


def test_a_hash_of_yesterdays_parameters_is_renewed_at_the_next_sign_in(
    home: House, browser: Browser
) -> None:
    known = home.get("identity", PASSWORDS, "user:ada")
    weak = known.model_copy(update={"hash": PasswordHasher(1, 8, 1).hash(WORDS)})
    home.keep("identity", PASSWORDS, weak)
    assert browser.sign_in().status == 200
    after = home.get("identity", PASSWORDS, "user:ada")
    assert "m=19456,t=2,p=1" in after.hash
    assert browser.sign_in().status == 200


def test_a_session_of_before_ends_and_its_cookie_is_never_taken_over(
    home: House, browser: Browser
) -> None:
    browser.sign_in()
    before = browser.cookies[COOKIE]
    browser.sign_in()
    assert browser.cookies[COOKIE] != before
    assert home.get("directory", SESSIONS, hash_key(before)) is None


def test_a_cookie_that_somebody_planted_is_not_the_session(browser: Browser) -> None:
    browser.cookies[COOKIE] = planted = f"{TENANT}.planted"
    browser.sign_in()
    assert browser.cookies[COOKIE] != planted
    assert Browser(browser.house, cookies={COOKIE: planted}).get("/sign-in/done").status == 303


@pytest.mark.parametrize(
    "then",
    ["https://mallory.example", "//mallory.example", "/\\mallory", "javascript:alert(1)", "/a\nb"],
)
def test_nobody_is_led_elsewhere_after_signing_in(browser: Browser, then: str) -> None:
    assert browser.sign_in(then=then).onward == "/sign-in/done"


@pytest.mark.parametrize("token", ["", "guess"])
def test_a_form_without_the_browsers_own_token_is_refused(browser: Browser, token: str) -> None:
    page = browser.get("/sign-in")
    answer = browser.submit(
        page, "/sign-in", csrf=token, tenant=TENANT, email="ada@example.com", password=WORDS
    )
    assert (answer.status, COOKIE in browser.cookies) == (403, False)


def test_a_form_that_another_site_sent_is_refused(browser: Browser) -> None:
    page = browser.get("/sign-in")
    filled = {**page.forms["/sign-in"], "email": "ada@example.com", "password": WORDS}
    answer = browser.post("/sign-in", filled, **{"sec-fetch-site": "cross-site"})
    assert (answer.status, COOKIE in browser.cookies) == (403, False)


def test_a_session_is_over_when_it_idles_and_at_its_end(home: House, browser: Browser) -> None:
    browser.sign_in()
    assert browser.get("/sign-in/done").status == 200
    home.world.clock.forward(timedelta(hours=1))
    assert browser.get("/sign-in/done").status == 303


def test_signing_out_ends_the_session_and_the_cookie(browser: Browser) -> None:
    browser.sign_in()
    cookie = browser.cookies[COOKIE]
    page = browser.get("/sign-in/done")
    browser.submit(page, "/sign-in/out")
    assert COOKIE not in browser.cookies
    assert Browser(browser.house, cookies={COOKIE: cookie}).get("/sign-in/done").status == 303


def test_signing_out_everywhere_ends_all_sessions(home: House, browser: Browser) -> None:
    other = Browser(home)
    other.sign_in()
    home.world.clock.forward(timedelta(seconds=1))
    browser.sign_in()
    home.world.clock.forward(timedelta(seconds=1))
    browser.submit(browser.get("/sign-in/done"), "/sign-in/out", everywhere="yes")
    assert other.get("/sign-in/done").status == 303
    assert browser.sign_in().status == 200


def test_pages_let_nothing_in_from_elsewhere(browser: Browser) -> None:
    page = browser.get("/sign-in")
    policy = page.headers["content-security-policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "trusted-types",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.body
    assert page.headers["cache-control"] == "no-store"


def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    answer = browser.sign_in('"><script>alert(1)</script>', "wrong wrong wrong")
    assert "<script>" not in answer.body
