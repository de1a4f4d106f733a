"""Passwords by argon2id: RFC 9106, with the parameters that OWASP gives as a minimum."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; a tenth of a second here.
_PASSES, _KIBIBYTES, _LANES = 2, 19 * 1024, 1
NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$nwIUxhElUiTHhzThrXx3fw"
    "$Cr6FMq+gi5Vc/kkN5IGgPCPScIgU+Nkdy85sVEU7w1E"
)
"""The hash of random text that was thrown away: looked at when there is no user."""


class Argon:
    """Hashes and verifies, as slowly for nobody's password as for somebody's."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(_PASSES, _KIBIBYTES, _LANES)

    def hash(self, password: str) -> str:
        """The hash to keep, with its own salt."""
        return self._hasher.hash(password)

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one; without a hash it takes as long, and it is not."""
        try:
            self._hasher.verify(kept or NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def stale(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)
