"""Cedar policies as text and as what they can be about: schema, built-in roles, checks, slices.

https://docs.cedarpolicy.com/. A policy's action scope says which permissions it can touch; a decision
is made by those policies alone that can touch its permission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import cedarpy

from steward.errors import BadInput
from steward.identity import DEFAULT_TENANT, Role
from steward.identity.directory import Policy
from steward.identity.permissions import (
    MANAGE,
    NOUNS,
    READ,
    SELF,
    WRITE,
    kind_of,
    permissions,
    roles_of,
)

MAX_POLICIES = 200
MAX_TEXT = 20_000
MAX_ALL = 200_000
"""Bytes of all a tenant's policies: they share one item with its projects."""
BUILT_IN = "steward:"
WHOLE = "*"
"""In `Parsed.reads`: the thing itself, and not only some attributes of it."""
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_VARIABLES = ("principal", "action", "resource", "context")
# What can fail while a policy is evaluated: Cedar then skips it, and a skipped `forbid` forbids nothing.
_FALLIBLE = frozenset({"+", "-", "*", "neg", "offset", "durationSince", "getTag"})


class Parsed(NamedTuple):
    """A policy, with the permissions that its scope admits and what its conditions look at."""

    id: str
    text: str
    forbids: bool
    actions: frozenset[str]
    reads: Mapping[str, frozenset[str]]
    named: frozenset[tuple[str, str]]
    """The entities it names, by type and id."""
    body: Mapping[str, Any]
    """Cedar's JSON, its action scope taken out: `actions` has answered it."""


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
        *(f'action "{group}";' for group in (READ, WRITE, *Role)),
    ]
    for permission in permissions():
        parents = ", ".join(json.dumps(parent) for parent in parents_of(permission))
        lines.append(
            f'action "{permission}" in [{parents}] appliesTo '
            "{ principal: [Caller], resource: [Item], context: Context };"
        )
    return "\n".join(lines)


OPERATED = "installation"
"""The noun of what belongs to whoever operates Steward, whatever a tenant grants."""


@cache
def built_in() -> tuple[Parsed, ...]:
    """The policies every tenant has: its own tenant alone, who operates, what each role carries."""
    wall = Policy(
        id=f"{BUILT_IN}own-tenant",
        text="forbid (principal, action, resource) unless { principal.tenant == resource.tenant };",
    )
    operated = ", ".join(f'Action::"{OPERATED}:{verb}"' for verb in NOUNS[OPERATED])
    operator = Policy(
        id=f"{BUILT_IN}operator",
        text=(
            f"forbid (principal, action in [{operated}], resource) "
            f"unless {{ principal.tenant == {json.dumps(DEFAULT_TENANT)} }};"
        ),
    )
    # Whoever is let in may look after their own sessions and keys, with roles in one project alone too.
    own = Policy(
        id=f"{BUILT_IN}self",
        text=f"permit (principal, action in [{_actions(SELF)}], resource);",
    )
    roles = (_role_policy(role) for role in Role)
    return tuple(parse(policy) for policy in (wall, operator, own, *roles))


def parents_of(permission: str) -> tuple[str, ...]:
    """What an action is in: the roles that carry it, ``read`` or ``write``, ``manage`` of its noun."""
    noun, _, verb = permission.partition(":")
    groups = (*(role.value for role in roles_of(permission)), kind_of(permission))
    implied = verb != MANAGE and MANAGE in NOUNS[noun]
    return (*groups, f"{noun}:{MANAGE}") if implied else groups


def check_policies(policies: Iterable[Policy]) -> tuple[Parsed, ...]:
    """The policies, parsed.

    Raises:
        BadInput: Cedar cannot parse one, it breaks the schema or may fail when asked, or they are
            too many, too long or of one id; the message names the policy and what is wrong.
    """
    given = tuple(policies)
    if len(given) > MAX_POLICIES:
        raise BadInput(f"{len(given)} policies: at most {MAX_POLICIES} a tenant; join some")
    size = sum(len(policy.text.encode()) for policy in given)
    if size > MAX_ALL:
        raise BadInput(f"policies: {size} bytes in all; at most {MAX_ALL} a tenant; shorten some")
    ids = [policy.id for policy in given]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise BadInput(f"policy id {twice[:60]!r}: used twice; give each its own")
    return tuple(_checked(policy) for policy in given)


