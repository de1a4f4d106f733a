"""Authorisation by Cedar: schema and role policies from the catalogue, compiled once per version.

https://docs.cedarpolicy.com/. A tenant's own policies stand beside the built-in ones; ``forbid``
wins over every ``permit``. A request is decided for the whole tenant first; where that depends on
the thing asked for (project roles, own policies), each thing is decided by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

import cedarpy

from steward.errors import BadInput
from steward.identity import Caller, Role
from steward.identity.directory import Access, Policy
from steward.identity.items import Item
from steward.identity.permissions import MANAGE, NOUNS, permissions, roles_of

MAX_POLICIES = 200
MAX_TEXT = 20_000
_REMEMBERED = 4096
_BOOKS = 256
_NOWHERE = "0.0.0.0"  # noqa: S104  # an address nobody has, for callers without one


class Verdict(StrEnum):
    """What the tenant-wide question came to."""

    ALLOW = "allow"
    DENY = "deny"
    DEPENDS = "depends"


class Ruling(NamedTuple):
    """A decision and the ids of the policies that made it."""

    allowed: bool
    policies: tuple[str, ...]
    errors: tuple[str, ...] = ()


@cache
def schema_text() -> str:
    """The Cedar schema: principals, one kind of resource, an action per permission."""
    lines = [
        "entity Role; entity Group; entity Project;",
        "entity Caller in [Role, Group] = { tenant: String, kind: String,",
        *(f"  {role.value}?: Set<String>," for role in Role),
        "};",
        "entity Item = { tenant: String, noun: String, id: String, account: String,",
        "  environment: String, owner: String, projects: Set<String> };",
        "type Context = { mfa: Bool, ip: ipaddr, elevated: Bool, impersonated: Bool };",
        *(f'action "{role.value}";' for role in Role),
    ]
    for permission in permissions():
        parents = ", ".join(json.dumps(parent) for parent in _parents(permission))
        lines.append(
            f'action "{permission}" in [{parents}] appliesTo '
            "{ principal: [Caller], resource: [Item], context: Context };"
        )
    return "\n".join(lines)


@cache
def built_in() -> tuple[Policy, ...]:
    """The policies every tenant has: its own tenant alone, and what each role carries."""
    wall = Policy(
        id="steward:own-tenant",
        text="forbid (principal, action, resource) unless { principal.tenant == resource.tenant };",
    )
    return (wall, *(_role_policy(role) for role in Role))


def check_policies(policies: Iterable[Policy]) -> None:
    """Refuse policies that Cedar cannot parse, that break the schema, or that are too many.

    Raises:
        BadInput: naming the policy, and what Cedar says of it.
    """
    given = tuple(policies)
    if len(given) > MAX_POLICIES:
        raise BadInput(f"{len(given)} policies: at most {MAX_POLICIES} a tenant; join some")
    for policy in given:
        _check_policy(policy)


class Book:
    """One tenant's policies, compiled."""

    def __init__(self, access: Access) -> None:
        self.version = access.version
        self.projects = access.projects
        self.own = bool(access.policies)
        self._texts = {policy.id: policy for policy in (*built_in(), *access.policies)}
        self._set = cedarpy.PolicySet.from_str(_joined(self._texts.values()))
        self._rulings: dict[tuple[Caller, str, Item | None], Any] = {}

    def gate(self, caller: Caller, permission: str) -> Verdict:
        """Whether the caller may use the permission: everywhere, nowhere, or it depends on where."""
        place = (caller, permission, None)
        verdict = self._rulings.get(place)
        if verdict is None:
            verdict = self._gate(caller, permission)
            self._remember(place, verdict)
        kept: Verdict = verdict
        return kept

    def allows(self, caller: Caller, permission: str, item: Item) -> bool:
        """Whether the caller may use the permission on the item."""
        place = (caller, permission, item)
        allowed = self._rulings.get(place)
        if allowed is None:
            allowed = self.decide(caller, permission, item).allowed
            self._remember(place, allowed)
        kept: bool = allowed
        return kept

    def may(self, caller: Caller, permission: str, *, itemised: bool) -> bool:
        """Whether a request may go on; what is not ``itemised`` is decided here for good."""
        verdict = self.gate(caller, permission)
        if verdict is Verdict.DEPENDS and not itemised:
            noun = permission.partition(":")[0]
            return self.allows(caller, permission, Item(noun, caller.tenant))
        return verdict is not Verdict.DENY

    def may_on(self, caller: Caller, permission: str, item: Callable[[], Item]) -> bool:
        """Whether the caller may use the permission on the item, looked at only where it matters."""
        verdict = self.gate(caller, permission)
        if verdict is Verdict.DEPENDS:
            return self.allows(caller, permission, item())
        return verdict is Verdict.ALLOW

    def decide(self, caller: Caller, permission: str, item: Item) -> Ruling:
        """The decision with the policies behind it, freshly made."""
        entities = [_caller_entity(caller), _item_entity(item), _action_entity(permission)]
        request = {
            "principal": _uid("Caller", caller.id),
            "action": _uid("Action", permission),
            "resource": _uid("Item", f"{item.noun}/{item.id}"),
            "context": _context(caller),
        }
        result = cedarpy.is_authorized(request, self._set, json.dumps(entities))
        names = result.diagnostics.id_annotations_by_reason or {}
        reasons = tuple(str(names.get(reason, reason)) for reason in result.diagnostics.reasons)
        return Ruling(result.allowed, reasons, tuple(str(e) for e in result.diagnostics.errors))

    def text(self, policy: str) -> str:
        """The policy's text; empty when there is none of that id."""
        return self._texts[policy].text if policy in self._texts else ""

    def _gate(self, caller: Caller, permission: str) -> Verdict:
        noun = permission.partition(":")[0]
        scoped = any(grant.project is not None for grant in caller.grants)
        if not (self.own or scoped):
            whole = self.decide(caller, permission, Item(noun, caller.tenant))
            return Verdict.ALLOW if whole.allowed else Verdict.DENY
        # A preview only: whatever depends on the thing is decided on the thing.
        request = {
            "principal": f"Caller::{json.dumps(caller.id)}",
            "action": f"Action::{json.dumps(permission)}",
            "resource": None,
            "context": _context(caller),
        }
        entities = json.dumps([_caller_entity(caller), _action_entity(permission)])
        preview = cedarpy.is_authorized_partial(request, self._set, entities)
        return Verdict.DENY if preview.decision == cedarpy.Decision.Deny else Verdict.DEPENDS

    def _remember(self, place: Any, ruling: Verdict | bool) -> None:  # noqa: FBT001  # kept as it is
        if len(self._rulings) >= _REMEMBERED:
            self._rulings.clear()
        self._rulings[place] = ruling


