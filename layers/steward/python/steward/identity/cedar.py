"""Authorisation by Cedar: decisions by a tenant's policies, compiled once per version.

https://docs.cedarpolicy.com/. ``forbid`` wins over every ``permit``, and a policy that fails denies.
A request is decided for the whole tenant first; where that depends on the thing asked for (project
roles, own policies), each thing is decided by itself. A decision is made by the policies that can
touch its permission, and Cedar is told of caller, thing and context only what those read.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias

import cedarpy

from steward.identity import Caller, Grant, Role
from steward.identity.directory import Access
from steward.identity.items import Item
from steward.identity.permissions import roles_of
from steward.identity.policies import BUILT_IN, WHOLE, Parsed, built_in, parents_of, parse

_REMEMBERED = 4096
_BOOKS = 64
_NOWHERE = "0.0.0.0"  # noqa: S104  # an address nobody has, for callers without one
_SAME = frozenset({"tenant", "noun"})
"""What all things that one request is about have in common."""
_ROLES = frozenset(f"{BUILT_IN}role-{role.value}" for role in Role)
_ALL_PERMITTED = {
    "effect": "permit",
    "principal": {"op": "All"},
    "action": {"op": "All"},
    "resource": {"op": "All"},
    "conditions": [],
}

_Place: TypeAlias = tuple[Caller, str, Item | None]


class Verdict(StrEnum):
    """What the tenant-wide question came to."""

    ALLOW = "allow"
    DENY = "deny"
    DEPENDS = "depends"


class Ruling(NamedTuple):
    """A decision, the ids of the policies that made it, and those that failed."""

    allowed: bool
    policies: tuple[str, ...]
    errors: tuple[str, ...] = ()


class Book:
    """One tenant's policies, compiled.

    Raises:
        BadInput: a policy that Cedar cannot parse; none is kept that `check_policies` let through.
    """

    def __init__(self, access: Access) -> None:
        self.version = access.version
        self.projects = access.projects
        self._own = tuple(parse(policy) for policy in access.policies)
        self._slices: dict[str, _Slice] = {}
        self._rulings: dict[_Place, Any] = {}

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
        return self.allows_each(caller, permission, (item,))[0]

    def allows_each(
        self, caller: Caller, permission: str, items: Iterable[Item]
    ) -> tuple[bool, ...]:
        """Whether the caller may use the permission on each; all that are new are asked at once."""
        part = self._slice(permission)
        places = [(caller, permission, part.seen(item, caller)) for item in items]
        known = {place: self._rulings.get(place) for place in places}
        fresh = [place for place, allowed in known.items() if allowed is None]
        rulings = part.ask(caller, permission, [place[2] for place in fresh])
        for place, ruling in zip(fresh, rulings, strict=True):
            known[place] = ruling.allowed
            self._remember(place, ruling.allowed)
        return tuple(known[place] is True for place in places)

    def singles(self, permission: str) -> bool:
        """Whether some policy may decide by which very thing it is, not by what things have in common."""
        return self._slice(permission).singles

    def may(self, caller: Caller, permission: str, *, itemised: bool) -> bool:
        """Whether a request may go on; what is not ``itemised`` is decided here for good."""
        verdict = self.gate(caller, permission)
        if verdict is Verdict.DEPENDS and not itemised:
            return self.allows(caller, permission, whole(caller, permission))
        return verdict is not Verdict.DENY

    def may_on_each(
        self, caller: Caller, permission: str, items: Sequence[Callable[[], Item]]
    ) -> tuple[bool, ...]:
        """Whether the caller may use the permission on each item, looked at only where it matters."""
        verdict = self.gate(caller, permission)
        if verdict is Verdict.DEPENDS:
            return self.allows_each(caller, permission, [item() for item in items])
        return (verdict is Verdict.ALLOW,) * len(items)

    def decide(self, caller: Caller, permission: str, item: Item) -> Ruling:
        """The decision with the policies behind it, freshly made."""
        part = self._slice(permission)
        return part.ask(caller, permission, [part.seen(item, caller)])[0]

    def text(self, policy: str) -> str:
        """The policy's text; empty when there is none of that id."""
        known = (parsed.text for parsed in (*built_in(), *self._own) if parsed.id == policy)
        return next(known, "")

    def _gate(self, caller: Caller, permission: str) -> Verdict:
        part = self._slice(permission)
        if not part.itemised:
            return self._gate_by_role(part, caller, permission)
        carried = any(grant.role in roles_of(permission) for grant in caller.grants)
        if not (carried or part.own_permits):
            return Verdict.DENY
        screened = part.ask(caller, permission, [whole(caller, permission)], screen=True)[0]
        return Verdict.DEPENDS if screened.allowed else Verdict.DENY

    def _gate_by_role(self, part: _Slice, caller: Caller, permission: str) -> Verdict:
        """The verdict where no own policy looks at the thing: only project roles can depend on it."""
        ruling = part.ask(caller, permission, [whole(caller, permission)])[0]
        if ruling.allowed:
            return Verdict.ALLOW
        forbidden = ruling.policies or ruling.errors
        scoped = any(
            _scoped(grant) and grant.role in roles_of(permission) for grant in caller.grants
        )
        return Verdict.DEPENDS if scoped and not forbidden else Verdict.DENY

    def _slice(self, permission: str) -> _Slice:
        part = self._slices.get(permission)
        if part is None:
            part = self._slices[permission] = _Slice(self._own, permission)
        return part

    def _remember(self, place: _Place, ruling: Verdict | bool) -> None:  # noqa: FBT001  # kept as it is
        if len(self._rulings) >= _REMEMBERED:
            self._rulings.clear()
        self._rulings[place] = ruling


