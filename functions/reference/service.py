"""The OpenAPI document of all concerns, and a page made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).with_name("openapi.json")

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 0.95em ui-monospace, monospace; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid; text-transform: capitalize; }
dt { margin-top: 1.2rem; } dd { margin: 0.2rem 0 0 1.5rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
"""


@cache
def document() -> str:
    """The OpenAPI 3.1 document, as generated from the concerns' routes."""
    return DOCUMENT.read_text("utf-8")


@cache
def page() -> str:
    """The document as HTML: each route with what it does and what it takes."""
    described = json.loads(document())
    concerns: dict[str, list[str]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            concern = operation["tags"][0]
            concerns.setdefault(concern, []).extend(_route(method, path, operation))
    body = "".join(
        f"<h2>{escape(concern)}</h2><dl>{''.join(routes)}</dl>"
        for concern, routes in concerns.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Steward API</title>'
        f"<style>{STYLE}</style></head><body><h1>Steward API</h1>"
        "<p>Send <code>Authorization: Bearer &lt;API key&gt;</code> with every request. Lists are pages: "
        "pass <code>cursor</code> on until it is null. A refusal is <code>application/problem+json</code>."
        ' The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>'
        f"{body}</body></html>"
    )


def _route(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<dt><code><span class="method">{escape(method.upper())}</span>{escape(path)}</code></dt>'
    yield f"<dd>{escape(operation.get('summary', ''))}</dd>"
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            yield f"<dd><code>?{escape(parameter['name'])}</code> {escape(_kind(parameter))}</dd>"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        yield f"<dd>body: <code>{escape(name or 'JSON')}</code></dd>"


def _kind(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    choices = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    words = ["required"] if parameter.get("required") else []
    for choice in choices:
        values = choice.get("enum")
        words.append(" | ".join(map(str, values)) if values else str(choice.get("type", "")))
    if "default" in schema:
        words.append(f"default {schema['default']}")
    return ", ".join(word for word in words if word)
