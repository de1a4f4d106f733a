"""What must be readable again, encrypted with AES-GCM under a key from the secrets."""

from __future__ import annotations

import base64
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from steward.errors import BadInput, NotFound
from steward.secrets import Secrets

NAME = "signing-keys/sealer"
_NONCE = 12


class Seals:
    """Seals for a place: what was sealed there opens nowhere else."""

    def __init__(self, vault: Secrets) -> None:
        self._vault = vault

    def seal(self, text: str, *, place: str) -> str:
        """The text, sealed."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key()).encrypt(nonce, text.encode(), place.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """The text.

        Raises:
            BadInput: it was not sealed here, or for another place.
        """
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return AESGCM(self._key()).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
        except InvalidTag as error:
            raise BadInput("sealed text: does not open here; set the factor up again") from error

    def _key(self) -> bytes:
        try:
            kept = self._vault.get(NAME)
        except NotFound:
            kept = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
            self._vault.put(NAME, kept)
        return base64.urlsafe_b64decode(kept)
