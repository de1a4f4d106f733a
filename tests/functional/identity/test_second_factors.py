"""Laws of second factors: asked for once set up, each use counts once, and guessing is slow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from functions.identity.model.factors import FACTORS
from steward.identity.credentials import COOKIE
from tests.authenticator import Authenticator
from tests.sign_in_world import WORDS, Answer, Browser, House, authorize_path, code_form, house


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.add_user()
    return made


@pytest.fixture
def browser(home: House) -> Browser:
    signed_in = Browser(home)
    signed_in.sign_in()
    return signed_in


def totp(browser: Browser) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Set one-time codes up; the generator and the recovery codes."""
    page = browser.get("/sign-in/security")
    page = browser.submit(page, "/sign-in/totp", do="begin")
    found = re.search(r'id="secret">([A-Z2-7]+)<', page.body)
    assert found is not None
    generator = pyotp.TOTP(found[1])
    page = browser.submit(page, "/sign-in/totp", do="confirm", code=code(browser, generator))
    browser.house.world.clock.forward(timedelta(seconds=30))
    return generator, tuple(re.findall(r'class="recovery">([^<]+)<', page.body))


def code(browser: Browser, generator: pyotp.TOTP, *, steps: int = 0) -> str:
    return generator.at(int(browser.house.world.clock().timestamp()) + 30 * steps)


def passkey(browser: Browser, authenticator: Authenticator) -> Answer:
    page = browser.get("/sign-in/security")
    csrf = page.forms["/sign-in/passkeys"]["csrf"]
    options = browser.post("/sign-in/passkeys/options", {"csrf": csrf}).json
    answer = authenticator.create(options)
    return browser.submit(
        page, "/sign-in/passkeys", do="add", id="", answer=answer, name="My phone"
    )


def factor_page(browser: Browser) -> Answer:
    return browser.follow(browser.sign_in())


def by_passkey(browser: Browser, page: Answer, authenticator: Authenticator) -> Answer:
    csrf = page.forms["/sign-in/passkey"]["csrf"]
    options = browser.post("/sign-in/passkey/options", {"csrf": csrf}).json
    return browser.submit(page, "/sign-in/passkey", answer=authenticator.get(options))


def mfa(browser: Browser) -> bool:
    return bool(browser.get("/api/v1/identity/session").json["mfa"])


def test_a_code_of_the_app_is_asked_for_once_it_is_set_up(browser: Browser) -> None:
    generator, _ = totp(browser)
    other = Browser(browser.house)
    page = factor_page(other)
    assert COOKIE not in other.cookies
    other.follow(other.submit(page, "/sign-in/factor", code=code(browser, generator)))
    assert mfa(other)


def test_a_session_has_the_factor_that_it_has_just_set_up(browser: Browser) -> None:
    assert not mfa(browser)
    before = browser.cookies[COOKIE]
    totp(browser)
    assert mfa(browser)
    assert browser.cookies[COOKIE] != before


def test_tokens_say_that_a_second_factor_was_given(browser: Browser) -> None:
    totp(browser)
    given = browser.get(authorize_path()).query["code"]
    token = browser.post("/oauth/token", code_form(given)).json["access_token"]
    resources = browser.house.world.resources
    assert resources.tokens.caller(token, now=browser.house.world.clock()).mfa


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(browser: Browser, steps: int) -> None:
    generator, _ = totp(browser)
    browser.house.world.clock.forward(timedelta(minutes=2))
    other = Browser(browser.house)
    answer = other.submit(
        factor_page(other), "/sign-in/factor", code=code(browser, generator, steps=steps)
    )
    assert answer.status == 200


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_clock_may_be_no_further_off(browser: Browser, steps: int) -> None:
    generator, _ = totp(browser)
    browser.house.world.clock.forward(timedelta(minutes=2))
    other = Browser(browser.house)
    answer = other.submit(
        factor_page(other), "/sign-in/factor", code=code(browser, generator, steps=steps)
    )
    assert answer.status == 401


def test_a_code_counts_once(browser: Browser) -> None:
    generator, _ = totp(browser)
    used = code(browser, generator)
    for expected in (200, 401):
        other = Browser(browser.house)
        answer = other.submit(factor_page(other), "/sign-in/factor", code=used)
        assert answer.status == expected


