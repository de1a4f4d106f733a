"""The role templates as text, filled with what a claim needs and what the catalogue's rows take."""

from __future__ import annotations

import json
from typing import Any

from functions.inventory.adapters.discovery import catalogue
from functions.inventory.model import role_templates
from functions.inventory.model.iam_actions import all_actions
from functions.inventory.model.role_templates import Given
from functions.inventory.model.template_asks import RoleTemplate, TemplateAsk
from steward.errors import BadInput


def template(ask: TemplateAsk, *, tenant: str, external_id: str) -> RoleTemplate:
    """The template of a reader's or an actor's role, for one claim of one tenant.

    Raises:
        BadInput: what Azure and GCP check our tokens by is not said.
    """
    given = Given(external_id, ask.principal, ask.issuer, scope=ask.scope)
    if ask.provider == "aws":
        return RoleTemplate(format="cloudformation", body=_text(_aws(ask, given)))
    # 100 ms of cryptography, which templates for AWS need not pay.
    from steward.federation import subject_of

    given = given._replace(subject=subject_of(tenant, external_id))
    for name in ("issuer", "scope"):
        if not getattr(given, name):
            raise BadInput(f"template of {ask.provider}: {name} is missing; {_NEEDED[name]}")
    body = (
        role_templates.azure(given, actor=ask.actor)
        if ask.provider == "azure"
        else role_templates.gcp(given, organization=ask.organization, actor=ask.actor)
    )
    return RoleTemplate(format="terraform", body=_text(body))


_NEEDED = {
    "issuer": "give the address that Steward's tokens are issued by",
    "scope": "give the subscription, management group, project or organisation that is to be read",
}


def _aws(ask: TemplateAsk, given: Given) -> dict[str, Any]:
    rows = (row for name in catalogue.services() for row in catalogue.service(name).types)
    one = role_templates.cloudformation(given, all_actions(rows), actor=ask.actor)
    if not ask.organization:
        return one
    return role_templates.stack_set(one, units=[ask.scope] if ask.scope else [])


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2)
