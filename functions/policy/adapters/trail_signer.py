"""Signatures of versions, by the key of the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.policy.model.rulebook.versions import Signed

if TYPE_CHECKING:
    from steward.signing import Signer


@dataclass(frozen=True, slots=True)
class TrailSigner:
    """Signs and verifies with the key of the audit trail, made when it is first asked for."""

    signer: Callable[[], Signer]

    def sign(self, statement: bytes) -> Signed:
        """A signature over the statement."""
        made = self.signer().sign(statement)
        return Signed(key_id=made.key_id, algorithm=made.algorithm, value=made.value)

    def verify(self, signature: Signed, statement: bytes) -> bool:
        """Whether it is the trail's, over the statement."""
        from steward.signing import (  # 100 ms, which those who only sign do without
            Signature,
            verify,
        )

        key = self.signer().public_key()
        told = Signature(signature.key_id, key.algorithm, signature.value)
        return signature.algorithm == key.algorithm and verify(key, told, statement)
