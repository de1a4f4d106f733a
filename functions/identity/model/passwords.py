"""What makes a password good enough: long, and not what everybody would try first.

NIST SP 800-63B-4, 3.1.1.2: a minimum length, no rules of composition, no forced change, a blocklist of
common values and of words from around the account.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from steward.errors import BadInput
from steward.store.collection import Collection

RESET_LIFE = timedelta(days=1)
MIN_LENGTH = 12
MAX_LENGTH = 128
_FEWEST_CHARACTERS = 5
_LEAST_REMAINDER = 5
_SHORTEST_CONTEXT = 4
_SHORTEST_RUN = 3
_SWAPPED = str.maketrans("@4831!0$57", "aabeiiosst")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "01234567890123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "q1w2e3r4t5y6u7i8o9p0",
)
# The stems of the lists of leaked passwords; whatever is glued on to them changes little.
_WORDS = """
password passwort passwd passw0rd motdepasse contrasena senha parola letmein welcome willkommen
admin administrator root superuser login master default changeme change secret access test guest
user hello iloveyou love monkey dragon football baseball basketball soccer hockey superman
batman spiderman pokemon starwars princess sunshine shadow michael jordan jennifer charlie
thomas daniel andrew jessica ashley amanda hannah george summer winter spring autumn january
february march april june july august september october november december monday friday sunday
computer internet server google facebook microsoft amazon windows apple samsung cisco oracle
linux ubuntu cloud steward company business correcthorsebatterystaple trustno whatever freedom
nothing cheese pepper cookie banana chocolate tigger purple orange silver golden diamond mustang
ferrari mercedes porsche liverpool chelsea arsenal barcelona
"""
COMMON = tuple(_WORDS.split())


class Fault(StrEnum):
    """Why a password is not taken."""

    SHORT = f"has fewer than {MIN_LENGTH} characters; a few unrelated words make a good one"
    LONG = f"has more than {MAX_LENGTH} characters"
    CONTROL = "has a control character"
    COMMON = "is one of the first that others would try; take a few unrelated words"
    CONTEXT = "is made of your own name, address or organisation; take a few unrelated words"


class Password(BaseModel):
    """A user's password: its argon2id hash, never itself."""

    model_config = ConfigDict(frozen=True)

    user: str
    hash: str
    changed_at: AwareDatetime


PASSWORDS = Collection(
    "passwords",
    Password,
    id=lambda password: password.user,
    secret=("hash",),
)


class Reset(BaseModel):
    """A link by which a user may set a password once; the id is the hash of its secret."""

    model_config = ConfigDict(frozen=True)

    id: str
    user: str
    expires_at: AwareDatetime

    def outdated_by(self, password: Password | None) -> bool:
        """Whether the password was set after the link was given."""
        return password is not None and password.changed_at > self.expires_at - RESET_LIFE


RESETS = Collection(
    "resets",
    Reset,
    id=lambda reset: reset.id,
    expires=lambda reset: reset.expires_at,
    listed=False,
)


def normal(password: str) -> str:
    """The password as it is hashed: the same however a keyboard composed it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, context: Iterable[str] = ()) -> str:
    """The password in its normal form, if it is good enough; ``context`` are words around the user.

    Raises:
        BadInput: why not; never with the password.
    """
    fine = normal(password)
    fault = fault_of(fine, context=context)
    if fault is not None:
        raise BadInput(f"password: {fault.value}")
    return fine


def fault_of(password: str, *, context: Iterable[str] = ()) -> Fault | None:
    """What is wrong with a password in its normal form; None when it is good enough."""
    if len(password) < MIN_LENGTH:
        return Fault.SHORT
    if len(password) > MAX_LENGTH:
        return Fault.LONG
    if any(unicodedata.category(character) == "Cc" for character in password):
        return Fault.CONTROL
    if len(set(password.casefold())) < _FEWEST_CHARACTERS or _little_beyond(password, COMMON):
        return Fault.COMMON
    own = [word.casefold() for part in context for word in (part, *re.split(r"[^\w]+", part))]
    own = [word for word in own if len(word) >= _SHORTEST_CONTEXT]
    return Fault.CONTEXT if own and _little_beyond(password, (*COMMON, *own)) else None


def _little_beyond(password: str, words: Iterable[str]) -> bool:
    folded = password.casefold()
    stems = sorted({word.casefold() for word in words}, key=len, reverse=True)
    return any(
        len(_without(spelling, stems)) < _LEAST_REMAINDER
        for spelling in (folded, folded.translate(_SWAPPED))
    )


def _without(text: str, stems: Iterable[str]) -> str:
    for stem in stems:
        text = text.replace(stem, " ")
    kept = "".join(part for part in re.split(r"[\W_]+", text) if not _is_run(part))
    return re.sub(r"(.+?)\1+", r"\1", re.sub(r"\d+", "", kept))


def _is_run(part: str) -> bool:
    return len(part) >= _SHORTEST_RUN and any(part in line or part[::-1] in line for line in _RUNS)


def fresh(user: str, hash_: str, *, now: datetime) -> Password:
    """What is kept of a password that was set now."""
    return Password(user=user, hash=hash_, changed_at=now)