class Library:
    """The compiled policies of the tenants seen lately, one version each."""

    def __init__(self) -> None:
        self._books: dict[str, tuple[Access, Book]] = {}

    def of(self, tenant: str, access: Access) -> Book:
        """The tenant's policies, compiled when they are new."""
        known = self._books.get(tenant)
        if known is not None and (known[0] is access or known[0] == access):
            return known[1]
        if len(self._books) >= _BOOKS:
            self._books.clear()
        book = Book(access)
        self._books[tenant] = (access, book)
        return book


LIBRARY = Library()
"""Of this process."""


def _check_policy(policy: Policy) -> None:
    if not policy.id or policy.id.startswith("steward:") or not policy.id.isprintable():
        raise BadInput(
            f"policy id {policy.id[:60]!r}: use printable text that does not begin with 'steward:'"
        )
    if len(policy.text) > MAX_TEXT:
        raise BadInput(
            f"policy {policy.id[:60]!r}: {len(policy.text)} characters; at most {MAX_TEXT}"
        )
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(policy.text))
        cedarpy.PolicySet.from_str(policy.text)
    except ValueError as error:
        raise BadInput(f"policy {policy.id[:60]!r}: {str(error)[:300]}; mend it") from error
    if len(parsed.get("staticPolicies", {})) != 1 or parsed.get("templates"):
        raise BadInput(
            f"policy {policy.id[:60]!r}: holds not one policy; put each under its own id"
        )
    result = cedarpy.validate_policies(policy.text, schema_text())
    if not result.validation_passed:
        said = "; ".join(str(getattr(error, "error", error)) for error in result.errors)
        raise BadInput(f"policy {policy.id[:60]!r}: breaks the schema: {said[:300]}")


def _joined(policies: Iterable[Policy]) -> str:
    return "\n".join(f"@id({json.dumps(policy.id)})\n{policy.text}" for policy in policies)


def _role_policy(role: Role) -> Policy:
    return Policy(
        id=f"steward:role-{role.value}",
        text=(
            f'permit (principal, action in Action::"{role.value}", resource) when '
            f'{{ principal in Role::"{role.value}" || (principal has {role.value} && '
            f"principal.{role.value}.containsAny(resource.projects)) }};"
        ),
    )


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": kind, "id": id_}


def _caller_entity(caller: Caller) -> dict[str, Any]:
    attributes: dict[str, Any] = {"tenant": caller.tenant, "kind": caller.kind}
    for grant in caller.grants:
        if grant.project is not None:
            attributes.setdefault(grant.role.value, []).append(grant.project)
    parents = [_uid("Role", grant.role.value) for grant in caller.grants if grant.project is None]
    parents += [_uid("Group", group) for group in caller.groups]
    return {"uid": _uid("Caller", caller.id), "attrs": attributes, "parents": parents}


def _item_entity(item: Item) -> dict[str, Any]:
    attributes = {**item._asdict(), "projects": list(item.projects)}
    return {
        "uid": _uid("Item", f"{item.noun}/{item.id}"),
        "attrs": attributes,
        "parents": [],
    }


@cache
def _action_entity(permission: str) -> Mapping[str, Any]:
    # The action's place in the hierarchy, which Cedar would only take from a schema it checks by.
    return {
        "uid": _uid("Action", permission),
        "attrs": {},
        "parents": [_uid("Action", parent) for parent in _parents(permission)],
    }


def _parents(permission: str) -> list[str]:
    noun, _, verb = permission.partition(":")
    parents = [role.value for role in roles_of(permission)]
    if verb != MANAGE and MANAGE in NOUNS[noun]:
        parents.append(f"{noun}:{MANAGE}")
    return parents


def _context(caller: Caller) -> dict[str, Any]:
    return {
        "mfa": caller.mfa,
        "ip": {"__extn": {"fn": "ip", "arg": caller.ip or _NOWHERE}},
        "elevated": caller.elevated,
        "impersonated": bool(caller.on_behalf_of),
    }
