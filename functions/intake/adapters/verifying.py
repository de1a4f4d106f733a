"""Verifying tokens by the keys that the two clouds show."""

from __future__ import annotations

from datetime import datetime

from functions.intake.ports import Verify
from steward.edge.resources import current
from steward.identity.directory import Issuer
from steward.identity.jws import Claims, Unverified


def verifier(now: datetime) -> Verify:
    """A way to verify, as of an instant."""

    def verify(given: Unverified, issuer: Issuer) -> Claims:
        # PyJWT and cryptography take 100 ms to import, which only deliveries should pay.
        from steward.identity.tokens import Verifier

        resources = current()
        keys = Verifier(resources.directory, resources.issuer_keys())
        return keys.workload(given, issuer=issuer, now=now)

    return verify
