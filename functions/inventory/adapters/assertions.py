"""Steward's own tokens for the clouds that trust them, made for one tenant."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from steward.edge.armour import NONE
from steward.edge.resources import Clock, current
from steward.errors import Denied

if TYPE_CHECKING:
    from steward.signing import Signer  # 100 ms of cryptography, paid by those who sign

PUBLIC_URL: Final = "STEWARD_PUBLIC_URL"
WRONG: Final = "steward-checks-that-this-is-refused"
"""An external id that no claim has."""


def issuer() -> str:
    """The address at which other clouds read our keys.

    Raises:
        Denied: there is none, or one that they do not accept.
    """
    said = os.environ.get(PUBLIC_URL, NONE).rstrip("/")
    if not said.startswith("https://"):
        shown = "nothing" if said == NONE else repr(said)
        raise Denied(
            f"{PUBLIC_URL}: is {shown}; Azure and Google Cloud read Steward's keys there, so set it to the "
            "public https address of this installation"
        )
    return said


class Assertions:
    """Tokens for claims of one tenant, and for none of another's."""

    def __init__(
        self,
        tenant: str,
        *,
        clock: Clock,
        signer: Callable[[], Signer] | None = None,
        url: Callable[[], str] = issuer,
    ) -> None:
        self._tenant = tenant
        self._clock = clock
        self._signer = signer or _granted
        self._url = url

    def right(self, external_id: str, audience: str) -> str:
        """The token that a claim's trust asks for.

        Raises:
            Denied: other clouds could not verify it.
        """
        return self._made(self._tenant, external_id, audience)

    def wrong(self, external_id: str) -> dict[str, Callable[[str], str]]:
        """Tokens that no trust may take, by what is wrong with them; each made for an audience."""
        return {
            "with a made-up external id": lambda audience: self._made(
                self._tenant, WRONG, audience
            ),
            "as another tenant": lambda audience: self._made(
                f"not-{self._tenant}", external_id, audience
            ),
        }

    def _made(self, tenant: str, external_id: str, audience: str) -> str:
        from steward.federation import assertion, subject_of

        return assertion(
            self._signer(),
            issuer=self._url(),
            subject=subject_of(tenant, external_id),
            audience=audience,
            id_=current().new_id(),
            now=self._clock(),
        )


def _granted() -> Signer:
    from steward.federation import KEY

    return current().signers(KEY)
