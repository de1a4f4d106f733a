"""Why somebody may or may not do something, with the policies as they are and as they could be."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from functions.access.model.questions import (
    Comparison,
    Deciding,
    Explanation,
    Outcome,
    Question,
    Rehearsal,
    Subject,
)
from functions.access.ports import Register
from functions.access.service.policies import check_admins, current
from steward.errors import BadInput, NotFound, Unauthenticated
from steward.identity import Caller, Grant, Role
from steward.identity.cedar import Book, Ruling
from steward.identity.directory import (
    Access,
    ApiKey,
    Policy,
    Standing,
    admitted,
    key_caller,
)
from steward.identity.items import Facts, Item, item_of
from steward.identity.permissions import covers
from steward.identity.policies import check_policies, parse

ROLE = "role"
KEY_ID = 12
"""Characters of a key's hash that are its id."""
KEYS_READ = 500


class Known(NamedTuple):
    """Whom a question is about; ``refused`` when no request of theirs gets in."""

    caller: Caller
    refused: str = ""


def explain(
    question: Question, *, register: Register, caller: Caller, now: datetime
) -> Explanation:
    """The decision on a question, with its reasons.

    Raises:
        NotFound: there is no such principal or key.
        BadInput: several keys start so, or the address is none.
    """
    return _explained(question, current(register), register=register, caller=caller, now=now)


def rehearse(rehearsal: Rehearsal, *, register: Register, caller: Caller, now: datetime) -> Outcome:
    """The decisions now and with a change, which is not made.

    Raises:
        BadInput: Cedar or a limit refuses a policy.
        NotFound: a question is about somebody who does not exist.
    """
    before = current(register)
    after = _changed(before, rehearsal)
    results = []
    for question in rehearsal.requests:
        now_, then = (
            _explained(question, access, register=register, caller=caller, now=now)
            for access in (before, after)
        )
        changed = (now_.allowed, now_.policies) != (then.allowed, then.policies)
        results.append(Comparison(now=now_, then=then, changed=changed))
    return Outcome(refused=_refusal(before, after, register, caller), results=tuple(results))


def _changed(before: Access, rehearsal: Rehearsal) -> Access:
    kept = tuple(policy for policy in before.policies if policy.id not in rehearsal.policies)
    put = tuple(
        Policy(id=id_, text=text) for id_, text in rehearsal.policies.items() if text is not None
    )
    check_policies((*kept, *put))
    return before.model_copy(update={"policies": (*kept, *put)})


def _refusal(before: Access, after: Access, register: Register, caller: Caller) -> str:
    try:
        check_admins(before, after, register=register, caller=caller)
    except BadInput as refusal:
        return str(refusal)
    return ""


def _explained(
    question: Question, access: Access, *, register: Register, caller: Caller, now: datetime
) -> Explanation:
    book = Book(access)
    known = _known(question, register=register, caller=caller, now=now)
    asks = _as_asked(known.caller, question, own=not question.principal)
    item = _item(question, asks, book)
    ruling = book.decide(asks, question.permission, item)
    in_scope = covers(asks.scopes, question.permission)
    return Explanation(
        principal=question.principal or asks.id,
        permission=question.permission,
        allowed=ruling.allowed and in_scope and not known.refused,
        why=_why(ruling, known.refused, in_scope=in_scope),
        policies=tuple(_deciding(id_, book) for id_ in ruling.policies),
        item=Subject(**{name: getattr(item, name) for name in Subject.model_fields}),
        grants=asks.grants,
        groups=asks.groups,
        scopes=None if asks.scopes is None else tuple(sorted(asks.scopes)),
        in_scope=in_scope,
        mfa=asks.mfa,
        ip=asks.ip,
        refused=known.refused,
        roles=() if ruling.allowed else _enough(book, asks, question.permission, item),
        version=access.version,
    )


def _why(ruling: Ruling, refused: str, *, in_scope: bool) -> str:
    if refused:
        return f"let in not at all: {refused}"
    if not in_scope:
        return "outside the scopes of the credential"
    if ruling.errors:
        return f"a policy failed, and so denies: {ruling.errors[0][:300]}"
    if ruling.allowed:
        return f"allowed by {', '.join(ruling.policies)}"
    if ruling.policies:
        return f"forbidden by {', '.join(ruling.policies)}"
    return "no role held here carries it, and no policy permits it"


