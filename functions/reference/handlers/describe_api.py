"""Answers with the OpenAPI document, or with the same as a page to read."""

from __future__ import annotations

from typing import Any

from functions.reference.service import STYLE, document, page
from steward.edge.armour import style_hash
from steward.edge.door import guarded
from steward.edge.rates import RateClass
from steward.edge.routes import RouteBook

HTML = "text/html; charset=utf-8"
DOCUMENT, PAGE = "/api/v1/openapi.json", "/api/v1/docs"

BOOK = RouteBook()
for path in (DOCUMENT, PAGE):
    BOOK.add_public("GET", path, rate=RateClass.PUBLIC_DOC)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An API Gateway HTTP API answer (payload format 2.0)."""
    del context
    return guarded(event, BOOK, lambda: shown(event["rawPath"]), styles=(style_hash(STYLE),))


def shown(path: str) -> dict[str, Any]:
    """The document, or the page made of it."""
    kind, body = (HTML, page()) if path == PAGE else ("application/json", document())
    headers = {"Content-Type": kind, "Cache-Control": "public, max-age=300"}
    return {"statusCode": 200, "headers": headers, "body": body}
