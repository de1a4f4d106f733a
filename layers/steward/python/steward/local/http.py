"""The HTTP front: an ASGI application that hands requests to functions as API Gateway would.

The functions' routes are served here without a framework in between; Steward's own few pages
(`/`, `/health`, `/_steward/...`) are a Starlette application behind it.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, TypeAlias

from steward.edge.resources import random_id
from steward.local import protocol
from steward.local.shapes import Answer, Request
from steward.local.team import HandlerFailed, WorkerLost
from steward.manifest import Function, Routes

MAX_BODY = 1024 * 1024
"""Bytes of a request's body. API Gateway takes 10 MB; nothing here has use for that."""

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_HARDENED = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


class Asks(Protocol):
    """Who has functions called."""

    async def ask(self, invocation: protocol.Invocation, function: Function, /) -> Any:
        """The function's answer."""
        ...


class Refused(Exception):
    """A request that no function gets to see."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


class Route(NamedTuple):
    """Where a path leads."""

    function: Function
    resource: str
    proxy: str | None


class Router:
    """The declared paths; the longest that covers a path wins."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._paths: dict[str, Function] = {}
        for function in functions:
            if isinstance(function.trigger, Routes):
                self._paths.update(dict.fromkeys(function.trigger.paths, function))

    def find(self, path: str) -> Route | None:
        """The function for a path."""
        function = self._paths.get(path)
        if function is not None:
            return Route(function, path, None)
        base, rest = path, ""
        while base:
            base, _, last = base.rpartition("/")
            rest = f"{last}/{rest}" if rest else last
            function = self._paths.get(base)
            if function is not None:
                return Route(function, f"{base}/{{proxy+}}", rest)
        return None


class Front:
    """The ASGI application."""

    def __init__(
        self, router: Router, team: Asks, *, pages: App, hosts: frozenset[str] | None
    ) -> None:
        self._router = router
        self._team = team
        self._pages = pages
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request_id = random_id()
        try:
            self._check_host(scope)
            route = self._router.find(scope["path"])
            if route is None:
                await self._pages(scope, receive, send)
                return
            request = await _request(scope, receive, route, request_id)
            answer = await self._call(route.function, request)
        except Refused as refusal:
            answer = problem(refusal.status, refusal.code, str(refusal), request_id)
        await _send(send, answer, request_id)

    async def _call(self, function: Function, request: Request) -> Answer:
        try:
            answer: Answer = await self._team.ask(
                protocol.RunRequest(function.id, request), function
            )
        except HandlerFailed as error:
            raise Refused(
                HTTPStatus.BAD_GATEWAY,
                "function-failed",
                f"function {function.id} failed; see its log",
            ) from error
        except WorkerLost as error:
            late = str(error).startswith("timeout")
            status = HTTPStatus.GATEWAY_TIMEOUT if late else HTTPStatus.BAD_GATEWAY
            raise Refused(status, "function-lost", f"function {function.id}: {error}") from error
        return answer

    def _check_host(self, scope: Scope) -> None:
        # A page elsewhere could have its own name resolve to this machine and read what is served
        # here (DNS rebinding); the Host header gives it away.
        if self._hosts is None:
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        if name.strip("[]").lower() not in self._hosts:
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                "wrong-host",
                f"host {host[:80]!r}: this server answers to {', '.join(sorted(self._hosts))}",
            )


def hosts_of(bind: str) -> frozenset[str] | None:
    """The host names to answer to when bound to a loopback address; None for any."""
    name = bind.strip("[]")
    loopback = name == "localhost" or _is_loopback(name)
    return frozenset({"localhost", "127.0.0.1", "::1", name}) if loopback else None


def problem(status: HTTPStatus, code: str, detail: str, request_id: str) -> Answer:
    """A refusal as RFC 9457 has it."""
    body: Mapping[str, Any] = {
        "type": f"urn:steward:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "request_id": request_id,
        "timestamp": datetime.now(UTC).isoformat(),
    }
    headers = (("content-type", "application/problem+json"),)
    return Answer(int(status), headers, json.dumps(body).encode())


async def _request(scope: Scope, receive: Receive, route: Route, request_id: str) -> Request:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    return Request(
        scope["method"],
        scope["raw_path"].decode("latin-1").partition("?")[0],
        scope["query_string"].decode("latin-1"),
        headers,
        await read_body(scope, receive),
        scope["client"][0] if scope.get("client") else "",
        request_id,
        time.time(),
        route.resource,
        route.proxy,
    )


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """A request's body.

    Raises:
        Refused: above 1 MB.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > MAX_BODY:
            raise _too_large(int(value))
    chunks, size = [], 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large(size)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(size: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        f"body of {size} bytes or more: at most {MAX_BODY}",
    )


async def _send(send: Send, answer: Answer, request_id: str) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    present = {name for name, _ in headers}
    headers += [header for header in _HARDENED if header[0] not in present]
    headers.append((b"x-request-id", request_id.encode()))
    if b"content-length" not in present:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