def _deciding(id_: str, book: Book) -> Deciding:
    text = book.text(id_)
    forbids = parse(Policy(id=id_, text=text)).forbids
    return Deciding(id=id_, effect="forbid" if forbids else "permit", text=text)


def _enough(book: Book, asks: Caller, permission: str, item: Item) -> tuple[Role, ...]:
    def holding(role: Role) -> Caller:
        return replace(asks, grants=(*asks.grants, Grant(role=role)))

    return tuple(role for role in Role if book.allows(holding(role), permission, item))


def _item(question: Question, asks: Caller, book: Book) -> Item:
    noun = question.permission.partition(":")[0]
    thing = question.item
    if thing is None:
        return Item(noun, asks.tenant)
    facts = Facts(thing.id, thing.provider, thing.account, thing.tags)
    return item_of(noun, asks.tenant, facts, book.projects)


def _as_asked(known: Caller, question: Question, *, own: bool) -> Caller:
    if question.ip:
        _check_address(question.ip)
    return replace(
        known,
        mfa=(own and known.mfa) if question.mfa is None else question.mfa,
        ip=(known.ip if own else "") if question.ip is None else question.ip,
    )


def _check_address(ip: str) -> None:
    try:
        ipaddress.ip_address(ip)
    except ValueError as error:
        raise BadInput(f"ip {ip!r}: not an address; use one such as 203.0.113.9") from error


def _known(question: Question, *, register: Register, caller: Caller, now: datetime) -> Known:
    kind, _, rest = question.principal.partition(":")
    if not question.principal:
        return Known(caller)
    if kind == ROLE:
        return Known(_holder(rest, caller))
    standing = register.standing()
    refused = "" if standing is Standing.ACTIVE else f"the tenant is {standing.value}"
    if kind == "key":
        key = _key(rest, register)
        return _by_key(key, register, now=now, refused=refused, tenant=caller.tenant)
    principal = register.principals.get(question.principal)
    if principal is None:
        raise NotFound(
            f"principal {question.principal[:80]!r}: not found; use user:<id>, service:<id>, "
            "key:<start of its id> or role:<role>"
        )
    try:
        principal = admitted(principal, principal.id, now=now)
    except Unauthenticated as error:
        refused = str(error)
    return Known(
        Caller(
            id=principal.id, tenant=caller.tenant, grants=principal.grants, groups=principal.groups
        ),
        refused,
    )


def _holder(role: str, caller: Caller) -> Caller:
    if role not in set(Role):
        raise BadInput(f"role {role[:40]!r}: use one of {', '.join(Role)}")
    return Caller(id=f"user:{ROLE}-{role}", tenant=caller.tenant, grants=(Grant(role=Role(role)),))


def _key(start: str, register: Register) -> ApiKey:
    if len(start) == KEY_ID:
        found = register.keys.query(index="by_id", key=start).items
    else:
        newest = register.keys.query(index="by_age", key="all", limit=KEYS_READ, descending=True)
        found = newest.items
    matching = [key for key in found if start and key.hash.startswith(start)]
    if not matching:
        raise NotFound(f"key {start[:64]!r}: not found among the latest {KEYS_READ}; list the keys")
    if len(matching) > 1:
        raise BadInput(f"key {start[:64]!r}: {len(matching)} keys start so; give more of the id")
    return matching[0]


def _by_key(key: ApiKey, register: Register, *, now: datetime, refused: str, tenant: str) -> Known:
    owner = register.principals.get(key.owner) if key.owner else None
    try:
        return Known(key_caller(key, owner, now=now), refused)
    except Unauthenticated as error:
        grants = owner.grants if owner is not None else (Grant(role=key.role),)
        scopes = frozenset(key.scopes) if key.scopes else None
        held = Caller(id=f"key:{key.hash[:12]}", tenant=tenant, grants=grants, scopes=scopes)
        return Known(held, str(error))
