"""Sign-ins of the command line: kept in a file that only its owner can read, renewed when they end."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from steward.cli import exits
from steward.errors import StewardError

CLIENT = "steward-cli"
_SECONDS = 30.0
_EARLY = 60.0
"""Seconds before its end that an access token is renewed."""


class NotSignedIn(StewardError):
    """There is no sign-in for the server, or it has ended."""

    exit_code = exits.AUTH


class SignInRefused(StewardError):
    """The server's OAuth endpoint said no; ``error`` is its code."""

    exit_code = exits.AUTH

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"sign-in: {description or error}")
        self.error = error


@dataclass(frozen=True, slots=True)
class Login:
    """One sign-in at one server."""

    issuer: str
    access_token: str
    refresh_token: str
    expires_at: float

    @classmethod
    def of(cls, issuer: str, answer: Mapping[str, Any], *, now: float) -> Login:
        """What a token endpoint answered."""
        ends = now + float(answer["expires_in"])
        return cls(issuer, str(answer["access_token"]), str(answer["refresh_token"]), ends)


class Logins:
    """The file of sign-ins, one per server."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or credentials_path()

    def get(self, server: str) -> Login | None:
        """The sign-in at the server."""
        kept = self._read().get(server)
        return None if kept is None else Login(**kept)

    def put(self, server: str, login: Login | None) -> None:
        """Keep the sign-in, or forget it."""
        with self._locked():
            self._write(server, login)

    def fresh(self, server: str) -> str | None:
        """An access token that holds; renewed by one process at a time.

        Raises:
            NotSignedIn: the sign-in has ended.
        """
        known = self.get(server)
        if known is None or known.expires_at - _EARLY > time.time():
            return None if known is None else known.access_token
        with self._locked():
            # Another process may have renewed it meanwhile; a refresh token counts once.
            known = self.get(server)
            if known is None or known.expires_at - _EARLY > time.time():
                return None if known is None else known.access_token
            return self._renew(server, known)

    def _renew(self, server: str, known: Login) -> str:
        form = {"grant_type": "refresh_token", "refresh_token": known.refresh_token}
        try:
            answer = post(server, "/oauth/token", {**form, "client_id": CLIENT})
        except SignInRefused as error:
            if error.error != "invalid_grant":
                raise
            self._write(server, None)
            raise NotSignedIn(f"{error}; sign in again with 'steward login'") from error
        renewed = Login.of(known.issuer, answer, now=time.time())
        self._write(server, renewed)
        return renewed.access_token

    def _read(self) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise NotSignedIn(f"{self._path}: is not JSON; remove it and sign in again") from error
        return kept

    def _write(self, server: str, login: Login | None) -> None:
        kept = {name: value for name, value in self._read().items() if name != server}
        if login is not None:
            kept[server] = asdict(login)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        fresh.replace(self._path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def credentials_path() -> Path:
    """Where sign-ins are kept, by the XDG base directory specification."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "steward" / "credentials.json"


def metadata(server: str) -> dict[str, Any]:
    """What the server says of itself as an issuer."""
    return _exchange(server, "GET", "/.well-known/openid-configuration", None)


def post(server: str, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The JSON answer to a form.

    Raises:
        SignInRefused: an OAuth error.
    """
    return _exchange(server, "POST", path, urlencode(fields))


def _exchange(server: str, method: str, path: str, body: str | None) -> dict[str, Any]:
    # Only the server that the person named hears of codes and tokens, whatever its metadata says.
    parts = urlsplit(server)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        connection.request(method, parts.path.rstrip("/") + path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read()
    except OSError as error:
        raise SignInRefused("unreachable", f"{server} does not answer ({error})") from error
    finally:
        connection.close()
    return _told(response.status, text)


def _told(status: int, text: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise SignInRefused("unusable", f"HTTP status {status} without JSON") from error
    if status >= http.client.BAD_REQUEST:
        said = str(answer.get("error_description") or answer.get("detail") or status)
        raise SignInRefused(str(answer.get("error", status)), said)
    return answer