class _Slice:
    """The policies that can touch one permission."""

    def __init__(self, own: Iterable[Parsed], permission: str) -> None:
        mine = [policy for policy in own if permission in policy.actions]
        built = [policy for policy in built_in() if permission in policy.actions]
        self._compiled = _compiled({policy.id: policy.body for policy in (*built, *mine)})
        # Forbids that look at no thing deny any thing: asked first, beside a permit for all.
        blind = {p.id: p.body for p in mine if p.forbids and not p.reads["resource"] - _SAME}
        self._screen = _compiled({**blind, "steward:all": _ALL_PERMITTED}) if blind else None
        # What roles read of a thing is its projects, which `seen` and the entities always tell.
        looking = [policy for policy in (*built, *mine) if policy.id not in _ROLES]
        self._reads = {
            variable: frozenset[str]().union(*(policy.reads[variable] for policy in looking))
            for variable in ("principal", "action", "resource", "context")
        }
        everything = WHOLE in self._reads["resource"]
        self._fields = tuple(
            name
            for name in Item._fields
            if everything or name in {*_SAME, "projects", *self._reads["resource"]}
        )
        # Of roles and groups only those count that some policy names.
        self._named = frozenset[tuple[str, str]]().union(*(p.named for p in (*built, *mine)))
        self.itemised = bool(self._reads["resource"] - _SAME)
        self.singles = everything or "id" in self._reads["resource"]
        self.own_permits = any(not policy.forbids for policy in mine)

    def seen(self, item: Item, caller: Caller) -> Item:
        """The item as these policies see it: what they do not read makes no difference."""
        if len(self._fields) == len(Item._fields):
            return item
        seen = Item(**{name: getattr(item, name) for name in self._fields})
        if "projects" in self._reads["resource"] or any(map(_scoped, caller.grants)):
            return seen
        return seen._replace(projects=())

    def ask(
        self, caller: Caller, permission: str, items: Sequence[Item], *, screen: bool = False
    ) -> list[Ruling]:
        """What Cedar says of each item, asked in one call."""
        policies = self._screen if screen else self._compiled
        if policies is None:
            return [Ruling(allowed=True, policies=())] * len(items)
        uids = [self._uid(item, place) for place, item in enumerate(items)]
        if len(set(uids)) < len(uids):
            return [self.ask(caller, permission, [item], screen=screen)[0] for item in items]
        entities = [self._caller_entity(caller)]
        entities += [self._item_entity(uid, item) for uid, item in zip(uids, items, strict=True)]
        if self._reads["action"]:
            entities.append(_action_entity(permission))
        asked = {
            "principal": _uid("Caller", caller.id),
            "action": _uid("Action", permission),
            "context": json.dumps(self._context(caller)),
        }
        requests = [{**asked, "resource": _uid("Item", uid)} for uid in uids]
        return _answers(requests, policies, json.dumps(entities)) if items else []

    def _uid(self, item: Item, place: int) -> str:
        # Where no policy looks at the thing itself, two that look alike need no names of their own.
        return f"{item.noun}/{item.id}" if WHOLE in self._reads["resource"] else str(place)

    def _caller_entity(self, caller: Caller) -> dict[str, Any]:
        attributes: dict[str, Any] = {"tenant": caller.tenant, "kind": caller.kind}
        parents = []
        for grant in caller.grants:
            if grant.project is not None:
                attributes.setdefault(grant.role.value, []).append(grant.project)
            elif ("Role", grant.role.value) in self._named:
                parents.append(_uid("Role", grant.role.value))
        named = (group for group in caller.groups if ("Group", group) in self._named)
        parents += [_uid("Group", group) for group in named]
        return {"uid": _uid("Caller", caller.id), "attrs": attributes, "parents": parents}

    def _item_entity(self, uid: str, item: Item) -> dict[str, Any]:
        attributes = {name: getattr(item, name) for name in self._fields}
        return {"uid": _uid("Item", uid), "attrs": attributes, "parents": []}

    def _context(self, caller: Caller) -> dict[str, Any]:
        reads = self._reads["context"]
        told = {
            "mfa": caller.mfa,
            "elevated": caller.elevated,
            "impersonated": bool(caller.on_behalf_of),
        }
        context: dict[str, Any] = {name: it for name, it in told.items() if {name, WHOLE} & reads}
        if {"ip", WHOLE} & reads:
            context["ip"] = {"__extn": {"fn": "ip", "arg": address(caller.ip)}}
        return context


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


