"""Properties of authorisation: Cedar, sliced, cached and asked in batches, decides as thirty lines do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network
from itertools import product
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from steward.identity import Caller, Grant, Role
from steward.identity.cedar import Book, Verdict
from steward.identity.directory import Access, Policy
from steward.identity.items import Item
from steward.identity.permissions import MANAGE, NOUNS, VIEW, covers, permissions, roles_of
from steward.identity.policies import check_policies, parents_of

Fact = Callable[[Caller, str, Item], bool]


class Condition(NamedTuple):
    """Something a policy may ask, in Cedar and in Python."""

    cedar: str
    holds: Fact


class Own(NamedTuple):
    """A tenant's own policy as the model reads it."""

    effect: str
    scope: str
    admits: Callable[[str], bool]
    kind: str
    condition: Condition

    def cedar(self) -> str:
        return f"{self.effect} (principal, {self.scope}, resource) {self.kind} {{ {self.condition.cedar} }};"

    def applies(self, caller: Caller, permission: str, item: Item) -> bool:
        holds = self.condition.holds(caller, permission, item)
        return self.admits(permission) and holds == (self.kind == "when")


# The model. ------------------------------------------------------------------------------------


def allowed(own: Sequence[Own], caller: Caller, permission: str, item: Item) -> bool:
    """Whether the caller may: no forbid, and a role or a permit."""
    if caller.tenant != item.tenant:
        return False
    applying = [policy.effect for policy in own if policy.applies(caller, permission, item)]
    if "forbid" in applying:
        return False
    return "permit" in applying or any(
        grant.role in roles_of(permission) and grant.project in (None, *item.projects)
        for grant in caller.grants
    )


# What is drawn. --------------------------------------------------------------------------------

CONDITIONS = (
    Condition("context.mfa", lambda c, _, __: c.mfa),
    Condition(
        "context.elevated && !context.impersonated",
        lambda c, _, __: c.elevated and not c.on_behalf_of,
    ),
    Condition(
        'context.ip.isInRange(ip("10.0.0.0/8"))',
        lambda c, _, __: ip_address(c.ip) in ip_network("10.0.0.0/8"),
    ),
    Condition(
        'resource.environment == "production"', lambda _, __, i: i.environment == "production"
    ),
    Condition('resource.projects.contains("p1")', lambda _, __, i: "p1" in i.projects),
    Condition('resource.id like "i*"', lambda _, __, i: i.id.startswith("i")),
    Condition(
        'resource == Item::"finding/i1"', lambda _, __, i: (i.noun, i.id) == ("finding", "i1")
    ),
    Condition('principal in Group::"g1"', lambda c, _, __: "g1" in c.groups),
    Condition('principal == Caller::"user:a"', lambda c, _, __: c.id == "user:a"),
    Condition(
        'principal has viewer && principal.viewer.contains("p2")',
        lambda c, _, __: Grant(role=Role.VIEWER, project="p2") in c.grants,
    ),
    Condition(
        'action in Action::"finding:manage"',
        lambda _, p, __: "finding:manage" in (p, *parents_of(p)),
    ),
    Condition("true", lambda _, __, ___: True),
)
SCOPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("action", lambda _: True),
    ('action == Action::"finding:manage"', lambda p: p == "finding:manage"),
    ('action in Action::"finding:manage"', lambda p: "finding:manage" in (p, *parents_of(p))),
    (
        'action in [Action::"editor", Action::"resource:view"]',
        lambda p: p == "resource:view" or "editor" in parents_of(p),
    ),
)
ASKED = (
    "finding:view",
    "finding:waive",
    "finding:manage",
    "resource:view",
    "rule:manage",
    "access:manage",
)

own_policies = st.lists(
    st.builds(
        lambda effect, scope, kind, condition: Own(effect, scope[0], scope[1], kind, condition),
        st.sampled_from(("permit", "forbid")),
        st.sampled_from(SCOPES),
        st.sampled_from(("when", "unless")),
        st.sampled_from(CONDITIONS),
    ),
    max_size=5,
)
grants = st.builds(Grant, role=st.sampled_from(Role), project=st.sampled_from((None, "p1", "p2")))
callers = st.builds(
    Caller,
    id=st.sampled_from(("user:a", "user:b", 'service:"q"', "key:ünï")),
    tenant=st.sampled_from(("acme", "acme", "acme", "rival")),
    grants=st.lists(grants, max_size=3).map(tuple),
    groups=st.sets(st.sampled_from(("g1", "g2")), max_size=2).map(lambda s: tuple(sorted(s))),
    mfa=st.booleans(),
    ip=st.sampled_from(("10.1.2.3", "203.0.113.9", "2001:db8::1")),
    elevated=st.booleans(),
    on_behalf_of=st.sampled_from(("", "user:z")),
)
items = st.builds(
    lambda noun, id_, environment, projects: Item(
        noun, "acme", id_, "aws/1", environment, "", tuple(sorted(projects))
    ),
    st.sampled_from(("finding", "resource", "rule", "access")),
    st.sampled_from(("", "i1", "i2", 'x"\n')),
    st.sampled_from(("", "production", "test")),
    st.sets(st.sampled_from(("p1", "p2")), max_size=2),
)


