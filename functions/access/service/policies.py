"""Changing a tenant's own policies: checked, kept by version, and never so that nobody can change them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from functions.access.model.policies import (
    KEPT,
    Change,
    PolicyText,
    PolicyView,
    Revision,
    RevisionView,
    differing,
    revision_id,
)
from functions.access.ports import Publish, Register
from steward.contracts.access import PolicyChanged
from steward.errors import BadInput, Denied, NotFound, PreconditionFailed
from steward.identity import Caller, Role
from steward.identity.cedar import Book, whole
from steward.identity.directory import (
    ACCESS_ID,
    Access,
    Policy,
    Principal,
    Standing,
    lowered,
)
from steward.identity.policies import Parsed, check_policies, parse
from steward.store.collection import Page

MANAGE = "access:manage"
ADMINS = 200
"""Principals looked at, to find an admin whom a change does not lock out."""


def current(register: Register) -> Access:
    """The tenant's policies and projects as they are."""
    return register.access.get(ACCESS_ID) or Access()


def listed(register: Register) -> Page[PolicyView]:
    """The tenant's own policies, by id; all of them."""
    ordered = sorted(current(register).policies, key=lambda policy: policy.id)
    return Page(tuple(view(parse(policy)) for policy in ordered))


def show(policy_id: str, register: Register) -> PolicyView:
    """One policy.

    Raises:
        NotFound: the tenant has none of that id.
    """
    return view(parse(_require(policy_id, current(register))))


def put(
    policy_id: str, wanted: PolicyText, *, register: Register, expect: int | None, desk: Desk
) -> PolicyView:
    """Add a policy, or replace the one of that id.

    Raises:
        BadInput: Cedar or a limit refuses it, or it would lock every admin out.
        Denied: the caller acts in another's name, or is admin by a break-glass alone.
        PreconditionFailed: the policies are at another version than ``expect``.
    """
    before = current(register)
    _check_own(desk.caller, before)
    check_version(before, expect)
    fresh = Policy(id=policy_id, text=wanted.text)
    others = tuple(policy for policy in before.policies if policy.id != policy_id)
    _change(before, (*others, fresh), "put", wanted.note, register=register, desk=desk)
    return view(parse(fresh))


def remove(policy_id: str, *, register: Register, expect: int | None, desk: Desk) -> None:
    """Remove a policy.

    Raises:
        NotFound: the tenant has none of that id.
        BadInput: without it no admin could manage access.
        Denied: the caller acts in another's name, or is admin by a break-glass alone.
        PreconditionFailed: the policies are at another version than ``expect``.
    """
    before = current(register)
    _check_own(desk.caller, before)
    check_version(before, expect)
    gone = _require(policy_id, before)
    kept = tuple(policy for policy in before.policies if policy != gone)
    _change(before, kept, "removed", "", register=register, desk=desk)


def history(register: Register, *, cursor: str | None, limit: int) -> Page[RevisionView]:
    """The versions that are kept, newest first."""
    page = register.revisions.query(
        index="by_age", key="all", after=cursor, limit=limit, descending=True
    )
    return Page(tuple(_shown(one) for one in page.items), page.cursor)


def restore(version: int, *, register: Register, expect: int | None, desk: Desk) -> RevisionView:
    """Go back to the policies of an earlier version, as a new one.

    Raises:
        NotFound: that version is not kept.
        BadInput: those policies are the present ones, or would lock every admin out.
        Denied: the caller acts in another's name, or is admin by a break-glass alone.
        PreconditionFailed: the policies are at another version than ``expect``.
    """
    before = current(register)
    _check_own(desk.caller, before)
    check_version(before, expect)
    earlier = register.revisions.get(revision_id(version))
    if earlier is None:
        raise NotFound(f"version {version}: not kept; list the versions to see which are")
    note = f"back to version {version}"
    return _shown(_change(before, earlier.policies, "restored", note, register=register, desk=desk))


def view(parsed: Parsed) -> PolicyView:
    """What is shown of a policy."""
    return PolicyView(
        id=parsed.id,
        effect="forbid" if parsed.forbids else "permit",
        permissions=tuple(sorted(parsed.actions)),
        text=parsed.text,
    )


