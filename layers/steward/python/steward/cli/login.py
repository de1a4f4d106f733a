"""``steward login``: sign in as a person, by a code on this screen or by a browser on this machine."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import typer
from typing_extensions import override

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.logins import CLIENT, Login, Logins, SignInRefused, metadata, post
from steward.cli.output import note

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid api"
_PATIENCE = 600.0


def login(
    *,
    browser: Annotated[
        bool, typer.Option("--browser/--device", help="By a browser here, or by a code anywhere.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Sign in; the sign-in is kept and renewed until 'steward logout'.

    Example: steward login, or steward login --browser
    """
    server = Client(data).url
    told = metadata(server)
    answer = by_browser(server, told) if browser else by_device(server, sleep=time.sleep)
    Logins().put(server, Login.of(str(told["issuer"]), answer, now=time.time()))
    note(f"signed in at {server}")


def by_device(server: str, *, sleep: Callable[[float], None]) -> dict[str, Any]:
    """Tokens by a code that a person types into a browser, wherever that is."""
    begun = post(server, "/oauth/device", {"client_id": CLIENT, "scope": SCOPE})
    note(f"open {begun['verification_uri']} and type the code {begun['user_code']}")
    note(f"or open {begun['verification_uri_complete']}")
    form = {"grant_type": DEVICE_GRANT, "device_code": begun["device_code"], "client_id": CLIENT}
    wait = float(begun["interval"])
    while True:
        sleep(wait)
        try:
            return post(server, "/oauth/token", form)
        except SignInRefused as error:
            if error.error not in ("authorization_pending", "slow_down"):
                raise
            # RFC 8628 3.5: slower from now on.
            wait += 5 if error.error == "slow_down" else 0


def by_browser(server: str, told: dict[str, Any]) -> dict[str, Any]:
    """Tokens by the browser of this machine: code and PKCE, back to a port of loopback."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    with _Waiting(("127.0.0.1", 0), _Callback) as waiting:
        place = f"http://127.0.0.1:{waiting.server_port}/callback"
        request = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": place,
            "scope": SCOPE,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        _open(f"{told['authorization_endpoint']}?{urlencode(request)}")
        answer = waiting.answer()
    if answer.get("state") != state or answer.get("iss") != told["issuer"]:
        raise SignInRefused("mixed_up", "the answer is to another sign-in; try again")
    if "code" not in answer:
        raise SignInRefused(answer.get("error", "unknown"), answer.get("error_description", ""))
    form = {"grant_type": "authorization_code", "client_id": CLIENT, "redirect_uri": place}
    return post(server, "/oauth/token", {**form, "code": answer["code"], "code_verifier": verifier})


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _open(url: str) -> None:
    import webbrowser

    note(f"open {url}")
    webbrowser.open(url)


class _Waiting(HTTPServer):
    """Takes the one answer that a browser brings back."""

    timeout = 1.0
    given: dict[str, str] | None = None

    def answer(self) -> dict[str, str]:
        """What the browser brought.

        Raises:
            SignInRefused: nothing within ten minutes.
        """
        until = time.monotonic() + _PATIENCE
        while self.given is None:
            if time.monotonic() > until:
                raise SignInRefused("timeout", "nobody signed in within ten minutes")
            self.handle_request()
        return self.given


class _Callback(BaseHTTPRequestHandler):
    server: _Waiting

    def do_GET(self) -> None:
        """Take the answer, and say so."""
        parts = urlsplit(self.path)
        if parts.path != "/callback":
            self.send_error(404)
            return
        self.server.given = dict(parse_qsl(parts.query))
        said = b"Steward has signed you in. You may close this window.\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the line holds the code."""
