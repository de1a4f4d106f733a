"""Names that people choose: what they may hold, and how they are kept."""

from __future__ import annotations

import re
import unicodedata

from steward.errors import BadInput
from steward.names import chosen_name

MAX_NAME = 120
MAX_SLUG = 63
MIN_REASON, MAX_REASON = 8, 300
_SLUG = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown_name(text: str, *, what: str) -> str:
    """The name as it is kept.

    Raises:
        BadName: empty, longer than 120 characters, hidden, mixed or look-alike characters.
    """
    return chosen_name(text, what=what, longest=MAX_NAME)


def slug(text: str, *, what: str) -> str:
    """The id, as policies and commands name it.

    Raises:
        BadInput: not lower-case letters and digits joined by single '-', or longer than 63.
    """
    if not _SLUG.fullmatch(text) or len(text) > MAX_SLUG:
        raise BadInput(
            f"{what} {text[:40]!r}: use up to {MAX_SLUG} lower-case letters and digits joined by '-'"
        )
    return text


def shown_reason(text: str) -> str:
    """A reason that somebody else will read.

    Raises:
        BadInput: shorter than 8 or longer than 300 characters, or with a character that is not shown.
    """
    reason = " ".join(unicodedata.normalize("NFC", text).split())
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise BadInput(
            f"reason of {len(reason)} characters: use {MIN_REASON} to {MAX_REASON}; others will read it"
        )
    if not reason.isprintable() or _BIDI & set(reason):
        raise BadInput("reason: has a character that is not shown; use plain text")
    return reason
