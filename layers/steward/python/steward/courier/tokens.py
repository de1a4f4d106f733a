"""A fresh token of the workload's own cloud for each delivery: none counts twice.

Sources: Microsoft identity platform, "Client credentials flow" with a federated credential, and "How to use
managed identities for App Service and Azure Functions"; Google Cloud, "IAM Service Account Credentials API",
generateIdToken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from steward.courier.settings import Misconfigured, Settings
from steward.courier.web import Answer, Request, Send, Unreachable, form, send

EXCHANGE = "api://AzureADTokenExchange"
AUTHORITY = "https://login.microsoftonline.com"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_METADATA_HOST = "metadata.google.internal"
_DEFAULT_ACCOUNT = "computeMetadata/v1/instance/service-accounts/default"
_IAM = "https://iamcredentials.googleapis.com"
_FLAVOR = {"Metadata-Flavor": "Google"}


class Tokens(Protocol):
    """Where tokens come from."""

    def fresh(self) -> str:
        """A token that no delivery had before.

        Raises:
            Unreachable: the cloud gives none now.
        """
        ...


@dataclass(frozen=True, slots=True)
class EntraTokens:
    """An application's tokens, for which the function's managed identity vouches."""

    endpoint: str
    secret: str
    identity: str
    directory: str
    application: str
    audience: str
    authority: str = AUTHORITY
    send: Send = send

    def fresh(self) -> str:
        """A token of the application, by exchange of the managed identity's."""
        body = form(
            client_id=self.application,
            client_assertion_type=_ASSERTION,
            client_assertion=self.managed(EXCHANGE),
            grant_type="client_credentials",
            scope=f"{self.audience}/.default",
        )
        url = f"{self.authority}/{self.directory}/oauth2/v2.0/token"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _member(self.send(Request("POST", url, body, headers)), "access_token", url)

    def managed(self, resource: str) -> str:
        """The managed identity's own token for a resource; it comes from a cache."""
        query = urlencode(
            {"api-version": "2019-08-01", "resource": resource, "client_id": self.identity}
        )
        request = Request(
            "GET", f"{self.endpoint}?{query}", None, {"X-IDENTITY-HEADER": self.secret}
        )
        return _member(self.send(request), "access_token", self.endpoint)


@dataclass(frozen=True, slots=True)
class GoogleTokens:
    """The service account's id tokens, minted one by one."""

    account: str
    audience: str
    metadata_host: str = _METADATA_HOST
    iam: str = _IAM
    send: Send = send

    def fresh(self) -> str:
        """An id token for the audience."""
        held = self.own()
        body = json.dumps({"audience": self.audience, "includeEmail": True}).encode()
        headers = {"Authorization": f"Bearer {held}", "Content-Type": "application/json"}
        url = f"{self.iam}/v1/projects/-/serviceAccounts/{self.account}:generateIdToken"
        return _member(self.send(Request("POST", url, body, headers)), "token", url)

    def own(self) -> str:
        """The service account's access token; it comes from a cache."""
        url = f"http://{self.metadata_host}/{_DEFAULT_ACCOUNT}/token"
        return _member(self.send(Request("GET", url, None, _FLAVOR)), "access_token", url)


def entra_from(environ: Mapping[str, str], settings: Settings) -> EntraTokens:
    """Tokens as the environment of an Azure function describes them.

    STEWARD_AUTHORITY is Entra's address where that is another, as in a national cloud.

    Raises:
        Misconfigured: a setting is missing.
    """
    names = (
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "STEWARD_IDENTITY_CLIENT_ID",
        "STEWARD_DIRECTORY_ID",
        "STEWARD_APPLICATION_ID",
    )
    endpoint, secret, identity, directory, application = _all(environ, names)
    authority = environ.get("STEWARD_AUTHORITY", AUTHORITY)
    return EntraTokens(
        endpoint, secret, identity, directory, application, settings.audience, authority
    )


def google_from(environ: Mapping[str, str], settings: Settings) -> GoogleTokens:
    """Tokens as the environment of a Google function describes them.

    STEWARD_IAM is the address of the credentials API where that is another, as behind a private endpoint.

    Raises:
        Misconfigured: a setting is missing.
    """
    (account,) = _all(environ, ("STEWARD_SERVICE_ACCOUNT",))
    # The first is what Google's own libraries read, too.
    host = environ.get("GCE_METADATA_HOST", _METADATA_HOST)
    return GoogleTokens(account, settings.audience, host, environ.get("STEWARD_IAM", _IAM))


def _all(environ: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    missing = next((name for name in names if not environ.get(name)), None)
    if missing is not None:
        raise Misconfigured(f"{missing}: is missing; the platform or the Terraform module sets it")
    return [environ[name] for name in names]


def _member(answer: Answer, name: str, where: str) -> str:
    found = answer.json()
    value = found.get(name) if answer.ok and isinstance(found, dict) else None
    if not isinstance(value, str) or not value:
        raise Unreachable(f"{where[:200]}: answered {answer.status} and gave no {name}")
    return value