def book_of(own: Sequence[Own]) -> Book:
    policies = tuple(Policy(id=f"p{n}", text=policy.cedar()) for n, policy in enumerate(own))
    return Book(Access(version=1, policies=policies))


def test_every_policy_drawn_here_is_one_a_tenant_may_have() -> None:
    for scope, condition in product(SCOPES, CONDITIONS):
        drawn = Own("forbid", scope[0], scope[1], "unless", condition)
        check_policies([Policy(id="p", text=drawn.cedar())])


@settings(max_examples=200, deadline=None)
@given(own_policies, callers, st.sampled_from(ASKED), items)
def test_a_decision_is_the_models(
    own: list[Own], caller: Caller, permission: str, item: Item
) -> None:
    book = book_of(own)
    expected = allowed(own, caller, permission, item)
    assert book.decide(caller, permission, item).allowed == expected
    assert book.allows(caller, permission, item) == expected


@settings(max_examples=150, deadline=None)
@given(own_policies, callers, st.sampled_from(ASKED), st.lists(items, max_size=6))
def test_the_gate_never_contradicts_a_decision(
    own: list[Own], caller: Caller, permission: str, several: list[Item]
) -> None:
    book, noun = book_of(own), permission.partition(":")[0]
    verdict = book.gate(caller, permission)
    for item in several:
        mine = item._replace(noun=noun, tenant=caller.tenant)
        if verdict is not Verdict.DEPENDS:
            assert allowed(own, caller, permission, mine) == (verdict is Verdict.ALLOW)


@settings(max_examples=60, deadline=None)
@given(own_policies, st.lists(callers, min_size=1, max_size=3), st.lists(items, max_size=6))
def test_batches_and_the_cache_decide_like_single_questions(
    own: list[Own], several: list[Caller], things: list[Item]
) -> None:
    cached, uncached, permission = book_of(own), book_of(own), "finding:waive"
    for caller in (*several, *several):
        fresh = [uncached.decide(caller, permission, item).allowed for item in things]
        assert list(cached.allows_each(caller, permission, things)) == fresh
        assert [cached.allows(caller, permission, item) for item in things] == fresh


@settings(max_examples=60, deadline=None)
@given(own_policies, callers, st.sampled_from(ASKED), items, st.randoms(use_true_random=False))
def test_the_order_of_policies_makes_no_difference(
    own: list[Own], caller: Caller, permission: str, item: Item, dice: random.Random
) -> None:
    shuffled = dice.sample(own, len(own))
    first, second = book_of(own), book_of(shuffled)
    assert first.gate(caller, permission) == second.gate(caller, permission)
    assert first.allows(caller, permission, item) == second.allows(caller, permission, item)


@settings(max_examples=60, deadline=None)
@given(own_policies, callers, st.sampled_from(ASKED), items)
def test_a_forbid_for_all_wins_over_every_permit(
    own: list[Own], caller: Caller, permission: str, item: Item
) -> None:
    always = Own("forbid", "action", lambda _: True, "when", CONDITIONS[-1])
    book = book_of([*own, always])
    assert not book.allows(caller, permission, item)
    assert book.gate(caller, permission) is Verdict.DENY


@settings(max_examples=60, deadline=None)
@given(own_policies, callers, st.sampled_from(ASKED), items)
def test_another_tenants_thing_is_never_allowed(
    own: list[Own], caller: Caller, permission: str, item: Item
) -> None:
    everything = Own("permit", "action", lambda _: True, "when", CONDITIONS[-1])
    foreign = item._replace(tenant="elsewhere")
    assert not book_of([*own, everything]).allows(caller, permission, foreign)


@given(callers, items)
def test_whoever_manages_a_noun_has_every_verb_of_it(caller: Caller, item: Item) -> None:
    book = Book(Access())
    for noun, verbs in NOUNS.items():
        thing = item._replace(noun=noun)
        if MANAGE in verbs and book.allows(caller, f"{noun}:{MANAGE}", thing):
            assert all(book.allows(caller, f"{noun}:{verb}", thing) for verb in verbs)


def test_every_noun_can_be_viewed_and_manage_covers_it_in_scopes_too() -> None:
    for noun, verbs in NOUNS.items():
        assert VIEW in verbs
        scopes = frozenset({f"{noun}:{MANAGE}"})
        assert all(covers(scopes, f"{noun}:{verb}") for verb in verbs)
    assert not covers(frozenset({"finding:manage"}), "rule:view")


def test_every_action_of_the_schema_is_a_permission_of_the_catalogue() -> None:
    assert len(set(permissions())) == sum(len(verbs) for verbs in NOUNS.values())
    for permission in permissions():
        assert Role.ADMIN.value in parents_of(permission)
