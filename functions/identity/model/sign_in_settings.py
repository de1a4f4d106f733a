"""How this installation signs people in: one line of text in its environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from steward.errors import BadInput

Algorithm = Literal["EdDSA", "RS256"]
SETTING = "STEWARD_SIGN_IN"
_DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """Whether there are local accounts, and how long what is given out lasts."""

    local_accounts: bool
    access: timedelta = timedelta(minutes=60)
    refresh: timedelta = timedelta(days=30)
    session: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=1)
    algorithm: Algorithm = "EdDSA"
    rotate: timedelta = timedelta(days=30)


def settings_of(text: str, *, local_accounts: bool) -> SignInSettings:
    """The settings in a text such as ``accounts=on access=60m refresh=30d keys=RS256``.

    ``local_accounts`` holds where the text does not say.

    Raises:
        BadInput: a name or a value that there is not.
    """
    found: dict[str, Any] = {"local_accounts": local_accounts}
    for word in text.split():
        name, _, value = word.partition("=")
        if name not in _READERS:
            raise BadInput(f"{SETTING} {word[:60]!r}: name one of {', '.join(_READERS)}")
        field, read = _READERS[name]
        found[field] = read(word, value)
    return SignInSettings(**found)


def _switch(word: str, value: str) -> bool:
    if value not in ("on", "off"):
        raise BadInput(f"{SETTING} {word[:60]!r}: use on or off")
    return value == "on"


def _algorithm(word: str, value: str) -> str:
    if value not in ("EdDSA", "RS256"):
        raise BadInput(f"{SETTING} {word[:60]!r}: use EdDSA or RS256")
    return value


def _between(low: timedelta, high: timedelta) -> Callable[[str, str], timedelta]:
    def read(word: str, value: str) -> timedelta:
        found = _DURATION.fullmatch(value)
        duration = int(found[1]) * _UNITS[found[2]] if found else None
        if duration is None or not low <= duration <= high:
            raise BadInput(f"{SETTING} {word[:60]!r}: use 45m, 12h or 30d, from {low} to {high}")
        return duration

    return read


_MINUTE = timedelta(minutes=1)
_READERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "accounts": ("local_accounts", _switch),
    # A verifier takes no token that lives longer than a day.
    "access": ("access", _between(_MINUTE, _DAY)),
    "refresh": ("refresh", _between(_MINUTE, 365 * _DAY)),
    "session": ("session", _between(_MINUTE, 30 * _DAY)),
    "idle": ("idle", _between(_MINUTE, 30 * _DAY)),
    "keys": ("algorithm", _algorithm),
    "rotate": ("rotate", _between(_DAY, 365 * _DAY)),
}
