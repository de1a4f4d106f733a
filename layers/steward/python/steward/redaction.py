"""Secrets taken out of what comes from elsewhere before it is kept, and of what is logged.

A field stays, with ``[redacted]`` for its value; text keeps everything but the secret in it. What counts is
a list of field names and of token shapes that mean one thing only: no guess by randomness or length, so that
no hash, id or policy text is lost. Kept whole are references to secrets (names, ARNs) and everything empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"
_BEHIND = rf"\1{REDACTED}"

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

_END = r"(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("PRIVATE KEY-----",), re.compile(rf"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?{_END}")),
    (("stw_",), re.compile(r"(stw_[a-z0-9-]{1,64}\.)[\w-]{16,}")),
    (("eyJ",), re.compile(r"(eyJ)[\w-]{4,}\.[\w-]{4,}\.[\w-]{8,}")),
    (("xox", "xapp-"), re.compile(r"(xox[a-z]-|xapp-)[\w-]{10,}")),
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(r"(gh[pousr]_)\w{20,}")),
    (("github_pat_",), re.compile(r"(github_pat_)\w{20,}")),
    (("glpat-",), re.compile(r"(glpat-)[\w-]{16,}")),
    (("k_live_",), re.compile(r"([rs]k_live_)\w{16,}")),
    (("whsec_", "whsk_"), re.compile(r"(whsec_|whsk_)[\w+/=-]{16,}")),
    (("earer ", "EARER "), re.compile(r"(earer\s+)[\w.~+/=-]{16,}", re.IGNORECASE)),
    (("asic ", "ASIC "), re.compile(r"(asic\s+)[A-Za-z0-9+/]{16,}={0,2}", re.IGNORECASE)),
    (("://",), re.compile(r"(://[^\s/?#@:\"'\\]{0,256}:)[^\s/?#@\"'\\]{1,512}(?=@)")),
    (
        ("?", "&"),
        re.compile(
            r"([?&](?:access_token|api_?key|client_secret|password|secret|sig|signature|token"
            r"|x-amz-signature|x-amz-security-token)=)[^&\s\"'#\\]+",
            re.IGNORECASE,
        ),
    ),
)
"""Token shapes, each with the marks without one of which it need not be looked for."""
_LOOKED_FOR = tuple((mark, shape) for marks, shape in _SHAPES for mark in marks)

_WORDS = (
    *("authorization", "cookie", "passphrase", "passwd", "password", "secret", "token"),
    *(f"{kind}{join}key" for kind in ("access", "api", "private") for join in ("", "_", "-")),
)
_ASSIGNED = re.compile(
    r"((?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|cookie"
    r"|authorization)\b\\{0,3}[\"']?\s*[:=]\s*\\{0,3}[\"']?)(?!\[redacted)[^\s\"',;&)}\]\\]{4,}",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text without the secrets whose shape gives them away: what leads to them stays."""
    for mark, shape in _LOOKED_FOR:
        if mark in text:
            text = shape.sub(_BEHIND, text)
    return text


def muted(text: str) -> str:
    """The text of a log: also without what is assigned to a name that sounds secret."""
    text = masked(text)
    lowered = text.lower()
    for word in _WORDS:
        if word in lowered:
            return _ASSIGNED.sub(_BEHIND, text)
    return text


def clean_line(record: Mapping[str, Any], write: Callable[[Any], str]) -> str:
    """A record of a log as ``write`` makes a line of it, without secrets wherever they stand."""
    line = write(record)
    return line if muted(line) == line else write(_muted(record))


def redacted(value: Any) -> Any:
    """JSON from elsewhere, without the values of secret fields and the secrets in its text."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _field(name, part) for name, part in value.items()}
    return [redacted(part) for part in value] if isinstance(value, list) else value


@lru_cache(maxsize=8192)
def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _SEPARATORS.sub("", name).lower() in SECRET_FIELDS


def _field(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return REDACTED if value and is_secret(name) else masked(value)
    if not isinstance(value, dict | list):
        return value
    lowered = name.lower()
    if lowered == "userdata" and isinstance(value, dict):
        return {n: REDACTED if v and isinstance(v, str) else redacted(v) for n, v in value.items()}
    if lowered == "variables" and isinstance(value, dict):
        return {each: _variable(each, part) for each, part in value.items()}
    if lowered == "environment" and isinstance(value, list):
        return [_named(part) for part in value]
    return redacted(value)


def _variable(name: str, value: Any) -> Any:
    hidden = isinstance(value, str) and value and _ENVIRONMENT.search(name)
    return REDACTED if hidden else redacted(value)


def _named(part: Any) -> Any:
    """One of the name and value pairs that containers take as their environment."""
    clean = redacted(part)
    if isinstance(part, dict) and isinstance(part.get("name"), str) and part.get("value"):
        clean["value"] = _variable(part["name"], part["value"])
    return clean


def _muted(value: Any) -> Any:
    if isinstance(value, str):
        return muted(value)
    if isinstance(value, Mapping):
        return {n: REDACTED if v and is_secret(str(n)) else _muted(v) for n, v in value.items()}
    if isinstance(value, list | tuple):
        return [_muted(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else muted(str(value))
