"""Fresh keys, and the sender that this process may use."""

from __future__ import annotations

import os
import secrets
from typing import Literal

from functions.notify.ports import Forged
from steward.outbound import Outbound, outbound
from steward.standard_webhooks import new_ed25519_key, new_hmac_key


def forge(algorithm: Literal["hmac", "ed25519"]) -> Forged:
    """A random key under a random name: a rerun never overwrites a key that was given out."""
    pair = new_hmac_key() if algorithm == "hmac" else new_ed25519_key()
    return Forged(secrets.token_hex(8), pair)


def sender(environment: str) -> Outbound:
    """Outbound HTTPS; OUTBOUND_ALLOW counts in the embedded environment only."""
    return outbound(environment=environment, allow=os.environ.get("OUTBOUND_ALLOW", ""))
