"""What a verified message says: its parsed body, the sender's name for it, the headers worth keeping."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias
from urllib.parse import parse_qsl

from functions.hooks.model.source import HookSource, Scheme
from steward.contracts.hooks import (
    GithubReceived,
    GitlabReceived,
    SlackReceived,
    WebhookReceived,
)
from steward.errors import BadInput, TooLarge
from steward.redaction import redacted

MAX_BODY = 256 * 1024
FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
_KEPT = {
    Scheme.SLACK: ("x-slack-request-timestamp", "x-slack-retry-num", "x-slack-retry-reason"),
    Scheme.GITHUB: (
        "x-github-delivery",
        "x-github-event",
        "x-github-hook-id",
        "x-github-hook-installation-target-id",
        "x-github-hook-installation-target-type",
    ),
    Scheme.GITLAB: (
        "idempotency-key",
        "x-gitlab-event",
        "x-gitlab-event-uuid",
        "x-gitlab-instance",
        "x-gitlab-webhook-uuid",
    ),
    Scheme.WEBHOOK: ("webhook-id", "webhook-timestamp"),
}
_LONGEST_HEADER = 500
Received: TypeAlias = SlackReceived | GithubReceived | GitlabReceived | WebhookReceived
_EVENTS: Mapping[Scheme, type[Received]] = {
    Scheme.SLACK: SlackReceived,
    Scheme.GITHUB: GithubReceived,
    Scheme.GITLAB: GitlabReceived,
    Scheme.WEBHOOK: WebhookReceived,
}


def check_size(body: bytes) -> None:
    """Refuse a body that is too large to be looked at.

    Raises:
        TooLarge: above 256 KB.
    """
    if len(body) > MAX_BODY:
        raise TooLarge(f"body: {len(body)} bytes; at most {MAX_BODY}")


def parse(body: bytes, *, content_type: str) -> dict[str, Any]:
    """The body as an object: JSON, or a form whose ``payload`` field holds JSON, or a plain form.

    Raises:
        BadInput: it is none of these.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"body: not UTF-8 at byte {error.start}") from error
    if content_type.partition(";")[0].strip().lower() != FORM:
        return _object(text)
    try:
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise BadInput(f"form: {error}; at most {_MOST_FIELDS} fields") from error
    return _object(form["payload"]) if "payload" in form else dict(form)


def received(
    source: HookSource, payload: dict[str, Any], *, headers: Mapping[str, str], delivery_id: str
) -> Received:
    """The event that tells of the message; without the verification token that Slack repeats."""
    kept = {
        name: headers[name][:_LONGEST_HEADER] for name in _KEPT[source.scheme] if name in headers
    }
    return _EVENTS[source.scheme](
        source_id=source.id,
        source_name=source.name,
        delivery_id=delivery_id,
        event=_event(source.scheme, payload, headers)[:200],
        headers=kept,
        payload=redacted(
            {name: value for name, value in payload.items() if name != "token"}
            if source.scheme is Scheme.SLACK
            else payload
        ),
    )


def reply(scheme: Scheme, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the sender waits for: Slack shows it to the person who typed the command."""
    if scheme is Scheme.SLACK:
        if isinstance(payload.get("command"), str):
            return {"response_type": "ephemeral", "text": "Steward is on it."}
        return {}
    return {"status": "accepted"}


def challenge(scheme: Scheme, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer to Slack's URL verification; None when the message is another."""
    if scheme is Scheme.SLACK and payload.get("type") == "url_verification":
        return {"challenge": str(payload.get("challenge", ""))[:_LONGEST_HEADER]}
    return None


def _event(scheme: Scheme, payload: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    if scheme is Scheme.GITHUB:
        return headers.get("x-github-event", "")
    if scheme is Scheme.GITLAB:
        return headers.get("x-gitlab-event") or str(payload.get("object_kind", ""))
    inner = payload.get("event")
    if scheme is Scheme.SLACK and isinstance(inner, dict):
        return str(inner.get("type", ""))
    return str(payload.get("command") or payload.get("type") or "")


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
        # A lone surrogate is JSON, and no UTF-8: nothing behind this door could store it.
        json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadInput(f"body: no JSON: {str(error)[:200]}") from error
    if not isinstance(parsed, dict):
        raise BadInput(f"body: a JSON {type(parsed).__name__}; send an object")
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
