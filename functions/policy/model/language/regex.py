"""A guard that lets only regular expressions through whose worst case is bounded.

Python's engine backtracks. A repeat has a choice of where to stop only where what follows it may
begin with what it repeats; with k such choices a text of n characters takes about n**(k+1) steps
(times n when the pattern is not anchored), so the guard counts them and caps the length of the text.
Free repeats inside repeats, back-references and look-around are refused: they make it exponential.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

MAX_PATTERN = 500
MAX_BOUNDED = 200
MAX_FIXED = 8
MAX_STEPS = 2**24
MAX_TEXT = 65_536
MAX_EXPONENT = 4
MAX_GROUPS = 10

# One symbol stands for all the characters beyond Latin-1.
_OTHER = chr(256)
_ALPHABET = frozenset(chr(code) for code in range(257))
_WORD = frozenset(c for c in _ALPHABET if c.isascii() and (c.isalnum() or c == "_"))
_SETS = {
    "d": frozenset("0123456789"),
    "w": _WORD,
    "s": frozenset(" \t\n\r\f\v"),
}
_SETS |= {name.upper(): _ALPHABET - members for name, members in _SETS.items()}
_BEYOND = frozenset(chr(code) for code in range(128, 257))
"""What a class of Unicode may or may not hold: counted as held by all of them."""
_CASED_BEYOND = _BEYOND | frozenset("iksIKS")
"""Letters that have another case beyond ASCII."""
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


_FLAGS = r"\(\?[ims]+\)"
"""Flags for the whole pattern may stand at its front."""


class Refused(Exception):
    """Why a pattern is refused, at which character of it."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at


class Guarded(NamedTuple):
    """A compiled pattern and the longest text it may be tried on."""

    search: Callable[[str], re.Match[str] | None]
    limit: int
    groups: int = 0


class _Piece(NamedTuple):
    """One item of a sequence: what it may begin with, if it may be empty, if its length varies."""

    first: frozenset[str]
    optional: bool
    varies: bool


class _Shape(NamedTuple):
    """An atom or a group: the same, and how many ambiguous choices it holds, and if it repeats."""

    first: frozenset[str]
    optional: bool = False
    degree: int = 0
    repeats: bool = False


def guarded(pattern: str, *, front: bool = False, ignore_case: bool = False) -> Guarded:
    """The compiled pattern, if its cost is bounded.

    A pattern that is matched at the ``front`` of a text is Python's own, with all of Unicode; one
    that is searched knows ASCII classes only.

    Raises:
        Refused: the pattern is no regular expression of the linear kind.
    """
    if len(pattern) > MAX_PATTERN:
        raise Refused(0, f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN}")
    flags = re.match(_FLAGS, pattern)
    reader = _Reader(pattern, flags.end() if flags else 0, front=front, ignore_case=ignore_case)
    shape = reader.alternatives()
    reader.end()
    exponent = 1 + shape.degree + int(shape.repeats and not (front or reader.anchored))
    if exponent > MAX_EXPONENT:
        raise Refused(0, "too many repeats that overlap with what follows them")
    made = _compiled(pattern, front=front, ignore_case=ignore_case)
    limit = min(MAX_TEXT, int(MAX_STEPS ** (1 / exponent)))
    return Guarded(made.match if front else made.search, limit, made.groups)


def _compiled(pattern: str, *, front: bool, ignore_case: bool) -> re.Pattern[str]:
    case = re.IGNORECASE if ignore_case else re.RegexFlag(0)
    try:
        return re.compile(pattern, case if front else case | re.ASCII)
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        raise Refused(0, str(error)) from error