def test_the_code_that_proved_the_set_up_is_used(browser: Browser) -> None:
    page = browser.submit(browser.get("/sign-in/security"), "/sign-in/totp", do="begin")
    found = re.search(r'id="secret">([A-Z2-7]+)<', page.body)
    assert found is not None
    used = code(browser, pyotp.TOTP(found[1]))
    browser.submit(page, "/sign-in/totp", do="confirm", code=used)
    other = Browser(browser.house)
    assert other.submit(factor_page(other), "/sign-in/factor", code=used).status == 401


def test_a_recovery_code_counts_once(browser: Browser) -> None:
    _, recovery = totp(browser)
    assert len(set(recovery)) == 10
    for expected in (200, 401):
        other = Browser(browser.house)
        answer = other.submit(
            factor_page(other), "/sign-in/factor", code=recovery[3].lower().replace("-", " ")
        )
        assert answer.status == expected


def test_guessing_codes_ends_the_attempt_and_then_waits(browser: Browser) -> None:
    generator, _ = totp(browser)
    other = Browser(browser.house)
    page = factor_page(other)
    wrong = f"{(int(code(browser, generator)) + 1) % 10**6:06d}"
    statuses = [other.submit(page, "/sign-in/factor", code=wrong).status for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 303]
    assert other.submit(page, "/sign-in/factor", code=wrong).status == 403
    fresh = Browser(browser.house)
    answer = fresh.submit(
        factor_page(fresh), "/sign-in/factor", code=code(browser, generator, steps=1)
    )
    assert (answer.status, "too many tries" in answer.body) == (401, True)


def test_a_wrong_code_is_told_of_in_the_trail(home: House, browser: Browser) -> None:
    totp(browser)
    page = Browser(home)
    asked = page.follow(page.sign_in())
    assert page.submit(asked, "/sign-in/factor", code="000000").status == 401
    entries = [entry for item in home.world.outbox() for entry in item["audit"]]
    (refused,) = [entry["after"] for entry in entries if entry["collection"] == "refusals"]
    assert (refused["person"], refused["step"], refused["count"]) == (
        "user:ada",
        "second factor",
        1,
    )


def test_the_secret_is_kept_sealed_for_its_owner(home: House, browser: Browser) -> None:
    generator, recovery = totp(browser)
    kept = home.get("identity", FACTORS, "user:ada")
    assert generator.secret not in kept.model_dump_json()
    assert not any(one in kept.model_dump_json() for one in recovery)
    outbox = json.dumps(home.world.outbox())
    assert kept.totp.sealed not in outbox
    home.add_user("eve")
    home.keep("identity", FACTORS, kept.model_copy(update={"user": "user:eve"}))
    other = Browser(home)
    page = other.follow(other.sign_in("eve@example.com"))
    answer = other.submit(page, "/sign-in/factor", code=code(browser, generator))
    assert answer.status == 422


def test_a_wrong_code_sets_nothing_up(browser: Browser) -> None:
    page = browser.submit(browser.get("/sign-in/security"), "/sign-in/totp", do="begin")
    page = browser.submit(page, "/sign-in/totp", do="confirm", code="000000")
    assert "code: is wrong" in page.body
    assert Browser(browser.house).sign_in().onward == "/sign-in/done"


def test_a_passkey_lets_in_and_counts_its_uses(home: House, browser: Browser) -> None:
    phone = Authenticator()
    assert "My phone" in passkey(browser, phone).body
    other = Browser(home)
    other.follow(by_passkey(other, factor_page(other), phone))
    assert mfa(other)
    assert home.get("identity", FACTORS, "user:ada").passkeys[0].sign_count == 1


def elsewhere(phone: Authenticator) -> None:
    phone.origin = "http://localhost:8788"


def other_party(phone: Authenticator) -> None:
    phone.rp = "mallory.example"


def unverified(phone: Authenticator) -> None:
    phone.verifies = False


def copied(phone: Authenticator) -> None:
    phone.count = 3


def another_key(phone: Authenticator) -> None:
    phone.key = Authenticator().key


def another_id(phone: Authenticator) -> None:
    phone.id = b"passkey-2"


