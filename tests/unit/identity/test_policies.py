"""Laws of a tenant's policies: what is taken, what is refused, and that nothing fails open."""

from __future__ import annotations

import pytest

from steward.errors import BadInput
from steward.identity import Caller, Grant, Role
from steward.identity.cedar import Book, Library, Verdict, address
from steward.identity.directory import Access, Policy, ProjectScope
from steward.identity.items import Facts, Item, item_of
from steward.identity.permissions import permissions
from steward.identity.policies import MAX_ALL, MAX_POLICIES, MAX_TEXT, check_policies

ADMIN = Caller(id="user:ada", tenant="acme", grants=(Grant(role=Role.ADMIN),), ip="10.0.0.1")
FINDING = Item("finding", "acme", "f1", "aws/1", "production")


def book(*texts: str) -> Book:
    """Policies as they would be without `check_policies`: the worst that could be kept."""
    return Book(Access(policies=tuple(Policy(id=f"p{n}", text=t) for n, t in enumerate(texts))))


@pytest.mark.parametrize(
    "text",
    [
        "forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };",
        'forbid (principal, action, resource) when { Caller::"user:none".kind == "user" };',
        (
            "forbid (principal, action, resource)"
            ' when { (if context.mfa then Caller::"x" else principal).kind == "" };'
        ),
        (
            'forbid (principal, action, resource) when { datetime("2026-01-01").offset(duration("1d")) >'
            ' datetime("2026-01-01") };'
        ),
        "forbid (principal, action, resource) when { -principal.kind.x > 1 };",
    ],
)
def test_a_policy_that_can_fail_is_not_taken(text: str) -> None:
    with pytest.raises(BadInput):
        check_policies([Policy(id="p", text=text)])


@pytest.mark.parametrize(
    "text",
    [
        "forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };",
        'forbid (principal, action, resource) when { resource.colour == "red" };',
        'forbid (principal, action, resource) when { principal.viewer.contains("p") };',
    ],
)
def test_a_forbid_that_fails_all_the_same_denies(text: str) -> None:
    ruling = book(text).decide(ADMIN, "finding:view", FINDING)
    assert not ruling.allowed
    assert ruling.errors
    assert not book(text).may(ADMIN, "finding:view", itemised=False)


@pytest.mark.parametrize(
    "id_", ["", "P", "a b", "steward:role-admin", 'x"y', "a" * 65, "é", "-a", "a\n"]
)
def test_ids_are_plain_and_never_the_built_in_ones(id_: str) -> None:
    with pytest.raises(BadInput, match="policy id"):
        check_policies([Policy(id=id_, text="permit (principal, action, resource);")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds not one policy"),
        ("permit (principal, action, resource)", "unexpected end"),
        ("permit (principal, action, resource); permit (principal, action, resource);", "not one"),
        ("permit (principal == ?principal, action, resource);", "not one policy"),
        ('permit (principal, action == Action::"finding:eat", resource);', "breaks the schema"),
        ('forbid (principal, action, resource) when { resource.colour == "red" };', "colour"),
        ("permit (principal, action, resource); //" + "x" * MAX_TEXT, "at most"),
    ],
)
def test_what_cedar_cannot_take_is_refused_with_its_own_words(text: str, said: str) -> None:
    with pytest.raises(BadInput, match="policy 'mine'") as refused:
        check_policies([Policy(id="mine", text=text)])
    assert said in str(refused.value)


def test_policies_are_limited_in_number_and_size_and_named_once() -> None:
    text = "permit (principal, action, resource);"
    with pytest.raises(BadInput, match="at most 200"):
        check_policies([Policy(id=f"p{n}", text=text) for n in range(MAX_POLICIES + 1)])
    long = text + "//" + "ü" * (MAX_TEXT - 50)
    with pytest.raises(BadInput, match=str(MAX_ALL)):
        check_policies([Policy(id=f"p{n}", text=long) for n in range(8)])
    with pytest.raises(BadInput, match="used twice"):
        check_policies([Policy(id="p", text=text)] * 2)


def test_an_annotation_or_comment_in_a_text_changes_no_other_policy() -> None:
    hostile = '@id("steward:own-tenant") permit (principal, action, resource); // "\n/'
    with pytest.raises(BadInput):
        check_policies([Policy(id="p", text=hostile)])
    sly = '@id("steward:own-tenant") forbid (principal, action, resource);'
    ruling = book(sly).decide(ADMIN, "finding:view", FINDING)
    assert (ruling.allowed, ruling.policies) == (False, ("p0",))


