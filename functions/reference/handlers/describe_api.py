"""Answers with the OpenAPI document, or with the same as a page to read."""

from __future__ import annotations

from typing import Any

from functions.reference.service import document, page

HTML = "text/html; charset=utf-8"
# The page is plain HTML with its style inline: no script, nothing from elsewhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An API Gateway HTTP API answer (payload format 2.0)."""
    del context
    wants_page = event["rawPath"].startswith("/api/v1/docs")
    headers = {
        "Content-Type": HTML if wants_page else "application/json",
        "Cache-Control": "public, max-age=300",
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": 200, "headers": headers, "body": page() if wants_page else document()}
