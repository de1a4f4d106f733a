"""The public door: requests without a caller of ours, answered, logged and counted like the others.

For handlers that do not go through `Api`; they open their Works with `work_for`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from steward.edge.observe import count, traced
from steward.edge.resources import Resources, current
from steward.errors import StewardError
from steward.log import EdgeEvent, log_of

JSON = "application/json"
PROBLEM = "application/problem+json"


class DoorAnswer(NamedTuple):
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: str


def answer(use: Callable[[], Mapping[str, Any]], *, request_id: str, route: str) -> DoorAnswer:
    """The use case's result as JSON, or its refusal as RFC 9457."""
    resources = current()
    started = time.perf_counter()
    with traced(resources.function.concern, function=resources.function.id):
        given = _answer(use, resources, request_id)
    log_of(resources.function.concern).info(
        EdgeEvent.REQUEST_HANDLED,
        method="POST",
        route=route,
        status=given.status,
        ms=round((time.perf_counter() - started) * 1000, 2),
        request_id=request_id,
    )
    count({"Requests": 1}, function=resources.function.id, status=f"{given.status // 100}xx")
    return given


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
