"""Messages: plain text with expressions in braces, as in ``Bucket {resource.name} is public``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.policy.model.language import convert
from functions.policy.model.language.check import Parameters, check
from functions.policy.model.language.errors import Place, Source
from functions.policy.model.language.interpret import Unknown, interpret
from functions.policy.model.language.parser import parse
from functions.policy.model.language.tree import Node

_SPACES = re.compile(r"\s+")
MAX_VALUE = 200
MAX_MESSAGE = 1_000


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and the expressions between them."""

    parts: tuple[str | Node, ...]

    def render(self, resource: Mapping[str, Any], now: datetime) -> str:
        """The message for a resource; what cannot be told reads ``unknown``."""
        written = [
            part
            if isinstance(part, str)
            else _cut(_written(interpret(part, resource, now)), MAX_VALUE)
            for part in self.parts
        ]
        return _cut("".join(written).strip(), MAX_MESSAGE)


def template(source: Source, *, parameters: Parameters) -> Template:
    """The template of a message.

    Raises:
        RuleError: a brace without its partner, an expression with an error.
    """
    parts: list[str | Node] = []
    for text, at in _pieces(source):
        if at is None:
            parts.append(_SPACES.sub(" ", text))
            continue
        line, column = source.place.shifted(source.text, at)
        place = Place(source.place.file, source.place.field, line - 1, column - 1)
        inner = Source(text, place)
        parts.append(check(parse(inner), inner, parameters=parameters))
    return Template(tuple(parts))


def _pieces(source: Source) -> Iterator[tuple[str, int | None]]:
    """Texts (without an offset) and expressions (with theirs)."""
    text, at = source.text, 0
    while at < len(text):
        opening = min((i for i in (text.find("{", at), text.find("}", at)) if i >= 0), default=-1)
        if opening < 0:
            yield text[at:], None
            return
        if text[opening : opening + 2] in ("{{", "}}"):
            yield text[at : opening + 1], None
            at = opening + 2
            continue
        if text[opening] == "}":
            raise source.error(opening, "'}' without its '{'", "write '}}' for a brace in the text")
        yield text[at:opening], None
        closing = _closing(source, opening)
        yield text[opening + 1 : closing], opening + 1
        at = closing + 1


def _closing(source: Source, opening: int) -> int:
    depth, quote = 0, ""
    for at in range(opening, len(source.text)):
        character = source.text[at]
        if quote:
            quote = "" if character == quote and source.text[at - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        else:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if depth == 0:
                return at
    raise source.error(opening, "'{' without its '}'", "write '{{' for a brace in the text")


def _written(value: Any) -> str:
    if isinstance(value, Unknown):
        return "unknown"
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(_written(item) for item in value)) or "none"
    if isinstance(value, dict):
        return json.dumps(value, default=str, separators=(",", ":"))
    return convert.to_string(value) or ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