def check_version(access: Access, expect: int | None) -> None:
    """Refuse a change of another version than the one it was made for.

    Raises:
        PreconditionFailed: they differ.
    """
    if expect is not None and expect != access.version:
        raise PreconditionFailed(
            f'If-Match "{expect}": the current version is "{access.version}"; read it again'
        )


def check_admins(before: Access, after: Access, *, register: Register, caller: Caller) -> None:
    """Refuse policies under which nobody could change them again.

    Admins other than the caller count with a second factor and from the caller's address: the best that
    they could bring.

    Raises:
        BadInput: neither the caller nor any admin could manage access.
    """
    book = Book(after)
    candidates = (caller, *_admins(register, caller))
    if not any(book.allows(one, MANAGE, whole(one, MANAGE)) for one in candidates):
        ids = ", ".join(differing(before.policies, after.policies)) or "the change"
        raise BadInput(
            f"policies {ids}: would leave nobody who may {MANAGE!r}, not even you; "
            "except an admin, a group or your address from it"
        )


class Desk:
    """Who changes policies, when, and who is told."""

    def __init__(self, caller: Caller, now: datetime, publish: Publish) -> None:
        self.caller, self.now, self.publish = caller, now, publish


def _check_own(caller: Caller, access: Access) -> None:
    # A policy can permit anything to anybody, for good: more than a borrowed identity may hand out,
    # or somebody who is admin for some minutes.
    if caller.on_behalf_of:
        raise Denied(
            f"{caller.on_behalf_of} acts as {caller.id}: may not change policies so; sign in as yourself"
        )
    lasting = lowered(caller)
    if lasting != caller and not Book(access).allows(lasting, MANAGE, whole(lasting, MANAGE)):
        raise Denied(
            f"{caller.id}: may {MANAGE!r} by a break-glass alone, and policies outlast it; "
            "ask an admin of the tenant"
        )


def _change(
    before: Access,
    policies: tuple[Policy, ...],
    change: Change,
    note: str,
    *,
    register: Register,
    desk: Desk,
) -> Revision:
    touched = differing(before.policies, policies)
    if not touched:
        raise BadInput("policies: nothing would change; these are the present ones")
    check_policies(policies)
    after = before.model_copy(update={"version": before.version + 1, "policies": policies})
    check_admins(before, after, register=register, caller=desk.caller)
    revision = Revision(
        version=after.version,
        at=desk.now,
        by=desk.caller.id,
        change=change,
        touched=touched,
        note=note,
        policies=policies,
    )
    _keep(revision, before, register)
    register.access.put(after)
    desk.publish(
        PolicyChanged(
            change=change, policies=touched, version=after.version, by=desk.caller.id, note=note
        )
    )
    return revision


def _keep(revision: Revision, before: Access, register: Register) -> None:
    register.revisions.get(revision.id)
    register.revisions.put(revision)
    newest = register.revisions.query(index="by_age", key="all", limit=KEPT, descending=True).items
    if len(newest) == KEPT:
        register.revisions.delete(newest[-1].id)
    if not newest:
        _keep_first(revision, before, register)


def _keep_first(revision: Revision, before: Access, register: Register) -> None:
    # So that the first change of all can be taken back too.
    update = {
        "version": before.version,
        "touched": (),
        "note": "before the first change",
        "policies": before.policies,
    }
    register.revisions.put(revision.model_copy(update=update))


def _admins(register: Register, caller: Caller) -> Iterator[Caller]:
    for principal in register.principals.list(limit=ADMINS).items:
        if principal.standing is Standing.ACTIVE and _is_admin(principal):
            yield Caller(
                id=principal.id,
                tenant=caller.tenant,
                grants=principal.grants,
                groups=principal.groups,
                mfa=True,
                ip=caller.ip,
            )


def _is_admin(principal: Principal) -> bool:
    return any(grant.role is Role.ADMIN and grant.project is None for grant in principal.grants)


def _require(policy_id: str, access: Access) -> Policy:
    for policy in access.policies:
        if policy.id == policy_id:
            return policy
    raise NotFound(f"policy {policy_id[:80]!r}: not found; list them to see the ids")


def _shown(revision: Revision) -> RevisionView:
    return RevisionView(
        version=revision.version,
        at=revision.at,
        by=revision.by,
        change=revision.change,
        touched=revision.touched,
        note=revision.note,
        policies=tuple(policy.id for policy in revision.policies),
    )
