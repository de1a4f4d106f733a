"""A tenant's own rules over HTTP: their versions, where each holds, and what those in shadow say."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.policy.service.rulebook_views import (
    RulebookEntryView,
    RulePlacement,
    RuleRollback,
    RuleText,
    RuleVersionDetail,
    RuleVersionView,
)
from functions.policy.service.shadowing import ShadowView
from functions.policy.wiring.rulebook import Desk, rulebook
from steward.edge.http import Api
from steward.store.collection import Page

RULEBOOK = "/api/v1/policy/rulebook"
RULE = f"{RULEBOOK}/<rule_id>"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]

api: Api[Desk] = Api(wire=rulebook)


@api.get(RULEBOOK, permission="rule:view")
def list_rulebook(*, deps: Desk) -> Page[RulebookEntryView]:
    """The tenant's own rules, and which version of each holds where."""
    return deps.books.listed()


@api.get(RULE, permission="rule:view")
def get_rulebook_entry(rule_id: str, *, deps: Desk) -> RulebookEntryView:
    """One of the tenant's own rules."""
    entry = deps.books.entry(rule_id)
    api.etag(entry.revision)
    return deps.books.view(entry)


@api.get(f"{RULE}/versions", permission="rule:view")
def list_rule_versions(
    rule_id: str, *, deps: Desk, cursor: Text = None, limit: Limit = 50
) -> Page[RuleVersionView]:
    """The versions of a rule, the newest first."""
    return deps.books.history(rule_id, cursor=cursor, limit=limit)


@api.get(f"{RULE}/versions/<number>", permission="rule:view")
def get_rule_version(rule_id: str, number: int, *, deps: Desk) -> RuleVersionDetail:
    """A version with its text, its cases and whether its signature is right."""
    return deps.books.show(rule_id, number)


@api.post(f"{RULE}/versions", permission="rule:manage")
def store_rule(rule_id: str, body: RuleText, *, deps: Desk) -> RuleVersionView:
    """Keep a version of a rule, signed; it is in force nowhere yet."""
    return deps.books.store(rule_id, body)


@api.post(f"{RULE}/place", permission="rule:place")
def place_rule(rule_id: str, body: RulePlacement, *, deps: Desk) -> RulebookEntryView:
    """Let a version hold for all accounts, for some of them first, or in shadow."""
    api.check_match(deps.books.entry(rule_id).revision)
    return deps.books.place(rule_id, body)


@api.post(f"{RULE}/rollback", permission="rule:place")
def roll_rule_back(rule_id: str, body: RuleRollback, *, deps: Desk) -> RulebookEntryView:
    """Withdraw the version that is ahead, else let the one before hold again."""
    api.check_match(deps.books.entry(rule_id).revision)
    return deps.books.roll_back(rule_id, body)


@api.get(f"{RULE}/shadow", permission="rule:view")
def compare_shadow(
    rule_id: str, *, deps: Desk, cursor: Text = None, limit: Limit = 50
) -> Page[ShadowView]:
    """What the version in shadow would find, beside what the rule in force does."""
    return deps.shadowing.report(deps.books.book, rule_id, cursor=cursor, limit=limit)


handler = api.handler
