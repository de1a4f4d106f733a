"""Names that people choose: one rule, so that no two of them look alike and none hides anything.

After the "single script" level of Unicode Technical Standard 39, with its exceptions for the languages that
write several scripts together. A script is told by the first word of a character's Unicode name.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from steward.errors import BadInput

LONGEST: Final = 128
FORBIDDEN: Final = frozenset('#*?<>\\/|"`{}')
"""What separates keys and paths, what patterns match by, and what markup and shells read."""
TYPOGRAPHIC: Final = frozenset("’‘“”–—·…€£§°")  # noqa: RUF001  # what people type, and nothing like it
_TOGETHER: Final = (
    frozenset({"LATIN", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "IDEOGRAPHIC"}),
    frozenset({"LATIN", "HANGUL", "CJK"}),
    frozenset({"LATIN", "BOPOMOFO", "CJK"}),
)
_DIGITS_OF: Final = {"ARABIC-INDIC": "ARABIC", "EXTENDED": "ARABIC"}


class BadName(BadInput):
    """A name that could be taken for another, or for something else."""


def chosen_name(value: str, *, what: str, longest: int = LONGEST) -> str:
    """A name as it is kept: composed (NFC), without spaces around it.

    Raises:
        BadName: empty, too long, with a character that separates, is invisible or looks like another,
            or of several scripts.
    """
    # Longer than any name before it is touched: composing a megabyte takes a second.
    name = unicodedata.normalize("NFC", value[: 4 * longest].strip(" "))
    fault = _fault(name, longest)
    if fault:
        raise BadName(f"{what} {value[:60]!a}: {fault}")
    return name


def _fault(name: str, longest: int) -> str:
    if not name:
        return f"is empty; use 1 to {longest} characters"
    if len(name) > longest:
        return f"has more than {longest} characters; use 1 to {longest}"
    for character in name:
        fault = _odd(character)
        if fault:
            return fault
    if unicodedata.normalize("NFKC", name.replace("…", "")) != name.replace("…", ""):
        return "holds a letter in a special shape, such as full width; use the plain letter"
    return _mixed(name)


def _odd(character: str) -> str:
    if character in FORBIDDEN:
        return f"holds {character!r}; leave out {' '.join(sorted(FORBIDDEN))}"
    if character.isascii() and character.isprintable():
        return ""
    if not character.isprintable() or unicodedata.name(character, "").startswith("COMBINING"):
        return f"holds the hidden character U+{ord(character):04X}; use letters, digits and spaces"
    if unicodedata.category(character)[0] in "LM" or character.isdecimal():
        return ""
    if character in TYPOGRAPHIC:
        return ""
    return f"holds the sign U+{ord(character):04X}; use letters, digits, spaces and plain signs"


def _mixed(name: str) -> str:
    scripts = {script for character in name if (script := script_of(character)) is not None}
    if len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER):
        return ""
    return f"mixes {' and '.join(sorted(s.capitalize() for s in scripts))} letters; use one script"


def script_of(character: str) -> str | None:
    """The script of a letter; None for what every script shares, such as ASCII's digits and signs."""
    letter = unicodedata.category(character)[0] in "LM" or (
        character.isdecimal() and not character.isascii()
    )
    if not letter:
        return None
    first = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    return _DIGITS_OF.get(first, first)
