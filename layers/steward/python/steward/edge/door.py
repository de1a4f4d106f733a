"""The public door: requests without a caller of ours, armoured, logged and counted like the others.

For handlers that do not go through `Api`; they open their Works with `work_for`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from steward.edge.gate import Gate
from steward.edge.observe import count, traced
from steward.edge.resources import Resources, current
from steward.edge.routes import RouteBook
from steward.errors import StewardError
from steward.log import EdgeEvent, log_of

JSON = "application/json"
PROBLEM = "application/problem+json"


class DoorAnswer(NamedTuple):
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: str


def guarded(
    event: Mapping[str, Any],
    book: RouteBook,
    call: Callable[[], dict[str, Any]],
    *,
    styles: Sequence[str] = (),
) -> dict[str, Any]:
    """The call's answer to an API Gateway event, or the refusal of what may not come through the door.

    ``styles`` are the hashes of the style sheets of an HTML answer.
    """
    resources = current()
    gate = Gate(event, resources, book)
    try:
        given = gate.admit()
        if given is None:
            gate.require_route()
            given = call()
    except StewardError as error:
        _log(resources, gate.visit.method, gate.route_name, error.status, gate.visit.request_id, 0)
        refused = _problem(error.status, error.code, str(error), resources, gate.visit.request_id)
        given = {"statusCode": refused.status, "headers": refused.headers, "body": refused.body}
    return gate.seal(given, styles=styles)


def answer(use: Callable[[], Mapping[str, Any]], *, request_id: str, route: str) -> DoorAnswer:
    """The use case's result as JSON, or its refusal as RFC 9457."""
    resources = current()
    started = time.perf_counter()
    with traced(resources.function.concern, function=resources.function.id):
        given = _answer(use, resources, request_id)
    _log(resources, "POST", route, given.status, request_id, time.perf_counter() - started)
    return given


def _log(
    resources: Resources, method: str, route: str, status: int, request_id: str, seconds: float
) -> None:
    log_of(resources.function.concern).info(
        EdgeEvent.REQUEST_HANDLED,
        method=method,
        route=route,
        status=int(status),
        ms=round(seconds * 1000, 2),
        request_id=request_id,
    )
    count({"Requests": 1}, function=resources.function.id, status=f"{status // 100}xx")


def _answer(
    use: Callable[[], Mapping[str, Any]], resources: Resources, request_id: str
) -> DoorAnswer:
    try:
        return DoorAnswer(HTTPStatus.OK, {"Content-Type": JSON}, json.dumps(use()))
    except StewardError as error:
        return _problem(error.status, error.code, str(error), resources, request_id)
    except Exception as error:  # noqa: BLE001  # the edge alone catches broadly
        log_of(resources.function.concern).error(
            EdgeEvent.REQUEST_FAILED, error=error, request_id=request_id
        )
        detail = f"an unexpected error; quote request {request_id} when you report it"
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return _problem(status, "internal-error", detail, resources, request_id)


def _problem(
    status: HTTPStatus, code: str, detail: str, resources: Resources, request_id: str
) -> DoorAnswer:
    body = {
        "type": f"urn:steward:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "request_id": request_id,
        "timestamp": resources.clock().isoformat(),
    }
    headers = {"Content-Type": PROBLEM}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = "1"
    return DoorAnswer(status, headers, json.dumps(body))
