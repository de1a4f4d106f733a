"""Policies to start from, each with what it is for."""

from __future__ import annotations

from typing import Final

from functions.access.model.policies import Frozen


class Template(Frozen):
    """A policy to copy, change and put under an id of your own."""

    id: str
    title: str
    text: str


TEMPLATES: Final = (
    Template(
        id="production-needs-mfa",
        title="Nobody changes what is in production without a second factor.",
        text="""forbid (principal, action in Action::"write", resource)
when { ["prod", "production", "live"].contains(resource.environment) && !context.mfa };""",
    ),
    Template(
        id="writes-from-office",
        title="Whatever changes something comes from these addresses.",
        text="""forbid (principal, action in Action::"write", resource)
unless {
  context.ip.isInRange(ip("203.0.113.0/24")) || context.ip.isInRange(ip("2001:db8::/32"))
};""",
    ),
    Template(
        id="no-changes-while-impersonating",
        title="Whoever acts as somebody else may look, and change nothing.",
        text="""forbid (principal, action in Action::"write", resource)
when { context.impersonated };""",
    ),
    Template(
        id="own-team-waives",
        title="Members of the group 'payments' waive findings of what carries their team's tag.",
        text="""permit (
  principal in Group::"payments",
  action in [Action::"finding:view", Action::"finding:waive"],
  resource
)
when { resource.owner == "payments" };""",
    ),
    Template(
        id="services-do-not-manage-access",
        title="Service accounts and keys without an owner never manage access.",
        text="""forbid (principal, action == Action::"access:manage", resource)
unless { principal.kind == "user" };""",
    ),
)
"""What policies cannot ask is the time: nothing here closes a door out of hours."""
