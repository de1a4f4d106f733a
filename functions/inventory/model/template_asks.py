"""Role templates as the API takes and gives them."""

from __future__ import annotations

from typing import Literal

from functions.inventory.model.claims import Provider
from functions.inventory.model.resource import Frozen


class TemplateAsk(Frozen):
    """Which role: for one account or all of an organisation, to read or to act.

    ``principal`` is the ARN that Steward comes as, ``issuer`` the address its tokens are issued by, and
    ``scope`` what an Azure or GCP role is granted on, or the unit of an AWS organisation.
    """

    provider: Provider
    organization: bool = False
    actor: bool = False
    principal: str = ""
    issuer: str = ""
    scope: str = ""


class RoleTemplate(Frozen):
    """A template to deploy: CloudFormation, or Terraform in JSON."""

    format: Literal["cloudformation", "terraform"]
    body: str