@pytest.mark.parametrize(
    "spoil", [elsewhere, other_party, unverified, copied, another_key, another_id]
)
def test_a_passkey_that_does_not_hold_is_refused(
    browser: Browser, spoil: Callable[[Authenticator], None]
) -> None:
    phone = Authenticator(count=10)
    passkey(browser, phone)
    spoil(phone)
    other = Browser(browser.house)
    assert by_passkey(other, factor_page(other), phone).status == 401


@pytest.mark.parametrize("spoil", [elsewhere, other_party, unverified])
def test_a_passkey_that_does_not_hold_is_not_set_up(
    browser: Browser, spoil: Callable[[Authenticator], None]
) -> None:
    phone = Authenticator()
    spoil(phone)
    assert passkey(browser, phone).status == 422


def test_an_answer_to_another_challenge_is_refused(browser: Browser) -> None:
    phone = Authenticator()
    passkey(browser, phone)
    other = Browser(browser.house)
    page = factor_page(other)
    csrf = page.forms["/sign-in/passkey"]["csrf"]
    first = other.post("/sign-in/passkey/options", {"csrf": csrf}).json
    other.post("/sign-in/passkey/options", {"csrf": csrf})
    assert other.submit(page, "/sign-in/passkey", answer=phone.get(first)).status == 401


@pytest.mark.parametrize("answer", ["", "{}", "[]", "nonsense", "x" * 9000])
def test_an_answer_that_is_none_is_refused(browser: Browser, answer: str) -> None:
    passkey(browser, Authenticator())
    other = Browser(browser.house)
    page = factor_page(other)
    other.post("/sign-in/passkey/options", {"csrf": page.forms["/sign-in/passkey"]["csrf"]})
    assert other.submit(page, "/sign-in/passkey", answer=answer).status in (401, 422)


def test_whoever_has_a_second_factor_changes_nothing_without_it(
    home: House, browser: Browser
) -> None:
    weak = Browser(home)
    weak.sign_in()
    page = weak.get("/sign-in/security")
    totp(browser)
    answer = weak.submit(page, "/sign-in/totp", do="begin")
    assert (answer.status, "second factor" in answer.body) == (403, True)
    assert weak.get("/sign-in/security").location.startswith("/sign-in/factor")


def test_a_session_steps_up_by_the_second_factor(home: House, browser: Browser) -> None:
    weak = Browser(home)
    weak.sign_in()
    generator, _ = totp(browser)
    page = weak.get("/sign-in/factor?then=%2Fsign-in%2Fsecurity")
    done = weak.submit(page, "/sign-in/factor", code=code(browser, generator))
    assert done.onward == "/sign-in/security"
    assert mfa(weak)


def test_factors_are_taken_away_with_their_recovery_codes(home: House, browser: Browser) -> None:
    totp(browser)
    browser.submit(browser.get("/sign-in/security"), "/sign-in/totp", do="remove")
    assert home.get("identity", FACTORS, "user:ada").recovery == ()
    assert Browser(home).sign_in().onward == "/sign-in/done"


def test_a_changed_password_ends_all_other_sessions(home: House, browser: Browser) -> None:
    other = Browser(home)
    other.sign_in()
    home.world.clock.forward(timedelta(seconds=1))
    page = browser.get("/sign-in/password")
    fresh = "walrus tundra copper ninety"
    done = browser.submit(page, "/sign-in/password", present=WORDS, password=fresh)
    assert done.onward == "/sign-in/done"
    assert browser.get("/sign-in/done").status == 200
    assert other.get("/sign-in/done").status == 303
    assert Browser(home).sign_in().status == 401
    assert Browser(home).sign_in(password=fresh).status == 200


@pytest.mark.parametrize(
    ("present", "password", "status"),
    [
        ("wrong wrong wrong", "walrus tundra copper ninety", 401),
        (WORDS, "short", 422),
        (WORDS, "password123456", 422),
        (WORDS, "ada@example.com1", 422),
    ],
)
def test_a_password_is_changed_by_its_owner_to_a_good_one_alone(
    browser: Browser, present: str, password: str, status: int
) -> None:
    page = browser.get("/sign-in/password")
    answer = browser.submit(page, "/sign-in/password", present=present, password=password)
    assert answer.status == status
    assert password not in answer.body
    assert Browser(browser.house).sign_in().status == 200
