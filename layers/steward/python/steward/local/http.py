"""The HTTP front: an ASGI application that hands requests to functions as API Gateway would.

The functions' routes are served here without a framework in between; Steward's own few pages
(`/`, `/health`, `/_steward/...`) are a Starlette application behind it.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import unquote_to_bytes

from steward.edge.armour import BODY_BYTES, LOOPBACK, Armour, standing_headers
from steward.edge.gate import Malformed, Visit, check_host, check_shape
from steward.edge.resources import random_id
from steward.errors import StewardError
from steward.local import protocol
from steward.local.shapes import Answer, Request
from steward.local.team import HandlerFailed, WorkerLost
from steward.manifest import Function, Routes

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# Said twice, each could be read by another part of the way; API Gateway takes none of them twice.
_ONCE = (
    *(b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key"),
    *(b"if-match", b"origin", b"traceparent", b"transfer-encoding", b"x-csrf-token"),
)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


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

    def __init__(self, router: Router, team: Asks, *, pages: App, armour: Armour) -> None:
        self._router = router
        self._team = team
        self._pages = pages
        self._armour = armour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request_id = random_id()
        try:
            self._check(scope, request_id)
            route = self._router.find(scope["path"])
            if route is None:
                await self._pages(scope, receive, _armoured(send, request_id))
                return
            request = await _request(scope, receive, route, request_id)
            answer = await self._call(route.function, request)
        except (Refused, StewardError) as refusal:
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

    def _check(self, scope: Scope, request_id: str) -> None:
        check_wire(scope)
        visit = _visit(scope, request_id)
        check_host(visit, self._armour)
        check_shape(visit)


def check_wire(scope: Scope) -> None:
    """Refuse what API Gateway would not let through to a function either.

    Raises:
        Malformed: a header twice that there may be once, a length beside chunks, a broken path.
    """
    names = [name for name, _ in scope["headers"]]
    twice = next((name for name in _ONCE if names.count(name) > 1), None)
    if twice is not None:
        raise Malformed(f"header {twice.decode()!r}: came twice; send it once")
    if b"content-length" in names and b"transfer-encoding" in names:
        raise Malformed("header 'content-length': stands beside 'transfer-encoding'; send one")
    raw = scope["raw_path"]
    if _BAD_ESCAPE.search(raw):
        raise Malformed(f"path {_shown(raw)}: '%' must be followed by two hex digits")
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"path {_shown(raw)}: is not UTF-8 when unescaped") from error


def _shown(raw: bytes) -> str:
    return repr(raw[:80].decode("latin-1"))


def _visit(scope: Scope, request_id: str) -> Visit:
    return Visit(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers={n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]},
        cookies="",
        address=_address(scope),
        body="",
        encoded=False,
        request_id=request_id,
    )


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def hosts_of(bind: str) -> frozenset[str] | None:
    """The host names to answer to when bound to a loopback address; None for any."""
    name = bind.strip("[]")
    loopback = name == "localhost" or _is_loopback(name)
    return LOOPBACK | {name} if loopback else None


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
        _address(scope),
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
        if name == b"content-length" and value.isdigit() and int(value) > BODY_BYTES:
            raise _too_large(int(value))
    chunks, size = [], 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES:
            raise _too_large(size)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(size: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        f"body of {size} bytes or more: at most {BODY_BYTES}",
    )


async def _send(send: Send, answer: Answer, request_id: str) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    send = _armoured(send, request_id)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def worn_by(answer: Answer, request_id: str) -> dict[str, str]:
    """What a refusal wears that is sent without this application."""
    return _worn(dict(answer.headers)["content-type"], request_id)


def _worn(content_type: str, request_id: str) -> dict[str, str]:
    return standing_headers(content_type, https=False) | {"X-Request-Id": request_id}


def _armoured(send: Send, request_id: str) -> Send:
    """Sends with what every answer wears, where the answer does not wear it yet."""

    async def armoured(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said = dict(message["headers"])
            worn = _worn(said.get(b"content-type", b"").decode("latin-1"), request_id)
            more = [(name.lower().encode(), value.encode()) for name, value in worn.items()]
            message["headers"] = [
                *message["headers"],
                *((name, value) for name, value in more if name not in said),
            ]
        await send(message)

    return armoured


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
