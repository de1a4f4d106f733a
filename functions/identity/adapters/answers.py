"""The answers of the OAuth endpoints: JSON that no cache keeps, and errors as RFC 6749 5.2 has them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import unquote_plus

from aws_lambda_powertools.event_handler import Response

from functions.identity.model.oauth import OAuthError, form
from steward.edge.http import Knock
from steward.errors import BadInput, Denied, Unauthenticated

F = TypeVar("F", bound=Callable[..., Any])

_JSON = "application/json"


def told(content: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response[str]:
    """A JSON answer."""
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="steward"'
    return Response(int(status), _JSON, json.dumps(content), headers=headers)


def oauth(function: F) -> F:
    """Answer a refusal as OAuth has it."""

    @wraps(function)
    def answer(*arguments: Any, **named: Any) -> Response[str]:
        try:
            content: Response[str] = function(*arguments, **named)
        except OAuthError as error:
            return told(error.body(), error.http_status)
        except (BadInput, Denied, Unauthenticated) as error:
            refusal = OAuthError("invalid_request", str(error))
            return told(refusal.body(), refusal.http_status)
        return content

    return cast("F", answer)


def parameters(knock: Knock) -> dict[str, str]:
    """The parameters of a posted request, with the client's credentials out of its header.

    Raises:
        OAuthError: not a form, or the client names itself in two ways.
    """
    headers = knock.approach.headers
    members = form(knock.body, headers.get("content-type", ""))
    scheme, _, word = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return members
    if "client_secret" in members:
        raise OAuthError("invalid_request", "client: named in header and body; use one")
    return members | _basic(word)


def _basic(word: str) -> dict[str, str]:
    try:
        client, _, secret = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "Authorization: not HTTP Basic") from error
    return {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}
