"""Randomness for cookies, codes and tokens."""

from __future__ import annotations

import secrets

from functions.identity.model.devices import ALPHABET, CODE_LENGTH
from functions.identity.ports import Mint


def mint() -> Mint:
    """Secrets of 256 bits, and codes that people type."""
    return Mint(lambda: secrets.token_urlsafe(32), _user_code, _letters)


def _user_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _letters(count: int) -> str:
    # Base 32 of RFC 4648: five bits a letter, and none that is taken for another.
    return "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(count))
