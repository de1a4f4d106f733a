"""The exchange of a code for an id_token at an external issuer, over safe outbound HTTPS."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from functions.identity.model.outside import secret_of
from steward.edge.armour import NONE
from steward.errors import NotFound, Unauthenticated
from steward.identity.directory import Issuer
from steward.identity.jwks import issuer_outbound
from steward.secrets import Secrets

ALLOWED = "STEWARD_ISSUER_ALLOW"
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Exchanges:
    """Asks token endpoints; those in private networks only where the operator names them."""

    def __init__(self, vault: Secrets, url: str) -> None:
        self._vault = vault
        self._callback = f"{url}/sign-in/callback"

    def id_token(self, issuer: Issuer, code: str, verifier: str) -> str:
        """The id_token for the code.

        Raises:
            Unauthenticated: the issuer refuses the code, or answers none.
            OutboundRefused: its address is not one that Steward connects to.
            OutboundFailed: it does not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": issuer.client_id,
            "code_verifier": verifier,
            **self._secret(issuer),
        }
        said = os.environ.get(ALLOWED, NONE)
        outbound = issuer_outbound("" if said == NONE else said)
        answer = outbound.post(issuer.token_endpoint, body=urlencode(form).encode(), headers=_FORM)
        told = _told(answer.body) if answer.ok else {}
        token = told.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated(
                f"sign-in: your organisation's issuer answered {answer.status} without an id_token"
            )
        return token

    def _secret(self, issuer: Issuer) -> Mapping[str, str]:
        try:
            return {"client_secret": self._vault.get(secret_of(issuer))}
        except NotFound:
            return {}


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