class _Reader:
    """Reads a pattern just far enough to know where it can backtrack."""

    def __init__(self, pattern: str, start: int, *, front: bool, ignore_case: bool) -> None:
        self._pattern = pattern
        self._at = start
        self._depth = 0
        self._front = front
        self._either_case = ignore_case or "i" in pattern[:start]
        self.anchored = pattern.startswith("^", start) and "m" not in pattern[:start]

    def end(self) -> None:
        if self._at < len(self._pattern):
            raise Refused(self._at, "unexpected ')'")

    def alternatives(self) -> _Shape:
        branches = [self._sequence()]
        while self._accept("|"):
            branches.append(self._sequence())
        if len(branches) > 1 and self._depth == 0:
            self.anchored = False
        first = frozenset[str]().union(*(branch.first for branch in branches))
        overlapping = len(branches) > 1 and sum(len(b.first) for b in branches) > len(first)
        return _Shape(
            first,
            any(branch.optional for branch in branches),
            max(branch.degree for branch in branches) + int(overlapping),
            any(branch.repeats for branch in branches),
        )

    def _sequence(self) -> _Shape:
        pieces: list[_Piece] = []
        degree = 0
        repeats = False
        while self._peek() not in ("", "|", ")"):
            piece, shape = self._repeated()
            pieces.append(piece)
            degree += shape.degree
            repeats |= shape.repeats
        first, optional = _beginning(pieces)
        inside = self._depth > 0
        degree += sum(_ambiguous(pieces, at, inside=inside) for at in range(len(pieces)))
        return _Shape(first, optional, degree, repeats)

    def _repeated(self) -> tuple[_Piece, _Shape]:
        start = self._at
        shape = self._atom()
        low, high = self._quantifier()
        if (low, high) == (1, 1):
            return _Piece(shape.first, shape.optional, varies=False), shape
        free = high is None or high > MAX_FIXED
        if shape.degree or shape.optional or (free and shape.repeats):
            raise Refused(start, "a repeat inside a repeat, or of something that may be empty")
        piece = _Piece(shape.first, low == 0, varies=low != high)
        return piece, shape._replace(repeats=shape.repeats or high != 1)

    def _atom(self) -> _Shape:
        character = self._take()
        match character:
            case "(":
                return self._group()
            case "[":
                return _Shape(self._charset())
            case "\\":
                return self._escape()
            case "^" | "$":
                return _Shape(frozenset(), optional=True)
            case ".":
                return _Shape(_ALPHABET)
            case "*" | "+" | "?":
                raise Refused(self._at - 1, f"nothing to repeat before {character!r}")
            case _:
                return _Shape(self._cased(_symbols(character)))

    def _group(self) -> _Shape:
        ahead = self._look_ahead()
        self._depth += 1
        if self._depth > MAX_GROUPS:
            raise Refused(self._at, f"groups nested more than {MAX_GROUPS} deep")
        shape = self.alternatives()
        self._depth -= 1
        if not self._accept(")"):
            raise Refused(self._at, "a group without its ')'")
        if not ahead:
            return shape
        # What it looks at is read again by what follows: as dear as one more choice.
        degree = shape.degree + int(shape.repeats)
        return _Shape(frozenset(), optional=True, degree=degree, repeats=shape.repeats)

    def _look_ahead(self) -> bool:
        """Whether a group looks ahead; one that looks behind, or has a name or flags, is refused."""
        if not self._accept("?") or self._accept(":"):
            return False
        if self._front and (self._accept("!") or self._accept("=")):
            return True
        what = "look-behind" if self._front else "look-around"
        raise Refused(self._at - 2, f"{what}, names and flags in a group; use (?:...)")

    def _escape(self) -> _Shape:
        code = self._take()
        if code in ("b", "B", "A", "Z"):
            return _Shape(frozenset(), optional=True)
        return _Shape(self._escaped(code))

    def _escaped(self, code: str) -> frozenset[str]:
        if code in _SETS:
            return _SETS[code] | _BEYOND if self._front else _SETS[code]
        if code in _CONTROLS:
            return frozenset(_CONTROLS[code])
        if code == "" or code.isalnum():
            problem = "a back-reference" if code.isdigit() else f"unknown escape \\{code}"
            raise Refused(self._at - 1, problem)
        return self._cased(_symbols(code))

    def _cased(self, symbols: frozenset[str]) -> frozenset[str]:
        if not self._either_case:
            return symbols
        other = {one for symbol in symbols for one in (symbol.lower(), symbol.upper())}
        beyond = _BEYOND if symbols & _CASED_BEYOND else frozenset[str]()
        return symbols | (other & _ALPHABET) | beyond

    def _charset(self) -> frozenset[str]:
        start = self._at - 1
        inverted = self._accept("^")
        members: frozenset[str] = frozenset()
        first = True  # a ']' that comes first stands for itself
        while (character := self._take()) != "]" or first:
            if character == "":
                raise Refused(start, "a set without its ']'")
            members |= self._members(character)
            first = False
        return _ALPHABET - members if inverted else members

    def _members(self, character: str) -> frozenset[str]:
        if character == "\\":
            return self._escaped(self._take())
        dash, last = (
            self._pattern[self._at : self._at + 1],
            self._pattern[self._at + 1 : self._at + 2],
        )
        if dash == "-" and last not in ("", "]", "\\"):
            self._at += 2
            return self._cased(_symbols(character, last))
        return self._cased(_symbols(character))

    def _quantifier(self) -> tuple[int, int | None]:
        bounds = self._bounds()
        if bounds != (1, 1):
            self._accept("?")
            if self._peek() in ("*", "+", "?", "{"):
                raise Refused(self._at, "a repeat of a repeat")
        return bounds

    def _bounds(self) -> tuple[int, int | None]:
        if self._accept("*"):
            return 0, None
        if self._accept("+"):
            return 1, None
        if self._accept("?"):
            return 0, 1
        counted = re.compile(r"\{(\d{1,6})(,?)(\d{0,6})\}").match(self._pattern, self._at)
        if counted is None:
            return 1, 1
        self._at = counted.end()
        low, comma, high = counted.groups()
        if max(int(low), int(high or 0)) > MAX_BOUNDED:
            raise Refused(counted.start(), f"a repeat of more than {MAX_BOUNDED} times")
        return int(low), (int(high) if high else None) if comma else int(low)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _accept(self, character: str) -> bool:
        if self._peek() == character:
            self._at += 1
            return True
        return False


def _symbols(first: str, last: str | None = None) -> frozenset[str]:
    low, high = ord(first), ord(last or first)
    members = {chr(code) for code in range(low, min(high, ord(_OTHER) - 1) + 1)}
    return frozenset(members | {_OTHER}) if high >= ord(_OTHER) else frozenset(members)


def _beginning(pieces: list[_Piece]) -> tuple[frozenset[str], bool]:
    first: frozenset[str] = frozenset()
    for piece in pieces:
        first |= piece.first
        if not piece.optional:
            return first, False
    return first, True


def _ambiguous(pieces: list[_Piece], index: int, *, inside: bool) -> bool:
    """Whether a piece may stop in several places: what follows can begin inside it, or is open."""
    if not pieces[index].varies:
        return False
    following, optional = _beginning(pieces[index + 1 :])
    if not following and not inside:
        return False  # only the end follows: giving a character back never helps
    return optional or bool(following & pieces[index].first)