@pytest.mark.parametrize(
    "id_", ['"', '\\"', "a\nb", "\x00", "\u202e", "😀", "*", 'Role::"admin"', "\ud800"]
)
def test_ids_with_any_character_are_only_ids(id_: str) -> None:
    stranger = Caller(id=id_, tenant="acme", groups=(id_,))
    only = 'permit (principal, action, resource == Item::"finding/other");'
    assert not book(only).allows(stranger, "finding:view", FINDING._replace(id=id_))
    assert book().gate(stranger, "finding:view") is Verdict.DENY


def test_an_ipv4_address_within_ipv6_is_the_same_address() -> None:
    blocked = book(
        'forbid (principal, action, resource) when { context.ip.isInRange(ip("203.0.113.0/24")) };'
    )
    for ip, allowed in (
        ("203.0.113.9", False),
        ("::ffff:203.0.113.9", False),
        ("203.0.114.9", True),
    ):
        caller = Caller(id="user:a", tenant="acme", grants=ADMIN.grants, ip=ip)
        assert blocked.may(caller, "finding:view", itemised=False) is allowed
    assert address("fe80::1%eth0") == "fe80::1"


def test_an_address_that_is_none_is_denied_where_it_matters() -> None:
    caller = Caller(id="user:a", tenant="acme", grants=ADMIN.grants, ip="10.0.0.1:443")
    asks = book(
        'forbid (principal, action, resource) when { context.ip.isInRange(ip("203.0.113.0/24")) };'
    )
    assert not asks.may(caller, "finding:view", itemised=False)
    assert book().may(caller, "finding:view", itemised=False)


def test_one_callers_decision_is_no_other_callers() -> None:
    needs = book(
        "forbid (principal, action, resource) unless { context.mfa && !context.elevated"
        ' && !context.impersonated && context.ip.isInRange(ip("10.0.0.0/8")) };'
    )
    good = {"mfa": True, "ip": "10.0.0.1"}
    for change in (
        {},
        {"mfa": False},
        {"elevated": True},
        {"on_behalf_of": "user:z"},
        {"ip": "192.0.2.1"},
    ):
        held = {**good, **change}
        caller = Caller(id="user:a", tenant="acme", grants=ADMIN.grants, **held)  # type: ignore[arg-type]
        assert needs.may(caller, "finding:view", itemised=False) is not bool(change)


def test_environments_compare_however_the_tag_is_spelt() -> None:
    production = book(
        'forbid (principal, action, resource) when { resource.environment == "production" };'
    )
    for tags in ({"Environment": "Production"}, {"ENV": " production "}, {"stage": "PRODUCTION"}):
        item = item_of("finding", "acme", Facts("f", tags=tags), ())
        assert not production.allows(ADMIN, "finding:view", item)


def test_a_project_role_counts_in_its_project_alone() -> None:
    scope = ProjectScope(id="shop", accounts=("aws/1",), tags={"team": "shop"})
    viewer = Caller(id="user:v", tenant="acme", grants=(Grant(role=Role.VIEWER, project="shop"),))
    rules = Book(Access(projects=(scope,)))
    assert rules.gate(viewer, "finding:view") is Verdict.DEPENDS
    assert rules.gate(viewer, "finding:manage") is Verdict.DENY
    assert not rules.may(viewer, "finding:view", itemised=False)
    for facts, allowed in (
        (Facts("f", "aws", "1"), True),
        (Facts("f", "aws", "2", {"team": "shop"}), True),
        (Facts("f", "gcp", "1"), False),
        (Facts("f", tags={"team": "Shop"}), False),
    ):
        assert (
            rules.allows(viewer, "finding:view", item_of("finding", "acme", facts, (scope,)))
            is allowed
        )


def test_new_policies_are_compiled_anew_and_old_ones_are_not() -> None:
    library, first = Library(), Access(version=1)
    kept = library.of("acme", first)
    assert library.of("acme", first.model_copy()) is kept
    closed = Access(
        version=1, policies=(Policy(id="p", text="forbid (principal, action, resource);"),)
    )
    assert library.of("acme", closed) is not kept
    assert library.of("rival", first) is not kept
    assert not library.of("acme", closed).may(ADMIN, "finding:view", itemised=False)
    assert library.of("acme", first).may(ADMIN, "finding:view", itemised=False)


def test_forbidding_writes_leaves_reading_alone() -> None:
    careful = book('forbid (principal, action in Action::"write", resource);')
    for permission in permissions():
        mine = Caller(id="user:a", tenant="default", grants=ADMIN.grants)
        verb = permission.partition(":")[2]
        reads = verb in {"view", "explain", "export", "verify"}
        assert careful.may(mine, permission, itemised=False) is reads
