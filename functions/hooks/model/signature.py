"""Is a message by the sender it claims to be? One check per scheme, over the raw bytes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from functions.hooks.model.source import Scheme
from steward.errors import BadInput, Unauthenticated
from steward.standard_webhooks import HMAC, VERIFYING, check_key, verify

Headers = Mapping[str, str]
"""By names in lower case."""
WINDOW = timedelta(minutes=5)
SHORTEST_SECRET = 16
_LONGEST_TIMESTAMP = 11
Check = Callable[[bytes, Headers, Sequence[str], datetime], str]


def authenticate(
    scheme: Scheme, body: bytes, *, headers: Headers, keys: Sequence[str], now: datetime
) -> str:
    """What identifies the message among all of its source: a repeat of it gives the same again.

    It rests on signed bytes wherever the scheme signs: an id in an unsigned header would let a
    captured message in again under another id.

    Raises:
        Unauthenticated: a header is missing or malformed, the time is off, or no key's signature holds.
    """
    return _CHECKS[scheme](body, headers, keys, now)


def check_secret(scheme: Scheme, secret: str) -> None:
    """Refuse a secret that the scheme cannot use, or that is too short to hold.

    Raises:
        BadInput: it is; the message does not show it.
    """
    if scheme is Scheme.WEBHOOK:
        if not secret.startswith((HMAC, VERIFYING)):
            raise BadInput("secret: starts with neither whsec_ nor whpk_; copy it from the sender")
        check_key(secret)
    elif secret.startswith(HMAC):
        check_key(secret)
    elif len(secret) < SHORTEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise BadInput(f"secret: use at least {SHORTEST_SECRET} printable ASCII characters")


def slack_signature(body: bytes, *, timestamp: str, key: str) -> str:
    """Slack's ``v0``: https://docs.slack.dev/authentication/verifying-requests-from-slack ."""
    content = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def github_signature(body: bytes, *, key: str) -> str:
    """``X-Hub-Signature-256``, as GitHub's page "Validating webhook deliveries" has it."""
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def _slack(body: bytes, headers: Headers, keys: Sequence[str], now: datetime) -> str:
    timestamp = _required(headers, "x-slack-request-timestamp")
    offered = _required(headers, "x-slack-signature")
    _check_time(timestamp, now)
    expected = [slack_signature(body, timestamp=timestamp, key=key) for key in keys]
    _check_any(offered, expected, "x-slack-signature")
    # Slack's own retries carry a new time: the body, with its trigger or event id, is what stays.
    return _digest(body)


def _github(body: bytes, headers: Headers, keys: Sequence[str], now: datetime) -> str:
    del now  # GitHub signs no time: the digest of the body is what stops a replay
    offered = _required(headers, "x-hub-signature-256")
    _check_any(offered, [github_signature(body, key=key) for key in keys], "x-hub-signature-256")
    return _digest(body)


def _gitlab(body: bytes, headers: Headers, keys: Sequence[str], now: datetime) -> str:
    # A signing token (whsec_) makes GitLab a Standard Webhooks sender; then the plain token of older
    # settings no longer opens the door.
    signing = [key for key in keys if key.startswith(HMAC)]
    if signing:
        return verify(body, headers=headers, keys=signing, now=now)
    offered = _required(headers, "x-gitlab-token")
    _check_any(offered, keys, "x-gitlab-token")
    delivery = headers.get("idempotency-key") or headers.get("x-gitlab-event-uuid")
    return delivery[:200] if delivery else _digest(body)


def _webhook(body: bytes, headers: Headers, keys: Sequence[str], now: datetime) -> str:
    return verify(body, headers=headers, keys=keys, now=now)


_CHECKS: Mapping[Scheme, Check] = {
    Scheme.SLACK: _slack,
    Scheme.GITHUB: _github,
    Scheme.GITLAB: _gitlab,
    Scheme.WEBHOOK: _webhook,
}


def _required(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise Unauthenticated(f"{name}: missing")
    return value


def _check_any(offered: str, expected: Sequence[str], name: str) -> None:
    # All are compared, in constant time each, so that the time does not tell which one held.
    held = [hmac.compare_digest(offered.encode(), each.encode()) for each in expected]
    if not any(held):
        raise Unauthenticated(f"{name}: does not hold; is the secret the one of this source?")


def _check_time(timestamp: str, now: datetime) -> None:
    plain = timestamp.isascii() and timestamp.isdecimal()
    if not plain or len(timestamp) > _LONGEST_TIMESTAMP:
        raise Unauthenticated(f"timestamp {timestamp[:20]!r}: use whole Unix seconds")
    age = abs(now - datetime.fromtimestamp(int(timestamp), UTC))
    if age > WINDOW:
        raise Unauthenticated(f"timestamp {timestamp}: {age} away from now; at most {WINDOW}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
