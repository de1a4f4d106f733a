"""Text to tokens, after the lexis of the CEL specification (cel-spec, doc/langdef.md)."""

from __future__ import annotations

import re
import sys
from typing import Literal, NamedTuple, TypeAlias

from functions.policy.model.language.errors import Source

TokenKind: TypeAlias = Literal["int", "double", "string", "name", "operator", "end"]

RESERVED = frozenset(
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
        "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip
OPERATORS = "&& || == != <= >= < > + - * / % ! ? : . , ( ) [ ] { }"

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|//[^\n]*)+)
  | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
  | (?P<int>0[xX][0-9a-fA-F]+|\d+)
  | (?P<raw>[rR](?:"[^"\n]*"|'[^'\n]*'))
  | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<operator>&&|\|\||==|!=|<=|>=|[<>+\-*/%!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_SURROGATES = range(0xD800, 0xE000)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SIMPLE |= {character: character for character in "\\?\"'`"}


class Token(NamedTuple):
    """One word of an expression; ``value`` is the constant it stands for."""

    kind: TokenKind
    text: str
    at: int
    value: int | float | str | None = None


def tokens(source: Source) -> list[Token]:
    """The words of an expression, with an ``end`` after the last.

    Raises:
        RuleError: a character that begins no word, a text without its closing quote.
    """
    found: list[Token] = []
    at = 0
    while at < len(source.text):
        match = _TOKEN.match(source.text, at)
        if match is None:
            raise _unknown(source, at)
        if match.lastgroup != "space":
            found.append(_token(source, str(match.lastgroup), match.group(), at))
        at = match.end()
    found.append(Token("end", "the end of the expression", len(source.text.rstrip())))
    return found


def _token(source: Source, group: str, text: str, at: int) -> Token:
    match group:
        case "int":
            return Token("int", text, at, int(text, 0) if text[:2] in ("0x", "0X") else int(text))
        case "double":
            return Token("double", text, at, float(text))
        case "raw":
            return Token("string", text, at, text[2:-1])
        case "string":
            return Token("string", text, at, _unescape(source, text, at))
        case "name" if text in RESERVED:
            raise source.error(at, f"{text!r} is a reserved word", "choose another name")
        case "name":
            return Token("name", text, at)
        case _:
            return Token("operator", text, at)


def _unescape(source: Source, text: str, at: int) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code in _SIMPLE:
            return _SIMPLE[code]
        number = int(code[1:], 16) if code[0] in "xuU" and len(code) > 1 else _octal(code)
        if number is None or number > sys.maxunicode or number in _SURROGATES:
            raise source.error(
                at + 1 + match.start(),
                f"unknown escape \\{code}",
                'use \\n \\t \\" \\\\ \\xHH or \\uHHHH, or a raw text r"..."',
            )
        return chr(number)

    return _ESCAPE.sub(one, text[1:-1])


def _octal(code: str) -> int | None:
    return int(code, 8) if len(code) == len("000") and code.isdigit() else None


def _unknown(source: Source, at: int) -> Exception:
    character = source.text[at]
    if character in "\"'":
        return source.error(at, "a text without its closing quote", f"close it with {character}")
    hint = {"=": "compare with '=='", "&": "use '&&'", "|": "use '||'"}
    allowed = hint.get(character, f"use names, numbers, quoted texts and {OPERATORS}")
    return source.error(at, f"unexpected character {character!r}", allowed)
