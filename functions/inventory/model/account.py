"""Cloud accounts as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints

from functions.inventory.model.resource import Frozen
from steward.identity.directory import account_id
from steward.identity.items import Facts


class NewAccount(Frozen):
    """A cloud account to claim: an AWS account id, an Azure subscription or a GCP project."""

    provider: Literal["aws", "azure", "gcp"] = "aws"
    account: Annotated[
        str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")
    ]


class AccountView(Frozen):
    """A claimed account."""

    provider: str
    account: str
    added_at: AwareDatetime
    added_by: str

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(account_id(self.provider, self.account), self.provider, self.account)