def parse(policy: Policy) -> Parsed:
    """The policy with what it can be about.

    Raises:
        BadInput: Cedar cannot parse it, or it is not exactly one policy.
    """
    try:
        document = json.loads(cedarpy.policies_to_json_str(policy.text))
    except ValueError as error:
        raise BadInput(f"policy {policy.id[:60]!r}: {_brief(error)}; mend it") from error
    bodies = list(document.get("staticPolicies", {}).values())
    if len(bodies) != 1 or document.get("templates") or document.get("templateLinks"):
        raise BadInput(
            f"policy {policy.id[:60]!r}: holds not one policy; put each under its own id"
        )
    body = {key: bodies[0][key] for key in ("effect", "principal", "resource", "conditions")}
    return Parsed(
        id=policy.id,
        text=policy.text,
        forbids=body["effect"] == "forbid",
        actions=frozenset(_within(bodies[0]["action"])),
        reads=_reads(body),
        named=frozenset(_named(body)),
        body={**body, "action": {"op": "All"}},
    )


def _checked(policy: Policy) -> Parsed:
    if not _ID.fullmatch(policy.id):
        raise BadInput(
            f"policy id {policy.id[:60]!r}: use up to 64 lower-case letters, digits and '-'"
        )
    if len(policy.text) > MAX_TEXT:
        raise BadInput(f"policy {policy.id!r}: {len(policy.text)} characters; at most {MAX_TEXT}")
    parsed = parse(policy)
    result = cedarpy.validate_policies(policy.text, schema_text())
    if not result.validation_passed:
        said = "; ".join(str(getattr(error, "error", error)) for error in result.errors)
        raise BadInput(f"policy {policy.id!r}: breaks the schema: {_brief(said)}")
    fallible = next(_fallible(parsed.body), None)
    if fallible is not None:
        raise BadInput(
            f"policy {policy.id!r}: {fallible} can fail when it is asked, and a policy that fails "
            "does not count; say it without"
        )
    return parsed


def _actions(noun: str) -> str:
    return ", ".join(f'Action::"{noun}:{verb}"' for verb in NOUNS[noun])


def _brief(said: object) -> str:
    return " ".join(str(said).split())[:300]


def _role_policy(role: Role) -> Policy:
    return Policy(
        id=f"{BUILT_IN}role-{role.value}",
        text=(
            f'permit (principal, action in Action::"{role.value}", resource) when '
            f'{{ principal in Role::"{role.value}" || (principal has {role.value} && '
            f"principal.{role.value}.containsAny(resource.projects)) }};"
        ),
    )


def _within(scope: Mapping[str, Any]) -> Iterator[str]:
    """The permissions that an action scope admits."""
    named = {entity["id"] for entity in (scope.get("entities") or [scope.get("entity")]) if entity}
    for permission in permissions():
        match scope["op"]:
            case "All":
                yield permission
            case "==":
                if permission in named:
                    yield permission
            case _:
                if named & {permission, *parents_of(permission)}:
                    yield permission


def _reads(body: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {variable: set() for variable in _VARIABLES}
    _look(body["conditions"], found)
    # Every resource is an Item, so that alone asks nothing of it.
    if body["resource"] not in ({"op": "All"}, {"op": "is", "entity_type": "Item"}):
        found["resource"].add(WHOLE)
    return {variable: frozenset(attributes) for variable, attributes in found.items()}


def _named(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for each in node:
            yield from _named(each)
    if not isinstance(node, dict):
        return
    type_, id_ = node.get("type"), node.get("id")
    if isinstance(type_, str) and isinstance(id_, str):
        yield type_, id_
    for each in node.values():
        yield from _named(each)


def _look(node: Any, found: dict[str, set[str]]) -> None:
    if isinstance(node, list):
        for each in node:
            _look(each, found)
    if not isinstance(node, dict):
        return
    if node.get("Var") in _VARIABLES:
        found[node["Var"]].add(WHOLE)
    for operator, argument in node.items():
        variable = _attribute_of(operator, argument)
        if variable is None:
            _look(argument, found)
        else:
            found[variable].add(argument["attr"])


def _attribute_of(operator: str, argument: Any) -> str | None:
    """The variable whose one attribute an expression reads; None for any other expression."""
    if operator not in (".", "has") or not isinstance(argument, dict):
        return None
    left = argument.get("left")
    if not isinstance(left, dict) or set(left) != {"Var"} or left["Var"] not in _VARIABLES:
        return None
    return str(left["Var"])


def _is_there(access: Any) -> bool:
    """Whether what an attribute is read from is part of every request, unlike any other entity."""
    left = access.get("left") if isinstance(access, dict) else None
    return isinstance(left, dict) and bool({"Var", ".", "Record"} & set(left))


def _fallible(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _fallible(each)
    if not isinstance(node, dict):
        return
    for operator, argument in node.items():
        if operator in _FALLIBLE:
            yield f"{operator!r}"
        elif operator == "." and not _is_there(argument):
            yield "an attribute of an entity named in the policy"
        yield from _fallible(argument)
