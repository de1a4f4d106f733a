"""Readers in Azure and Google Cloud: what a claim says of them, and what their trust has to say of us."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from functions.inventory.model.claims import CloudAccount
from steward.errors import Denied

AZURE_AUDIENCE: Final = "api://AzureADTokenExchange"
"""What Entra asks of every token that a federated credential trusts."""
POOL: Final = "steward-reader"
"""The workload identity pool of the template, and its one provider."""
_AZURE = re.compile(r"([0-9a-fA-F-]{36})/([0-9a-fA-F-]{36})")
_GCP = re.compile(r"(\d{6,20})/([a-z0-9\-]+@[a-z0-9.\-]+\.gserviceaccount\.com)")
_TODO: Final = (
    "deploy the template of 'steward accounts template' and add the account with --reader"
)


class AzureReader(NamedTuple):
    """An application: its directory (Entra tenant) and its client id."""

    directory: str
    client: str


class GcpReader(NamedTuple):
    """A service account, and the number of the project that its workload identity pool lies in."""

    number: str
    address: str

    @property
    def audience(self) -> str:
        """The pool's provider by its full name, which is whom our token is for."""
        return gcp_audience(self.number)


def gcp_audience(number: str) -> str:
    """The full name of the template's workload identity provider in a project."""
    pool = f"projects/{number}/locations/global/workloadIdentityPools/{POOL}"
    return f"//iam.googleapis.com/{pool}/providers/{POOL}"


def azure_reader(account: CloudAccount) -> AzureReader:
    """The application that a claim is read by.

    Raises:
        Denied: the claim names none.
    """
    found = _AZURE.fullmatch(account.reader)
    if found is None:
        raise Denied(
            f"azure account {account.account}: reader {account.reader[:120]!r} is no DIRECTORY/CLIENT; "
            f"{_TODO} DIRECTORY/CLIENT"
        )
    return AzureReader(found[1], found[2])


def gcp_reader(account: CloudAccount) -> GcpReader:
    """The service account that a claim is read by.

    Raises:
        Denied: the claim names none.
    """
    found = _GCP.fullmatch(account.reader)
    if found is None:
        raise Denied(
            f"gcp account {account.account}: reader {account.reader[:120]!r} is no NUMBER/ADDRESS; "
            f"{_TODO} NUMBER/ADDRESS, the pool's project number and the service account's address"
        )
    return GcpReader(found[1], found[2])
