"""Randomness for ids and secrets."""

from __future__ import annotations

import secrets

from functions.hooks.ports import Mint
from steward.standard_webhooks import new_hmac_key


def mint() -> Mint:
    """Tokens of 128 bits, and HMAC keys."""
    return Mint(lambda: secrets.token_hex(16), lambda: new_hmac_key().signing)
