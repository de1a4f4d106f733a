"""The common view of a resource: tags, instants, owner, and what rules in the catalogue's data say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from functions.inventory.model.paths import getter

_BETWEEN = re.compile(r"[\s_:-]")
_OWNER_KEYS = ("owner", "ownedby", "owneremail", "resourceowner", "team", "contact")
_KEYS = ("key", "tagKey")
_VALUES = ("value", "tagValue")
_SECONDS = re.compile(r"\d{9,}(?:\.\d+)?")
"""As many digits as seconds since 1970 have had since 1973; ISO dates without hyphens have eight."""
_MILLIS_FROM = 100_000_000_000
"""Seconds since 1970 stay below this until the year 5138; milliseconds have been above since 1973."""


def tags_of(value: Any) -> dict[str, str]:
    """Tags from a list of pairs, in any of the spellings that clouds have, or from a map."""
    if isinstance(value, dict):
        return {str(key): _word(one) for key, one in value.items()}
    pairs = value if isinstance(value, list | tuple) else ()
    return dict(_pair(one) for one in pairs if isinstance(one, dict) and _named(one))


def owner_of(tags: Mapping[str, str]) -> str | None:
    """Whom the tags name as the owner, if anybody."""
    if not tags:
        return None
    plain = {_BETWEEN.sub("", key).lower(): one for key, one in tags.items()}
    return next((plain[key] for key in _OWNER_KEYS if plain.get(key)), None)


def moment(value: Any) -> datetime | None:
    """An instant from RFC 3339, or seconds or milliseconds since 1970; None for what is no instant."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, str) and _SECONDS.fullmatch(value):
            value = float(value)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLIS_FROM else value, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(template: str, configuration: Mapping[str, Any]) -> str | None:
    """A size in the provider's words: ``instanceType``, or a path with its unit such as ``size GiB``."""
    path, _, unit = template.partition(" ")
    value = getter(path)(configuration)
    if value is None or isinstance(value, dict | list):
        return None
    return f"{value} {unit}" if unit else str(value)


def verdict(rule: str, configuration: Mapping[str, Any]) -> bool | None:
    """Whether a rule of the catalogue holds; None when it cannot be told.

    A rule is a path (``encrypted``), ``path?`` (whether anything is there), ``path=a|b`` (one of these
    values), ``path!=a|b``, ``no path`` (nothing is there), ``anyone(path)`` (a policy lets anybody in), or
    ``yes``. ``a unless b`` holds when a does and b does not; several with ``or`` between them when one does.
    """
    return _rule(rule)(configuration) if rule else None


def _pair(one: Mapping[str, Any]) -> tuple[str, str]:
    key = one.get("key")
    if key is not None:
        return str(key), _word(one.get("value"))
    return _of(one, _KEYS), _of(one, _VALUES)


def _named(one: Mapping[str, Any]) -> bool:
    return "key" in one or any(_any_case(one, key) is not None for key in _KEYS)


def _of(one: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((_word(v) for n in names if (v := _any_case(one, n)) is not None), "")


def _any_case(one: Mapping[str, Any], name: str) -> Any:
    found = one.get(name)
    return found if found is not None else one.get(name[:1].upper() + name[1:])


def _word(value: Any) -> str:
    return "" if value is None else str(value)


Rule = Callable[[Mapping[str, Any]], bool | None]


@cache
def _rule(text: str) -> Rule:
    parts = [_unless(part) for part in text.split(" or ")]
    if len(parts) == 1:
        return parts[0]
    return lambda configuration: _either([part(configuration) for part in parts])


def _unless(text: str) -> Rule:
    rule, found, exception = (part.strip() for part in text.partition(" unless "))
    if not found:
        return _single(rule)
    holds, excepted = _single(rule), _single(exception)
    return lambda configuration: False if excepted(configuration) else holds(configuration)


def _either(found: list[bool | None]) -> bool | None:
    if any(found):
        return True
    return None if None in found else False


def _single(text: str) -> Rule:
    if text == "yes":
        return lambda _: True
    if text.startswith("no "):
        absent = getter(text.removeprefix("no "))
        return lambda configuration: not absent(configuration)
    if text.startswith("anyone("):
        policy = getter(text.removeprefix("anyone(").removesuffix(")"))
        return lambda configuration: lets_anyone_in(policy(configuration))
    if text.endswith("?"):
        get = getter(text[:-1])
        return lambda configuration: bool(get(configuration))
    return _compared(text)


def _compared(text: str) -> Rule:
    path, found, wanted = text.partition("=")
    negated, get = path.endswith("!"), getter(path.removesuffix("!"))
    if not found:
        return lambda configuration: _truth(get(configuration))
    choices = frozenset(wanted.split("|"))
    return lambda configuration: _among(get(configuration), choices, negated=negated)


def rule_paths(rule: str) -> list[str]:
    """The paths that a rule reads."""
    parts = re.split(r" or | unless ", rule) if rule else []
    bare = (re.sub(r"^no |^anyone\(|\)$", "", part.strip()) for part in parts)
    return [re.split(r"[!?=]", part)[0] for part in bare if part != "yes"]


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "enabled": True, "false": False, "disabled": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _among(value: Any, choices: frozenset[str], *, negated: bool) -> bool | None:
    if value is None:
        return None
    # What a list holds may be objects: those are none of the words.
    found = any(one in choices for one in _strings(value))
    return found is not negated


def _strings(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one if isinstance(one, str) else str(one) for one in listed]


def lets_anyone_in(policy: Any) -> bool | None:
    """Whether a policy document allows something to everybody without condition; None if it is no policy."""
    if policy is None:
        return False
    try:
        document = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    return any(_open(statement) for statement in _list(document.get("Statement")))


def _open(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _list(named) and not statement.get("Condition")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
