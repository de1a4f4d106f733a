"""The words of a JMESPath expression (the grammar of jmespath.org's specification)."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from functions.policy.model.language.errors import Source

MAX_TEXT = 2_000
_WORD: Final = r"""
    (?P<space>\s+)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<quoted>"(?:[^"\\]|\\.)*")
  | (?P<raw>'(?:[^'\\]|\\.)*')
  | (?P<literal>`(?:[^`\\]|\\.)*`)
  | (?P<number>-?\d{1,9})
  | (?P<sign>\[\?|\[\]|\|\||&&|==|!=|<=|>=|[.*\[\]{}()@&|<>!,:])
    """
"""Compiled at the first use, as every pattern here: that takes more memory than the code itself."""


class Word(NamedTuple):
    """One word; ``kind`` is a sign itself, or name, quoted, literal, number, end."""

    kind: str
    at: int
    value: Any = None


def words(source: Source) -> list[Word]:
    """The words of an expression, with an ``end`` after the last.

    Raises:
        RuleError: a character that begins no word, or a literal that is no JSON.
    """
    if len(source.text) > MAX_TEXT:
        raise source.error(0, f"a path of {len(source.text)} characters", f"use at most {MAX_TEXT}")
    pattern = re.compile(_WORD, re.VERBOSE | re.DOTALL)
    found: list[Word] = []
    at = 0
    while at < len(source.text):
        match = pattern.match(source.text, at)
        if match is None:
            problem = f"unexpected character {source.text[at]!r}"
            raise source.error(at, problem, "use a JMESPath, as in State.Name or Tags[].Key")
        if match.lastgroup != "space":
            found.append(_word(source, str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, Word("end", len(source.text))]


def _word(source: Source, group: str, text: str, at: int) -> Word:
    match group:
        case "name":
            return Word("name", at, text)
        case "quoted":
            return Word("quoted", at, _json(source, text, at))
        case "raw":
            return Word("literal", at, text[1:-1].replace("\\'", "'"))
        case "literal":
            return Word("literal", at, _literal(source, text[1:-1].replace("\\`", "`"), at))
        case "number":
            return Word("number", at, int(text))
        case _:
            return Word(text, at)


def _json(source: Source, text: str, at: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise source.error(at, f"{text[:40]} is no JSON ({error})", "write a JSON value") from error


def _literal(source: Source, text: str, at: int) -> Any:
    """A JSON value; a text may go without its quotes, as JMESPath once allowed."""
    bare = text.strip()
    if re.match(r'[\[{"\d-]|(?:true|false|null)$', bare):
        return _json(source, bare, at)
    return _json(source, f'"{bare}"', at)
