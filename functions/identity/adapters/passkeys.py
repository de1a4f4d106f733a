"""WebAuthn by the webauthn package, for the origin of this installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from functions.identity.model.factors import Passkey
from steward.errors import BadInput

MAX_ANSWER = 8000


class Passkeys:
    """Passkeys for one origin; the user must be verified by the authenticator."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._rp = str(parts.hostname)

    def registration(self, user: str, name: str, known: tuple[Passkey, ...]) -> tuple[str, str]:
        """The options for the browser as JSON, and the challenge in them."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import bytes_to_base64url, structs

        options = generate_registration_options(
            rp_id=self._rp,
            rp_name="Steward",
            user_name=name,
            user_id=user.encode(),
            user_display_name=name,
            exclude_credentials=[_descriptor(each) for each in known],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                user_verification=structs.UserVerificationRequirement.REQUIRED,
                resident_key=structs.ResidentKeyRequirement.PREFERRED,
            ),
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def register(self, answer: str, *, challenge: str, name: str, now: datetime) -> Passkey:
        """The passkey that the browser made.

        Raises:
            BadInput: its answer does not hold.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = verify_registration_response(
                credential=_small(answer),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                "passkey: the authenticator's answer does not hold; try again"
            ) from error
        return Passkey(
            id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            name=name,
            added_at=now,
        )

    def assertion(self, known: tuple[Passkey, ...]) -> tuple[str, str]:
        """The options for the browser as JSON, and the challenge in them."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers import bytes_to_base64url, structs

        options = generate_authentication_options(
            rp_id=self._rp,
            allow_credentials=[_descriptor(each) for each in known],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options), bytes_to_base64url(options.challenge)

    def check(
        self, answer: str, known: tuple[Passkey, ...], *, challenge: str, now: datetime
    ) -> Passkey | None:
        """The passkey that signed the challenge, with its new count; None when none of these did.

        A count that did not grow tells of a copied authenticator: the package refuses it.
        """
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            given = parse_authentication_credential_json(_small(answer))
            passkey = next((each for each in known if each.id == given.id), None)
            if passkey is None:
                return None
            signed = verify_authentication_response(
                credential=given,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return passkey.model_copy(update={"sign_count": signed.new_sign_count, "used_at": now})


def _descriptor(passkey: Passkey) -> Any:
    from webauthn.helpers import base64url_to_bytes, structs

    return structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.id))


def _small(answer: str) -> str:
    if len(answer) > MAX_ANSWER:
        raise BadInput(f"passkey: an answer of {len(answer)} characters; at most {MAX_ANSWER}")
    return answer