def whole(caller: Caller, permission: str) -> Item:
    """The permission's noun in the caller's whole tenant."""
    return Item(permission.partition(":")[0], caller.tenant)


@lru_cache(maxsize=_REMEMBERED)
def address(ip: str) -> str:
    """The address as policies compare it; of one that came over IPv6, the IPv4 address within.

    What is no address stays as it is: Cedar refuses it, and so denies.
    """
    try:
        parsed = ipaddress.ip_address(ip.partition("%")[0] or _NOWHERE)
    except ValueError:
        return ip
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _compiled(bodies: Mapping[str, Any]) -> cedarpy.PolicySet:
    document = {"staticPolicies": dict(bodies), "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(document))


def _answers(
    requests: list[dict[str, Any]], policies: cedarpy.PolicySet, entities: str
) -> list[Ruling]:
    try:
        answers = cedarpy.is_authorized_batch(requests, policies, entities)
    except ValueError as error:
        return [Ruling(allowed=False, policies=(), errors=(str(error),))] * len(requests)
    return [_ruling(answer) for answer in answers]


def _ruling(answer: cedarpy.AuthzResult) -> Ruling:
    # Cedar skips a policy that fails; one that was to forbid would then forbid nothing.
    errors = tuple(str(error) for error in answer.diagnostics.errors)
    return Ruling(answer.allowed and not errors, tuple(sorted(answer.diagnostics.reasons)), errors)


def _scoped(grant: Grant) -> bool:
    return grant.project is not None


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": kind, "id": id_}


@cache
def _action_entity(permission: str) -> dict[str, Any]:
    # The action's place in the hierarchy, which Cedar would only take from a schema it checks by.
    return {
        "uid": _uid("Action", permission),
        "attrs": {},
        "parents": [_uid("Action", parent) for parent in parents_of(permission)],
    }
