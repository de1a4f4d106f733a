"""Entering Azure as a claim's application: our token for Entra's, and with that the vendor's clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from functions.inventory.adapters.discovery.azure import Arm, Graph, Monitor
from functions.inventory.model.readers import AZURE_AUDIENCE, AzureReader
from steward.errors import Denied, StewardError, Transient
from steward.metering import azure_monitor

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.identity import ClientAssertionCredential
    from requests import Session

SCOPE: Final = "https://management.azure.com/.default"
ARM: Final = "https://management.azure.com"
_SLOW_DOWN: Final = 429
_BROKEN: Final = 500

Made = Callable[[str], str]
"""A token of ours for an audience."""


class AzureEntry:
    """One application, with the token that Entra gave for ours until it ends."""

    def __init__(self, reader: AzureReader, assertion: Made) -> None:
        self._reader = reader
        self._assertion = assertion
        self._session: Session | None = None
        self._credential: ClientAssertionCredential | None = None

    def enter(self) -> None:
        """Have a token, the one at hand or another one.

        Raises:
            Denied: Entra takes no token of ours for the application.
            Transient: Entra does not answer.
        """
        from azure.core.exceptions import AzureError

        try:
            self.credential().get_token(SCOPE)
        except AzureError as error:
            raise _translated(error, self._reader) from error

    def renew(self) -> None:
        """Forget the token: it has ended."""
        self._credential = None

    def credential(self) -> ClientAssertionCredential:
        """The credential, which asks for a token when one is needed."""
        # 200 ms to import, which only those who enter Azure pay.
        from azure.identity import ClientAssertionCredential

        if self._credential is None:
            self._credential = ClientAssertionCredential(
                self._reader.directory,
                self._reader.client,
                lambda: self._assertion(AZURE_AUDIENCE),
                transport=self._transport(),
                retry_total=0,
            )
        return self._credential

    def graph(self) -> Graph:
        """Resource Graph, tried once: whoever counts and paces its calls tries again."""
        from azure.mgmt.resourcegraph import ResourceGraphClient

        client = ResourceGraphClient(self.credential(), transport=self._transport(), retry_total=0)
        return Graph(client)

    def arm(self) -> Arm:
        """ARM's own lists, tried once."""
        return Arm(self._client(SCOPE))

    def monitor(self) -> Monitor:
        """Azure Monitor's metrics, tried once; it takes no token of ARM's."""
        return Monitor(self._client(azure_monitor.SCOPE))

    def _client(self, scope: str) -> PipelineClient[Any, Any]:
        from azure.core import PipelineClient
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy

        policies = [BearerTokenCredentialPolicy(self.credential(), scope)]
        return PipelineClient(ARM, policies=policies, transport=self._transport())

    def _transport(self) -> Any:
        import requests
        from azure.core.pipeline.transport import RequestsTransport

        if self._session is None:
            self._session = requests.Session()
        return RequestsTransport(session=self._session, session_owner=False)


def _translated(error: Exception, reader: AzureReader) -> StewardError:
    from azure.core.exceptions import ClientAuthenticationError

    status = int(getattr(error, "status_code", 0) or 0)
    text = " ".join(str(error).split())[:400]
    passing = status == _SLOW_DOWN or status >= _BROKEN
    if passing or not isinstance(error, ClientAuthenticationError):
        return Transient(f"entra {reader.directory}: {text}; try again")
    return Denied(f"application {reader.client} in directory {reader.directory}: {text}")
