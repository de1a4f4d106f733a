"""Requests as API Gateway sends them, to one handler in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from tests.edge_world import EdgeWorld


class Answer(NamedTuple):
    """Status, body and headers; a body that is JSON is parsed."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Asker:
    """Somebody with a credential, before one handler."""

    world: EdgeWorld
    handler: Any
    key: str = ""
    ip: str = "10.0.0.1"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        event = request(method, path, body, headers=self._headers(headers), ip=self.ip)
        answer = self.world.call(self.handler, event)
        text, headers = answer.get("body"), dict(answer.get("headers") or {})
        kind = next((v for name, v in headers.items() if name.lower() == "content-type"), "")
        body = json.loads(text) if text and "json" in kind else text or None
        return Answer(int(answer["statusCode"]), body, headers)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        held = {"authorization": f"Bearer {self.key}"} if self.key else {}
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"content-type": "application/json", **held, **self.headers, **named}


def request(
    method: str, path: str, body: Any = None, *, headers: Mapping[str, str], ip: str = "10.0.0.1"
) -> dict[str, Any]:
    """One event of an HTTP API, payload format 2.0."""
    route, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": route,
        "rawQueryString": query,
        # The gateway takes cookies out of the headers.
        "headers": {name: value for name, value in headers.items() if name != "cookie"},
        "cookies": headers["cookie"].split("; ") if "cookie" in headers else [],
        "queryStringParameters": dict(parse_qsl(query)) or None,
        "requestContext": {
            "http": {"method": method, "path": route, "sourceIp": ip},
            "requestId": "request-1",
            "stage": "$default",
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
