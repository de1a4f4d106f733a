"""What the edge adds to every route, as OpenAPI says it: refusals, headers, credentials."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

PROBLEM = "Problem"
PUBLIC = "public"
_SAFE = ("get", "head", "options")

SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"token": []}, {"session": []}]
_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, stw_<tenant>.<secret>"},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of Steward or of an issuer that the tenant trusts",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-steward",
        "description": "A browser's session; what is not a read also takes X-CSRF-Token",
    },
}

# Ids are opaque; anything that is none of ours is simply not found.
_ID = {"type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[A-Za-z0-9._~:@-]+$"}
_COUNT = {"type": "integer", "minimum": 1}
_TEXT = {"type": "string", "minLength": 1}

_ANSWER_HEADERS = {
    "X-Request-Id": {"schema": _TEXT, "description": "Quote it when you report something"},
    "RateLimit": {"schema": _TEXT, "description": "What is left of the nearest limit"},
    "RateLimit-Policy": {"schema": _TEXT, "description": "The nearest limit"},
    "Retry-After": {"schema": _COUNT, "description": "Seconds until it may be tried again"},
    "ETag": {"schema": _TEXT, "description": "The version that the answer shows"},
    "Idempotency-Replayed": {"schema": _TEXT, "description": "The answer was given before"},
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Change it only if this is still its version",
    "schema": {"type": "string", "pattern": '^(\\*|"?[0-9]{1,9}"?)?$'},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request again within a day gets the same answer",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}

_MEANINGS = {
    400: "The request itself is malformed, or its query names what the route does not read",
    401: "No credential, or one that does not hold",
    403: "The caller may not do that",
    404: "Nothing of that name exists for the caller",
    409: "The name is taken, or somebody else was first",
    412: "The version in If-Match is not the current one",
    413: "The body is too large",
    414: "The path or the query is too long",
    415: "The body is not of a kind that is taken",
    421: "The request is for another host",
    422: "The input breaks a rule that the detail names",
    429: "A rate limit is reached; Retry-After says when to come back",
    431: "The headers are too large",
    503: "Something behind is out of reach; try again",
}
_PACED = (429, 503)


def completed(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The paths' operations with all that the edge answers and takes beside the route itself."""
    done = {
        path: {method: _operation(method, each) for method, each in operations.items()}
        for path, operations in sorted(paths.items())
    }
    for path, operations in done.items():
        for operation in operations.values():
            _link(path, operation, done, schemas)
    return done


def shared_parts() -> dict[str, Any]:
    """The components that completed operations refer to."""
    return {
        "responses": {_name(status): _refusal(status) for status in _MEANINGS},
        "headers": _ANSWER_HEADERS,
        "securitySchemes": _SCHEMES,
    }


def _operation(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    refusals = {
        str(status): {"$ref": f"#/components/responses/{_name(status)}"}
        for status in _refused(method, operation)
    }
    own = {
        status: _headed(answer)
        for status, answer in operation["responses"].items()
        if status not in refusals
    }
    if not any(status.startswith(("2", "3")) for status in own):
        own["204"] = _headed({"description": "Done; there is nothing to show"})
    parameters = [_parameter(each) for each in operation.get("parameters", [])]
    done = {
        **operation,
        "parameters": [*parameters, *_headers(method, operation)],
        "responses": dict(sorted({**own, **refusals}.items())),
    }
    return done | ({"security": []} if _public(operation) else {})


def _link(
    path: str, operation: dict[str, Any], paths: dict[str, Any], schemas: dict[str, Any]
) -> None:
    """Say where an id in the answer leads: to the routes right below the path."""
    place = _id_in(operation["responses"].get("200", {}), schemas)
    if place is None:
        return
    links = {
        target["operationId"]: {
            "operationId": target["operationId"],
            "parameters": {found[1]: f"$response.body#{place}"},
        }
        for below, operations in paths.items()
        if (found := re.match(re.escape(path) + r"/\{(\w+)\}(/[a-z-]+)?$", below))
        for target in operations.values()
    }
    if links:
        operation["responses"]["200"]["links"] = links


def _id_in(answer: dict[str, Any], schemas: dict[str, Any]) -> str | None:
    """Where an answer holds the id of what it is about, or of its first item."""
    content = answer.get("content", {}).get("application/json", {})
    shown = _fields(content.get("schema", {}), schemas)
    if "id" in shown:
        return "/id"
    listed = shown.get("items", {}).get("items", {})
    return "/items/0/id" if "id" in _fields(listed, schemas) else None


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    known = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    found: dict[str, Any] = known.get("properties", {})
    return found


def _refused(method: str, operation: dict[str, Any]) -> list[int]:
    known = [400, 404, 414, 421, 422, 429, 431, 503]
    known += [] if _public(operation) else [401, 403]
    known += [409, 412] if method not in _SAFE else []
    known += [413, 415] if method not in _SAFE else []
    return sorted(known)


def _public(operation: dict[str, Any]) -> bool:
    return operation.get("x-permission") == PUBLIC


def _headers(method: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
    versioned = [_IF_MATCH] if operation.get("x-versioned") else []
    repeated = method == "post" and not _public(operation)
    return versioned + ([_IDEMPOTENCY_KEY] if repeated else [])


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    plain = parameter["in"] == "path" and set(schema) <= {"type", "title"}
    if not plain or schema.get("type") != "string":
        return parameter
    return {**parameter, "schema": {**schema, **_ID}}


def _headed(answer: dict[str, Any]) -> dict[str, Any]:
    names = ("ETag", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "X-Request-Id")
    return {**answer, "headers": {**_named(names), **answer.get("headers", {})}}


def _refusal(status: int) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}
    names = ("Retry-After", "X-Request-Id") if status in _PACED else ("X-Request-Id",)
    return {
        "description": _MEANINGS[status],
        "content": {"application/problem+json": schema},
        "headers": _named(names),
    }


def _named(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _name(status: int) -> str:
    return HTTPStatus(status).name.title().replace("_", "")
