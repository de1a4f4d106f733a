"""Whom the policy of a resource lets in: everybody, other accounts, services for anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from functions.policy.model.iam.documents import Condition, Principal, Statement, statements
from functions.policy.model.iam.narrowing import (
    ACCOUNTS,
    ARNS,
    account_of,
    keeps_others_out,
    narrowed,
)
from functions.policy.model.iam.patterns import any_covers, is_fixed

EVERYBODY = "*"
_ACCOUNT = re.compile(r"\d{12}")
_PLAIN = ("bool", "aws:securetransport", ("false",))
_PROVIDERS: dict[str, tuple[str, ...]] = {
    "token.actions.githubusercontent.com": ("sub", "repository", "repository_owner"),
    "gitlab.com": ("sub", "namespace_path", "project_path"),
    "app.terraform.io": ("sub",),
    "agent.buildkite.com": ("sub",),
    "accounts.google.com": ("sub", "aud", "oaud"),
    "cognito-identity.amazonaws.com": ("sub", "aud"),
    "graph.facebook.com": ("app_id", "id"),
    "www.amazon.com": ("app_id", "user_id"),
}
"""Identity providers that anybody can have an identity at, and the claims that tell whose it is."""


def public(document: Any) -> bool | None:
    """Whether everybody may do something; None for what is no policy document."""
    found = statements(document)
    return None if found is None else any(_open(found))


def public_actions(document: Any) -> list[str] | None:
    """The actions that everybody may do, as the document writes them but in lower case."""
    found = statements(document)
    if found is None:
        return None
    return sorted({action for one in _open(found) for action in one.actions or (EVERYBODY,)})


def other_accounts(document: Any, account: Any) -> list[str] | None:
    """The accounts beside ``account`` that may do something; ``*`` when everybody may."""
    found = statements(document)
    if found is None or not isinstance(account, str):
        return None
    others = {EVERYBODY} if any(_open(found)) else set[str]()
    for statement in found:
        if statement.allows:
            others |= _accounts(statement)
    return sorted(others - {account})


def open_services(document: Any) -> list[str] | None:
    """The services that may act whoever asked them to: nothing ties them to an account."""
    found = statements(document)
    if found is None:
        return None
    return sorted(
        {
            principal.name
            for statement in found
            if statement.allows and not narrowed(statement.conditions)
            for principal in statement.principals
            if principal.kind == "Service"
        }
    )


def tls_only(document: Any) -> bool | None:
    """Whether everybody is refused every action over a connection without TLS."""
    found = statements(document)
    if found is None:
        return None
    return any(
        not one.allows
        and any(each.name == EVERYBODY for each in one.principals)
        and any(action == EVERYBODY or action.endswith(":*") for action in one.actions)
        and [(each.operator, each.key, each.values) for each in one.conditions] == [_PLAIN]
        for one in found
    )


def _open(found: tuple[Statement, ...]) -> Iterator[Statement]:
    """The statements that let everybody in, where no other statement keeps strangers out."""
    refusals = [one for one in found if not one.allows and _refuses_strangers(one)]
    for statement in found:
        lets_in = statement.allows and _lets_everybody_in(statement)
        if lets_in and any(not _refused(*pair, refusals) for pair in _grants(statement)):
            yield statement


def _lets_everybody_in(statement: Statement) -> bool:
    if statement.not_principals:
        return not narrowed(statement.conditions)
    return any(_is_everybody(each, statement.conditions) for each in statement.principals)


def _is_everybody(principal: Principal, conditions: tuple[Condition, ...]) -> bool:
    if principal.kind == "Federated":
        provider = principal.name.rpartition("oidc-provider/")[2]
        claims = frozenset(f"{provider}:{claim}" for claim in _PROVIDERS.get(provider, ()))
        return bool(claims) and not narrowed(conditions, subjects=claims)
    everybody = principal.name == EVERYBODY or not is_fixed(account_of(principal.name) or "")
    return principal.kind == "AWS" and everybody and not narrowed(conditions)


def _grants(statement: Statement) -> Iterator[tuple[str, str]]:
    for action in statement.actions or (EVERYBODY,):
        for resource in statement.resources or (EVERYBODY,):
            yield action, resource


def _refuses_strangers(statement: Statement) -> bool:
    everybody = any(each.name == EVERYBODY for each in statement.principals)
    return bool(everybody or statement.not_principals) and keeps_others_out(statement.conditions)


def _refused(action: str, resource: str, refusals: list[Statement]) -> bool:
    return any(
        any_covers(one.actions, action) and any_covers(one.resources or (EVERYBODY,), resource)
        for one in refusals
    )


def _accounts(statement: Statement) -> set[str]:
    limits = [limit for one in statement.conditions if (limit := _limit(one)) is not None]
    allowed = set.intersection(*limits) if limits else None
    found: set[str] = set()
    for principal in statement.principals:
        named = _named(principal)
        if named is None:
            found |= allowed or set()
        elif allowed is None or named in allowed:
            found.add(named)
    return found


def _named(principal: Principal) -> str | None:
    """The account of a principal; None where only the conditions say whose it is."""
    if principal.kind != "AWS" or principal.name == EVERYBODY:
        return None
    account = account_of(principal.name) or principal.name
    return account if _ACCOUNT.fullmatch(account) else None


def _limit(condition: Condition) -> set[str] | None:
    """The accounts that a condition leaves; None where it does not go by accounts."""
    if not narrowed((condition,)):
        return None
    if condition.key in ACCOUNTS:
        found = set(condition.values)
    elif condition.key in ARNS:
        found = {account_of(value) or "" for value in condition.values}
    else:
        return None
    return {each for each in found if _ACCOUNT.fullmatch(each)} or None
