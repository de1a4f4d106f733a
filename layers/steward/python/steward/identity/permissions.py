"""The catalogue of permissions ``<noun>:<verb>`` and the roles that carry them.

``manage`` of a noun implies every other verb of it. A permission that is not here is refused when
the routes are built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from steward.identity import Role

MANAGE = "manage"
VIEW = "view"
READ, WRITE = "read", "write"
"""What a permission comes to, for policies about all that change something."""
SELF = "self"
"""The caller's own sessions, keys and second factors: nobody needs a role for them."""

_READING = frozenset({VIEW, "explain", "export", "verify"})
_ALL_BUT_BILLING = (Role.VIEWER, Role.EDITOR, Role.OPERATOR, Role.APPROVER, Role.AUDITOR)
_STAFF = (Role.AUDITOR,)

# noun -> verb -> the roles that carry it; the admin carries all.
NOUNS: Mapping[str, Mapping[str, tuple[Role, ...]]] = MappingProxyType(
    {
        "account": {VIEW: (*_ALL_BUT_BILLING, Role.BILLING), MANAGE: (Role.OPERATOR,)},
        "sweep": {VIEW: _ALL_BUT_BILLING, "start": (Role.OPERATOR,)},
        "resource": {VIEW: (*_ALL_BUT_BILLING, Role.BILLING)},
        "search": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.EDITOR, Role.OPERATOR)},
        "rule": {VIEW: _ALL_BUT_BILLING, "place": (Role.OPERATOR,), MANAGE: (Role.EDITOR,)},
        "finding": {
            VIEW: _ALL_BUT_BILLING,
            "comment": (Role.EDITOR, Role.OPERATOR, Role.APPROVER, Role.AUDITOR),
            "triage": (Role.EDITOR, Role.OPERATOR, Role.APPROVER),
            "waive": (Role.APPROVER,),
            MANAGE: (Role.OPERATOR,),
        },
        "exemption": {
            VIEW: _ALL_BUT_BILLING,
            "ask": (Role.EDITOR, Role.OPERATOR, Role.APPROVER),
            "decide": (Role.APPROVER,),
        },
        "tracker": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.OPERATOR,)},
        "hub": {VIEW: _ALL_BUT_BILLING, MANAGE: ()},
        "compliance": {VIEW: _ALL_BUT_BILLING, "count": (Role.OPERATOR, Role.AUDITOR)},
        "cost": {
            VIEW: (*_ALL_BUT_BILLING, Role.BILLING),
            "ingest": (Role.OPERATOR, Role.BILLING),
            "plan": (Role.EDITOR, Role.OPERATOR, Role.BILLING),
            "allocate": (Role.OPERATOR, Role.BILLING),
            "advise": (Role.EDITOR, Role.OPERATOR, Role.APPROVER, Role.BILLING),
            MANAGE: (Role.OPERATOR,),
        },
        "endpoint": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.EDITOR, Role.OPERATOR)},
        "delivery": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.OPERATOR,)},
        "sender": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.OPERATOR,)},
        "hook": {VIEW: _ALL_BUT_BILLING, MANAGE: (Role.EDITOR, Role.OPERATOR)},
        "audit": {
            VIEW: _STAFF,
            "export": _STAFF,
            "verify": _STAFF,
        },
        "tenant": {VIEW: _STAFF, "export": (), MANAGE: ()},
        "user": {VIEW: _STAFF, "impersonate": (), MANAGE: ()},
        "group": {VIEW: _STAFF, MANAGE: ()},
        "project": {VIEW: _ALL_BUT_BILLING, MANAGE: ()},
        "service": {VIEW: _STAFF, MANAGE: ()},
        "key": {VIEW: _STAFF, MANAGE: ()},
        "session": {VIEW: _STAFF, MANAGE: ()},
        "issuer": {VIEW: _STAFF, MANAGE: ()},
        "client": {VIEW: _STAFF, MANAGE: ()},
        "access": {VIEW: _STAFF, "explain": _STAFF, "elevate": (Role.OPERATOR,), MANAGE: ()},
        "privacy": {VIEW: _STAFF, MANAGE: ()},
        # Of the whole installation: for admins of tenant `default` alone, who operate it.
        "installation": {VIEW: (), MANAGE: ()},
        SELF: {VIEW: tuple(Role), MANAGE: tuple(Role)},
    }
)


def permissions() -> Iterator[str]:
    """Every permission there is."""
    for noun, verbs in NOUNS.items():
        for verb in verbs:
            yield f"{noun}:{verb}"


def matrix() -> Iterator[dict[str, str]]:
    """A row per permission, with a mark under each role that carries it."""
    for permission in permissions():
        roles = roles_of(permission)
        marks = {role.value: "x" if role in roles else "" for role in Role}
        yield {"permission": permission, **marks}


def kind_of(permission: str) -> str:
    """``read`` where nothing is changed by it, else ``write``."""
    return READ if permission.partition(":")[2] in _READING else WRITE


def known(permission: str) -> bool:
    """Whether the catalogue has the permission."""
    noun, _, verb = permission.partition(":")
    return verb in NOUNS.get(noun, {})


def roles_of(permission: str) -> tuple[Role, ...]:
    """The roles that carry the permission, by itself or by ``manage`` of its noun."""
    noun, _, verb = permission.partition(":")
    verbs = NOUNS[noun]
    held = {Role.ADMIN, *verbs[verb], *verbs.get(MANAGE, ())}
    return tuple(role for role in Role if role in held)


def covers(scopes: frozenset[str] | None, permission: str) -> bool:
    """Whether a credential limited to these scopes may use the permission."""
    if scopes is None:
        return True
    noun = permission.partition(":")[0]
    return permission in scopes or f"{noun}:{MANAGE}" in scopes
