"""Secrets taken out of what comes from elsewhere before it is kept, and of what is logged.

A field stays, with ``[redacted]`` for its value; text keeps everything but the secret in it. What counts is
a list of field names and of token shapes that mean one thing only: no guess by randomness or length, so that
no hash, id or policy text is lost. Kept whole are references to secrets (names, ARNs) and everything empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"

SECRET_FIELDS = frozenset(
    {
        *("accesstoken", "adminpassword", "apikey", "apitoken", "authorization", "authtoken"),
        *("awssecretaccesskey", "bearertoken", "clientsecret", "connectionstring", "cookie"),
        *("databaseurl", "idtoken", "keymaterial", "masterpassword", "masteruserpassword"),
        *("newpassword", "oldpassword", "passphrase", "passwd", "password", "presharedkey"),
        *(
            "privatekey",
            "refreshtoken",
            "rootpassword",
            "secret",
            "secretaccesskey",
            "secretbinary",
        ),
        *("secretkey", "secretstring", "sessiontoken", "setcookie", "signingsecret", "token"),
        *("totpsecret", "userdata", "userpassword", "webhooksecret"),
    }
)
"""Names of fields that hold a secret, in lower case without separators."""

_SEPARATORS = re.compile(r"[-_.\s]")
_ENVIRONMENT = re.compile(
    r"(?i)(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|CREDENTIALS?|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY"
    r"|DSN|(DATABASE|DB|REDIS|MONGO|AMQP)_?UR[IL]|CONNECTION_?STRING)$"
)
"""Names of environment variables that hold a secret; one that ends in _NAME or _ARN only refers to one."""

_TOKENS = re.compile(
    r"(?P<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?P<key>\bstw_[a-z0-9-]{1,64}\.)[\w-]{16,}"
    r"|(?P<jwt>\beyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"
    r"|(?P<slack>\bxox[a-z]-|\bxapp-)[\w-]{10,}"
    r"|(?P<github>\bgh[pousr]_|\bgithub_pat_)\w{20,}"
    r"|(?P<gitlab>\bglpat-)[\w-]{16,}"
    r"|(?P<stripe>\b[sr]k_live_)\w{16,}"
    r"|(?P<webhook>\bwhs(?:ec|k)_)[\w+/=-]{16,}"
    r"|(?P<bearer>\b[Bb]earer\s+)[\w.~+/=-]{16,}"
    r"|(?P<basic>\b[Bb]asic\s+)[A-Za-z0-9+/]{16,}={0,2}"
    r"|(?P<user>\b[a-z][a-z0-9+.-]{1,20}://[^\s/?#@:\"']{0,256}:)[^\s/?#@\"']{1,512}(?=@)"
    r"|(?P<query>[?&](?:access_token|api_?key|client_secret|password|secret|sig|signature|token"
    r"|x-amz-signature|x-amz-security-token)=)[^&\s\"'#]+",
    re.IGNORECASE,
)
_HINTS = (
    "-----",
    "stw_",
    "eyJ",
    "xox",
    "xapp-",
    "gh",
    "glpat-",
    "k_live_",
    "whs",
    "://",
    "=",
    "earer ",
)
_BASIC = ("basic ", "Basic ", "BEARER ", "BASIC ")
_ASSIGNED = re.compile(
    r"(?i)(?P<name>\b[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key"
    r"|access[_-]?key|cookie|authorization)\b[\"']?\s*[:=]\s*[\"']?)(?!\[redacted)[^\s\"',;&)}\]]{4,}"
)


def masked(text: str) -> str:
    """The text without the secrets whose shape gives them away: what leads to them stays."""
    if not any(hint in text for hint in _HINTS) and not any(hint in text for hint in _BASIC):
        return text
    return _TOKENS.sub(_mask, text)


def muted(text: str) -> str:
    """The text of a log: also without what is assigned to a name that sounds secret."""
    return _ASSIGNED.sub(lambda found: f"{found['name']}{REDACTED}", masked(text))


def redacted(value: Any) -> Any:
    """JSON from elsewhere, without the values of secret fields and the secrets in its text."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {name: _field(str(name), part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(part) for part in value]
    return value


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _SEPARATORS.sub("", name).lower() in SECRET_FIELDS


def _field(name: str, value: Any) -> Any:
    if isinstance(value, str) and value and is_secret(name):
        return REDACTED
    if name == "userData" and isinstance(value, Mapping):
        return {
            key: REDACTED if isinstance(part, str) and part else part for key, part in value.items()
        }
    if name.lower() == "variables" and isinstance(value, Mapping):
        return {key: _variable(str(key), part) for key, part in value.items()}
    if name.lower() in ("environment", "secrets") and isinstance(value, list):
        return [_named(part) for part in value]
    return redacted(value)


def _variable(name: str, value: Any) -> Any:
    hidden = isinstance(value, str) and value and _ENVIRONMENT.search(name)
    return REDACTED if hidden else redacted(value)


def _named(part: Any) -> Any:
    """One of the name and value pairs that containers take as their environment."""
    clean = redacted(part)
    if not (isinstance(part, Mapping) and isinstance(part.get("name"), str) and part.get("value")):
        return clean
    return {**clean, "value": _variable(part["name"], part["value"])}


def _mask(found: re.Match[str]) -> str:
    return f"{found[found.lastgroup or 0]}{REDACTED}"
