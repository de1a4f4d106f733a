"""Entering Google Cloud as a claim's service account: our token for Google's, and that for the account's.

Sources: Google Cloud IAM, "Workload Identity Federation with other identity providers"; IAM Service Account
Credentials API, generateAccessToken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from functions.inventory.adapters.discovery.gcp import Assets, Rest
from functions.inventory.model.readers import GcpReader
from steward.errors import Denied, StewardError, Transient

if TYPE_CHECKING:
    from google.auth.identity_pool import Credentials

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_TOKENS: Final = "https://sts.googleapis.com/v1/token"  # an address
_ACCOUNTS: Final = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts"
_JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
# Neither error keeps the status: what is final is told by RFC 6749's own words, or by the answer's code.
_FINAL: Final = re.compile(
    r"Error code (invalid_\w+|unauthorized_client|access_denied|unsupported_\w+)"
    r"|[\"']code[\"']:\s*(400|401|403|404)\b"
)

Made = Callable[[str], str]
"""A token of ours for an audience."""


class GcpEntry:
    """One service account, with the token that Google gave for ours until it ends."""

    def __init__(self, reader: GcpReader, assertion: Made) -> None:
        self._reader = reader
        self._assertion = assertion
        self._credentials: Credentials | None = None

    def enter(self) -> None:
        """Have a token, the one at hand or another one.

        Raises:
            Denied: Google takes no token of ours for the service account.
            Transient: Google does not answer.
        """
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        credentials = self.credentials()
        if credentials.valid:
            return
        try:
            credentials.refresh(Request())  # type: ignore[no-untyped-call]
        except GoogleAuthError as error:
            raise _translated(error, self._reader) from error

    def renew(self) -> None:
        """Forget the token: it has ended."""
        self._credentials = None

    def credentials(self) -> Credentials:
        """The credentials, which ask for a token when one is needed."""
        # 150 ms to import, which only those who enter Google Cloud pay.
        from google.auth.identity_pool import Credentials

        if self._credentials is None:
            address = self._reader.address
            self._credentials = Credentials(  # type: ignore[no-untyped-call]
                audience=self._reader.audience,
                subject_token_type=_JWT,
                token_url=_TOKENS,
                subject_token_supplier=_supplier(self._assertion),
                service_account_impersonation_url=f"{_ACCOUNTS}/{address}:generateAccessToken",
                scopes=[SCOPE],
            )
        return self._credentials

    def assets(self) -> Assets:
        """Cloud Asset Inventory over HTTP."""
        from google.cloud.asset import AssetServiceClient
        from google.cloud.asset_v1.services.asset_service.transports import (
            AssetServiceRestTransport,
        )

        transport = AssetServiceRestTransport(credentials=self.credentials())
        return Assets(AssetServiceClient(transport=transport))

    def rest(self) -> Rest:
        """The services' own calls."""
        from google.auth.transport.requests import AuthorizedSession

        return Rest(AuthorizedSession(self.credentials()))  # type: ignore[no-untyped-call]


def _supplier(assertion: Made) -> Any:
    from google.auth.identity_pool import SubjectTokenSupplier

    class Supplier(SubjectTokenSupplier):
        """Our own tokens, made when one is needed."""

        def get_subject_token(self, context: Any, _: Any) -> str:
            return assertion(context.audience)

    return Supplier()


def _translated(error: Exception, reader: GcpReader) -> StewardError:
    text = " ".join(str(error.args[0] if error.args else error).split())[:400]
    if not _FINAL.search(str(error)):
        return Transient(f"google: {text}; try again")
    return Denied(f"service account {reader.address} by project {reader.number}: {text}")
