"""The one rule of handing out: nobody gives, or takes charge of, more than they hold themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from steward.errors import BadInput, Denied
from steward.identity import Caller, Grant, Role
from steward.identity.directory import Principal
from steward.identity.permissions import covers, known, permissions, roles_of

MAX_GRANTS = 50
MAX_SCOPES = 50


class Authority(NamedTuple):
    """What a caller may pass on: lasting grants, within the scopes of the credential.

    Who is ``behind`` a borrowed identity passes on nothing at all.
    """

    who: str
    grants: tuple[Grant, ...]
    scopes: frozenset[str] | None = None
    behind: str = ""

    def check_own(self) -> None:
        """Refuse whoever acts in another's name.

        Raises:
            Denied: they do.
        """
        if self.behind:
            raise Denied(f"{self.behind} acts as {self.who}: may not hand out rights so")

    def check_grants(self, grants: Iterable[Grant]) -> None:
        """Refuse grants beyond the caller's own.

        Raises:
            BadInput: more than a principal may hold.
            Denied: one that the caller does not hold.
        """
        self.check_own()
        wanted = tuple(grants)
        if len(wanted) > MAX_GRANTS:
            raise BadInput(f"{len(wanted)} grants: at most {MAX_GRANTS}; put the rest into groups")
        for grant in wanted:
            self._check(grant)

    def check_scopes(self, scopes: Iterable[str]) -> None:
        """Refuse scopes that are none, or beyond the caller's own.

        Raises:
            BadInput: not a permission, or too many.
            Denied: one that the caller does not hold.
        """
        self.check_own()
        wanted = tuple(scopes)
        if len(wanted) > MAX_SCOPES:
            raise BadInput(f"{len(wanted)} scopes: at most {MAX_SCOPES}; leave them out for all")
        held = carried(self.grants)
        for scope in wanted:
            if not known(scope):
                raise BadInput(f"scope {scope[:60]!r}: not a permission; see 'steward auth'")
            if scope not in held or not covers(self.scopes, scope):
                raise Denied(f"scope {scope!r}: {self.who} does not hold it, and cannot give it")
        if self.scopes is not None and not wanted:
            raise Denied("scopes: your own credential has some; name those of the new one")

    def _check(self, grant: Grant) -> None:
        wanted = carried_by(grant.role)
        held = carried(self.grants, project=grant.project)
        if not wanted <= held or not all(covers(self.scopes, each) for each in wanted):
            place = "" if grant.project is None else f" in project {grant.project!r}"
            raise Denied(
                f"role {grant.role.value!r}{place}: {self.who} does not hold all of it, "
                "and cannot give it or change who holds it"
            )


def authority_of(caller: Caller, standing: Principal | None) -> Authority:
    """What the caller may pass on; a break-glass does not count."""
    lasting = caller.grants
    if caller.elevated:
        lasting = () if standing is None else standing.grants
    return Authority(caller.id, lasting, caller.scopes, caller.on_behalf_of)


def carried_by(role: Role) -> frozenset[str]:
    """The permissions that the role carries."""
    return frozenset(each for each in permissions() if role in roles_of(each))


def carried(grants: Iterable[Grant], *, project: str | None = None) -> frozenset[str]:
    """The permissions that the grants carry in the whole tenant, or in one of its projects."""
    found: set[str] = set()
    for grant in grants:
        if grant.project is None or grant.project == project:
            found |= carried_by(grant.role)
    return frozenset(found)
