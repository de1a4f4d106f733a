"""One-time codes by time: six digits of HMAC-SHA-1, which is what every app can do (RFC 6238)."""

from __future__ import annotations

import pyotp

from functions.identity.model.factors import STEP_SECONDS

ISSUER = "Steward"


class Totps:
    """One-time codes by pyotp."""

    def new_secret(self) -> str:
        """A fresh secret of 160 bits."""
        return pyotp.random_base32()

    def at(self, secret: str, step: int) -> str:
        """The code of a step."""
        return pyotp.TOTP(secret).at(step * STEP_SECONDS)

    def uri(self, secret: str, *, account: str) -> str:
        """What an app reads."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)
