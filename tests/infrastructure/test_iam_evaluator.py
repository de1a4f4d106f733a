"""The evaluator decides as AWS documents; each case is a sentence of the IAM user guide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam import NotUnderstood, Request, Values, allowed

KEYS = "dynamodb:LeadingKeys"
OWN = {"ForAllValues:StringLike": {KEYS: ["${aws:PrincipalTag/tenant}#*"]}}


def _statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "a:Get", "Resource": "arn:x", **elements}


def _own(leading: Values | None, tenant: str | None = "acme", **more: Any) -> bool:
    context = {} if leading is None else {KEYS: leading}
    if tenant is not None:
        context["aws:PrincipalTag/tenant"] = (tenant,)
    return allowed([_statement(Condition=OWN | more)], Request("a:Get", "arn:x", context))


def test_what_no_statement_allows_is_denied() -> None:
    assert not allowed([], Request("a:Get", "arn:x"))
    assert not allowed([_statement(Action="a:Put")], Request("a:Get", "arn:x"))
    assert not allowed([_statement(Resource="arn:y")], Request("a:Get", "arn:x"))


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    statements = [_statement(), _statement("Deny", Action="a:*")]
    assert not allowed(statements, Request("a:Get", "arn:x"))
    assert not allowed(statements[::-1], Request("a:Get", "arn:x"))


def test_actions_ignore_case_and_know_wildcards_and_resources_do_not_ignore_it() -> None:
    assert allowed([_statement(Action=["A:g?T"])], Request("a:Get", "arn:x"))
    assert allowed([_statement(Resource=["arn:y", "arn:*"])], Request("a:Get", "arn:x"))
    assert not allowed([_statement(Resource="ARN:X")], Request("a:Get", "arn:x"))
    assert allowed([_statement(Resource="*")], Request("a:Get", "arn:x\n#"))


@pytest.mark.parametrize(
    ("condition", "context", "met"),
    [
        ({"StringEquals": {"k": "v"}}, ("v",), True),
        ({"StringEquals": {"k": ["u", "v"]}}, ("v",), True),
        ({"StringEquals": {"k": "v*"}}, ("vv",), False),
        ({"StringEquals": {"k": "v"}}, None, False),
        ({"StringEqualsIfExists": {"k": "v"}}, None, True),
        ({"StringEqualsIfExists": {"k": "v"}}, ("w",), False),
        ({"StringNotEquals": {"k": "v"}}, None, True),
        ({"StringNotEquals": {"k": ["v", "w"]}}, ("w",), False),
        ({"StringNotEquals": {"k": "v"}}, ("w",), True),
        ({"StringLike": {"k": "v?*"}}, ("vw#x",), True),
        ({"StringLike": {"k": "v?*"}}, ("v",), False),
        ({"StringLike": {"k": "?*"}}, ("",), False),
        ({"StringNotLike": {"k": "v*"}}, ("vw",), False),
        ({"Bool": {"k": "false"}}, ("false",), True),
        ({"Bool": {"k": "false"}}, None, False),
        ({"Null": {"k": "true"}}, None, True),
        ({"Null": {"k": "true"}}, ("v",), False),
        ({"Null": {"k": "false"}}, None, False),
        ({"Null": {"k": "false"}}, ("v",), True),
        ({"ForAllValues:StringEquals": {"k": ["v", "w"]}}, ("w", "v"), True),
        ({"ForAllValues:StringEquals": {"k": ["v", "w"]}}, ("w", "x"), False),
        ({"ForAllValues:StringEquals": {"k": ["v"]}}, None, True),
        ({"ForAllValues:StringEquals": {"k": ["v"]}}, (), True),
        ({"ForAnyValue:StringEquals": {"k": ["v"]}}, ("w", "v"), True),
        ({"ForAnyValue:StringEquals": {"k": ["v"]}}, None, False),
        ({"StringEquals": {"k": "v"}, "Bool": {"l": "true"}}, ("v",), False),
        ({"StringEquals": {"K": "v"}}, ("v",), True),
    ],
)
def test_each_operator_decides_as_documented(
    condition: dict[str, Any],
    context: Values | None,
    met: bool,  # noqa: FBT001  # what the case expects
) -> None:
    held = {} if context is None else {"k": context}
    assert allowed([_statement(Condition=condition)], Request("a:Get", "arn:x", held)) is met


def test_leading_keys_of_the_tagged_tenant_pass_and_all_others_do_not() -> None:
    assert _own(("acme#parts#1",))
    assert _own(("acme#parts#1", "acme#x"))
    for other in (
        "rival#parts#1",
        "acme2#parts#1",
        "acm#x",
        "acme",
        "ACME#x",
        "",
        "x#acme#",
        "*#x",
    ):
        assert not _own((other,))
        assert not _own(("acme#parts#1", other))


def test_without_a_tag_no_key_passes() -> None:
    assert not _own(("acme#parts#1",), None)
    assert not _own(("${aws:PrincipalTag/tenant}#parts",), None)


def test_no_keys_at_all_pass_unless_null_is_asked_for_too() -> None:
    assert _own(None)
    assert _own(())
    assert not _own(None, Null={KEYS: "false"})
    assert not _own((), Null={KEYS: "false"})
    assert _own(("acme#x",), Null={KEYS: "false"})


def test_a_variable_fills_resources_too_and_its_escapes_are_literal() -> None:
    context = {"aws:PrincipalTag/tenant": ("acme",)}
    statements = [_statement(Resource="arn:b/${aws:PrincipalTag/tenant}/${*}")]
    assert allowed(statements, Request("a:Get", "arn:b/acme/*", context))
    assert not allowed(statements, Request("a:Get", "arn:b/acme/x", context))
    assert not allowed(statements, Request("a:Get", "arn:b/rival/*", context))


@pytest.mark.parametrize(
    "element",
    [
        {"NotAction": "a:Put"},
        {"NotResource": "arn:y"},
        {"Condition": {"StringMatches": {"k": "v"}}},
        {"Condition": {"ForMostValues:StringEquals": {"k": "v"}}},
        {"Effect": "Perhaps"},
    ],
)
def test_what_it_does_not_understand_is_an_error(element: dict[str, Any]) -> None:
    statement = _statement() | element
    with pytest.raises(NotUnderstood):
        allowed([statement], Request("a:Get", "arn:x", {"k": ("v",)}))
