"""What is asked for, as authorisation sees it: a noun, perhaps one thing with its projects and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from steward.identity.directory import ProjectScope, account_id

ENVIRONMENT_TAGS = ("environment", "env", "stage")
OWNER_TAGS = ("owner", "team")


class Facts(NamedTuple):
    """What a concern says of one of its things, for policies to decide by."""

    id: str
    provider: str = ""
    account: str = ""
    tags: Mapping[str, str] = {}
    projects: tuple[str, ...] = ()
    """Projects it belongs to by name, beside those that its account and tags lead to."""


@runtime_checkable
class Guarded(Protocol):
    """An answer that is about one thing, which the caller may or may not see."""

    def facts(self) -> Facts:
        """What policies decide by."""
        ...


class Item(NamedTuple):
    """One thing with the projects it belongs to; without an id, the noun in the whole tenant.

    ``environment`` is in lower case: tags spell it in every way.
    """

    noun: str
    tenant: str
    id: str = ""
    account: str = ""
    environment: str = ""
    owner: str = ""
    projects: tuple[str, ...] = ()


def telling(tags: Iterable[str], projects: Iterable[ProjectScope]) -> frozenset[str]:
    """Of these tag keys those by which anything is decided: the projects', environments' and owners'."""
    named = {key for scope in projects for key in scope.tags}
    return frozenset(
        key for key in tags if key in named or key.lower() in (*ENVIRONMENT_TAGS, *OWNER_TAGS)
    )


def item_of(noun: str, tenant: str, facts: Facts, projects: Iterable[ProjectScope]) -> Item:
    """The item that the facts describe."""
    account = account_id(facts.provider, facts.account) if facts.account else ""
    return Item(
        noun,
        tenant,
        facts.id,
        account,
        _tag(facts.tags, ENVIRONMENT_TAGS).strip().lower(),
        _tag(facts.tags, OWNER_TAGS),
        tuple(scope.id for scope in projects if _belongs(scope, account, facts)),
    )


def _belongs(scope: ProjectScope, account: str, facts: Facts) -> bool:
    if scope.id in facts.projects or (account and account in scope.accounts):
        return True
    return any(facts.tags.get(key) == value for key, value in scope.tags.items())


def _tag(tags: Mapping[str, str], names: tuple[str, ...]) -> str:
    folded = {key.lower(): value for key, value in tags.items()}
    return next((folded[name] for name in names if name in folded), "")
