"""Taking in one message: verify, then parse, then tell; in that order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from functions.hooks.model.message import (
    Received,
    challenge,
    check_size,
    parse,
    received,
    reply,
)
from functions.hooks.model.signature import authenticate
from functions.hooks.model.source import HookSource, unknown
from functions.hooks.ports import Vault
from steward.store.work import Entities


class Post(NamedTuple):
    """What was posted; header names in lower case."""

    body: bytes
    headers: Mapping[str, str]


class Verdict(NamedTuple):
    """What to tell the sender, and what to tell the rest of Steward, if anything."""

    answer: dict[str, Any]
    event: Received | None = None


def judge(
    post: Post, source_id: str, *, sources: Entities[HookSource], vault: Vault, now: datetime
) -> Verdict:
    """What a message amounts to.

    Raises:
        NotFound: there is no such source.
        TooLarge: the body is above 256 KB.
        Unauthenticated: it is not by this source's sender, or too old.
        BadInput: the body is neither a JSON object nor a form.
    """
    check_size(post.body)
    source = sources.get(source_id)
    if source is None:
        raise unknown(source_id)
    keys = [vault.get(key.secret) for key in source.valid(now)]
    identity = authenticate(source.scheme, post.body, headers=post.headers, keys=keys, now=now)
    payload = parse(post.body, content_type=post.headers.get("content-type", ""))
    said = challenge(source.scheme, payload)
    if said is not None:
        return Verdict(said)
    event = received(source, payload, headers=post.headers, delivery_id=identity)
    return Verdict(reply(source.scheme, payload), event)


def repeated(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a message that was taken in before; what Slack shows stays the same."""
    return {**answer, "status": "duplicate"} if "status" in answer else answer
