"""Talking to a running Steward: its API, and the operator's endpoints of the embedded one."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer

from steward.cli import exits
from steward.errors import StewardError, Unauthenticated

Data = Annotated[
    Path,
    typer.Option("--data", envvar="STEWARD_DATA", help="The data folder of the embedded Steward."),
]
DEFAULT_DATA = Path(".steward")
_SECONDS = 60.0
_OPERATIONS = ("/_steward/", "/health")


class ServerRefused(StewardError):
    """The server's answer was no; the message is its own, the exit code follows its status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.answered = status
        self.exit_code = exits.of_status(status)


class NotRunning(StewardError):
    """Nothing answers."""


class Client:
    """Requests to one server; ``STEWARD_URL`` and ``STEWARD_API_KEY`` come before what is kept here.

    Without a key in the environment a sign-in of 'steward login' counts, renewed when it ends; the
    operator's endpoints take the token in the data folder first.
    """

    def __init__(self, data: Path = DEFAULT_DATA) -> None:
        self._data = data
        self._url = urlsplit(os.environ.get("STEWARD_URL") or _served_at(data))

    @property
    def url(self) -> str:
        """The server."""
        return self._url.geturl().rstrip("/")

    def get(self, path: str, **query: Any) -> Any:
        """A JSON answer.

        Raises:
            ServerRefused: the server said no.
            NotRunning: nothing answers.
        """
        return self._json("GET", _with_query(path, query), None)

    def text(self, path: str, **query: Any) -> str:
        """An answer as it is.

        Raises:
            ServerRefused: the server said no.
            NotRunning: nothing answers.
        """
        return self._body("GET", _with_query(path, query), None)[0].decode()

    def post(self, path: str, body: object) -> Any:
        """Send JSON; the JSON answer.

        Raises:
            ServerRefused: the server said no.
            NotRunning: nothing answers.
        """
        return self._json("POST", path, body)

    def read(self, path: str) -> tuple[Any, str]:
        """A JSON answer and its ETag, to change it by.

        Raises:
            ServerRefused: the server said no.
            NotRunning: nothing answers.
        """
        answer, tag = self._exchange("GET", path, None)
        return answer, tag

    def request(self, method: str, path: str, body: object = None, *, match: str = "") -> Any:
        """Any method, with JSON both ways; None when there is no content. ``match`` is an ETag.

        Raises:
            ServerRefused: the server said no.
            NotRunning: nothing answers.
        """
        return self._exchange(method, path, body, {"If-Match": match} if match else {})[0]

    def stream(self, path: str, **query: Any) -> Iterator[Any]:
        """JSON lines as they come, until the server ends."""
        connection = self._connect(timeout=None)
        response = self._send(connection, "GET", _with_query(path, query), None)
        if response.status >= 400:  # noqa: PLR2004
            raise _refusal(response.status, response.read())
        for line in response:
            yield json.loads(line)

    def _json(self, method: str, path: str, body: object) -> Any:
        return self._exchange(method, path, body)[0]

    def _exchange(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, str]:
        answer, tag = self._body(method, path, body, headers)
        return (json.loads(answer) if answer else None), tag

    def _body(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, str]:
        connection = self._connect(timeout=_SECONDS)
        try:
            response = self._send(connection, method, path, body, headers)
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:  # noqa: PLR2004
            raise _refusal(response.status, answer)
        return answer, response.headers.get("ETag", "")

    def _connect(self, *, timeout: float | None) -> http.client.HTTPConnection:
        kind = (
            http.client.HTTPSConnection
            if self._url.scheme == "https"
            else http.client.HTTPConnection
        )
        return kind(self._url.hostname or "127.0.0.1", self._url.port, timeout=timeout)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: object,
        more: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self._key(path)}", "Content-Type": "application/json"}
        headers |= more or {}
        text = None if body is None else json.dumps(body)
        try:
            connection.request(method, self._url.path + path, body=text, headers=headers)
            return connection.getresponse()
        except OSError as error:
            raise NotRunning(
                f"{self._url.geturl()} does not answer ({error}); start it with 'steward up'"
            ) from error

    def _key(self, path: str) -> str:
        from_environment = os.environ.get("STEWARD_API_KEY")
        if from_environment:
            return from_environment
        # The operator's token opens the operator's endpoints alone, and health is open to all.
        found = self._operator_token() if path.startswith(_OPERATIONS) else ""
        found = found or self._signed_in() or ""
        if not found:
            raise Unauthenticated(
                f"{self.url}: no credential for it; set STEWARD_API_KEY to the key that 'steward up' "
                "showed once, or sign in with 'steward login'"
            )
        return found

    def _signed_in(self) -> str | None:
        from steward.cli.logins import Logins

        return Logins().fresh(self.url)

    def _operator_token(self) -> str:
        try:
            return (self._data / "operator.token").read_text("ascii").strip()
        except OSError:
            return ""


def _served_at(data: Path) -> str:
    try:
        return str(json.loads((data / "running.json").read_text("utf-8"))["url"])
    except (OSError, ValueError, KeyError) as error:
        raise NotRunning(
            f"no Steward runs over {data}; start it with 'steward up --data {data}'"
        ) from error


def _with_query(path: str, query: Mapping[str, Any]) -> str:
    present = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(present, doseq=True)}" if present else path


def _refusal(status: int, body: bytes) -> ServerRefused:
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = body[:200].decode("utf-8", "replace") or f"HTTP status {status}"
    return ServerRefused(status, detail)
