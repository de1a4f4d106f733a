"""People sign in with a real browser, and their command line by it: Steward is its own issuer."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import chromium

pytestmark = pytest.mark.slow

STEWARD = (sys.executable, "-c", "from steward.cli.main import main; main()")
EMAIL, WORDS = "ada@example.com", "plume anvil quartz rowan"
PATIENCE = 60.0


class Served(NamedTuple):
    """A Steward that runs with one user, who has a password."""

    url: str
    data: Path
    environment: dict[str, str]

    def steward(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*STEWARD, *arguments, "--data", str(self.data)],
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
            env=self.environment,
            timeout=PATIENCE,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*STEWARD, *arguments, "--data", str(self.data)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=self.environment,
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("sign-in")
    data = home / "data"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")},
        "XDG_CONFIG_HOME": str(home / "config"),
        # Nothing here is to be opened by itself: the test has the browser.
        "BROWSER": "true",
        "STEWARD_LIMITS": "every=100000/minute",
    }
    command = [*STEWARD, "up", "--data", str(data), "--port", "0", "--workers", "2"]
    with (home / "said").open("w") as said:
        process = subprocess.Popen(command, stderr=said, env=environment)
    try:
        key, port = _started(home / "said")
        served = Served(f"http://localhost:{port}", data, environment)
        _add_user(served.url, key)
        done = served.steward("auth", "set-password", EMAIL, stdin=f"{WORDS}\n")
        assert done.returncode == 0, done.stderr
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _started(said: Path) -> tuple[str, int]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        text = said.read_text("utf-8")
        key, url = re.search(r"stw_\S+", text), re.search(r"is at http://\S+?:(\d+)", text)
        if key and url:
            return key[0], int(url[1])
        time.sleep(0.1)
    raise AssertionError(said.read_text("utf-8"))


def _add_user(url: str, key: str) -> None:
    draft = {"email": EMAIL, "name": "Ada", "grants": [{"role": "admin"}]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    connection.request("POST", "/api/v1/identity/users", json.dumps(draft), headers)
    assert connection.getresponse().status == 200
    connection.close()


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(window: Browser) -> Iterator[Page]:
    context = window.new_context()
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE * 1000)
    faults: list[str] = []
    opened.on("console", lambda message: faults.append(message.text) if _bad(message) else None)
    yield opened
    context.close()
    assert faults == []


def _bad(message: Any) -> bool:
    # The browser reports on its console what a page's own policy refuses; not found is no matter.
    return message.type == "error" and "Failed to load resource" not in message.text


def _sign_in(page: Page) -> None:
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _said(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(pattern, line)
        if found:
            return found[1]
    raise AssertionError("the command said nothing of the kind")


def test_a_person_signs_in_by_code_and_pkce_and_their_command_line_with_them(
    served: Served, page: Page
) -> None:
    with served.begin("login", "--browser") as process:
        page.goto(_said(process, r"open (http\S+)"))
        _sign_in(page)
        page.wait_for_url("http://127.0.0.1:*/callback?*")
        assert "Steward has signed you in" in page.inner_text("body")
        assert process.wait(PATIENCE) == 0
    told = json.loads(served.steward("whoami", "-o", "json").stdout)
    assert (told["email"], told["tenant"], told["mfa"]) == (EMAIL, "default", False)
    cookie = next(c for c in page.context.cookies() if c["name"] == "__Host-steward")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    kept = Path(served.environment["XDG_CONFIG_HOME"]) / "steward" / "credentials.json"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_device_signs_in_once_somebody_approves_it_in_a_browser(
    served: Served, page: Page
) -> None:
    served.steward("logout")
    with served.begin("login") as process:
        page.goto(_said(process, r"or open (http\S+)"))
        _sign_in(page)
        page.get_by_role("button", name="Approve").click()
        page.get_by_role("heading", name="Approved").wait_for()
        assert process.wait(PATIENCE) == 0
    told = json.loads(served.steward("whoami", "-o", "json").stdout)
    assert (told["email"], told["csrf_token"]) == (EMAIL, None)
    assert served.steward("logout").returncode == 0
    assert served.steward("whoami").returncode != 0


def test_nothing_of_a_sign_in_is_left_where_scripts_could_read_it(
    served: Served, page: Page
) -> None:
    page.goto(f"{served.url}/sign-in")
    _sign_in(page)
    page.get_by_text("You are signed in as").wait_for()
    left = "[document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]"
    assert page.evaluate(left) == ["", "{}", "{}"]


def test_the_cookie_holds_on_the_loopback_address_too(served: Served, page: Page) -> None:
    page.goto(f"{served.url.replace('localhost', '127.0.0.1')}/sign-in")
    _sign_in(page)
    page.get_by_text("You are signed in as").wait_for()


def test_pages_work_without_scripts(served: Served, window: Browser) -> None:
    context = window.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/sign-in")
    _sign_in(page)
    page.get_by_text("You are signed in as").wait_for()
    context.close()


def test_a_person_sets_up_one_time_codes_and_signs_in_by_them(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/sign-in/security")
    _sign_in(page)
    page.get_by_role("button", name="Set up").click()
    generator = pyotp.TOTP(page.locator("#secret").inner_text())
    page.get_by_label("Code from the app").fill(generator.at(int(time.time()) - 30))
    page.get_by_role("button", name="Confirm").click()
    assert page.locator(".recovery").count() == 10
    page.goto(f"{served.url}/sign-in/done")
    page.get_by_role("button", name="Sign out", exact=True).click()
    _sign_in(page)
    page.get_by_label("Code from your app").fill(generator.now())
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("with a second factor").wait_for()
    page.get_by_role("link", name="Password, one-time codes and passkeys").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Set up").wait_for()


def test_a_person_adds_a_passkey_and_signs_in_by_it(served: Served, page: Page) -> None:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{served.url}/sign-in/security")
    _sign_in(page)
    page.get_by_label("Name of the new passkey").fill("Virtual key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("Virtual key").wait_for()
    page.goto(f"{served.url}/sign-in/done")
    page.get_by_role("button", name="Sign out", exact=True).click()
    _sign_in(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("with a second factor").wait_for()
    page.get_by_role("link", name="Password, one-time codes and passkeys").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Virtual key").wait_for(state="detached")
