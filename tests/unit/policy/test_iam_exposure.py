from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.model.iam.exposure import (
    open_services,
    other_accounts,
    public,
    public_actions,
    tls_only,
)

OWN, OTHER = "111122223333", "444455556666"
ROOT = f"arn:aws:iam::{OTHER}:root"
KEY = "token.actions.githubusercontent.com"
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/{KEY}"


def allow(principal: Any = "*", **more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "*",
        **more,
    }


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values)}}


NARROW = [
    when("StringEquals", "aws:SourceAccount", OWN),
    when("StringEquals", "AWS:SourceOwner", OWN),
    when("StringEquals", "aws:PrincipalOrgID", "o-abc"),
    when("StringEquals", "aws:SourceVpce", "vpce-1", "vpce-2"),
    when("StringLike", "aws:PrincipalOrgPaths", "o-abc/r-1/*"),
    when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abc/r-1/ou-1/*"),
    when("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:eu-west-1:{OWN}:alarm:*"),
    when("ArnEquals", "aws:SourceArn", "arn:aws:s3:::acme-images"),
    when("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/app-*"),
    when("StringLike", "aws:userid", "AROAEXAMPLE:*"),
    when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32"),
    when("IpAddress", "aws:SourceIp", "10.0.0.0/7"),
    when("Bool", "aws:PrincipalIsAWSService", "true"),
    when("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"),
    # A literal star is no organisation's id: nobody gets in.
    when("StringEquals", "aws:PrincipalOrgID", "*"),
]
WIDE = [
    when("StringLike", "aws:PrincipalOrgID", "*"),
    when("StringLike", "aws:PrincipalOrgID", "o-*"),
    when("StringEqualsIfExists", "aws:SourceAccount", OWN),
    when("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-abc/r-1/"),
    when("StringNotEquals", "aws:SourceAccount", OTHER),
    when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:orders"),
    when("ArnLike", "aws:SourceArn", "arn:aws:s3:::acme-*"),
    when("StringEquals", "aws:SourceArn", "${aws:PrincipalArn}"),
    when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "0.0.0.0/1"),
    when("IpAddress", "aws:SourceIp", "::/0"),
    when("IpAddress", "aws:SourceIp", "203.0.113.0/x"),
    when("Bool", "aws:SecureTransport", "true"),
    when("Bool", "aws:PrincipalIsAWSService", "false"),
    when("StringEquals", "s3:x-amz-acl", "private"),
    when("StringEquals", "aws:PrincipalTag/team", "orders"),
    when("Null", "aws:PrincipalOrgID", "false"),
    when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("condition", NARROW, ids=json.dumps)
def test_a_condition_that_names_known_callers_ends_public_access(condition: Any) -> None:
    assert public(document(allow(Condition=condition))) is False


@pytest.mark.parametrize("condition", WIDE, ids=json.dumps)
def test_a_condition_that_a_stranger_can_meet_leaves_access_public(condition: Any) -> None:
    assert public(document(allow(Condition=condition))) is True


@given(st.sampled_from(WIDE), st.sampled_from(NARROW), st.booleans())
def test_one_narrow_condition_among_wide_ones_is_enough(
    wide: dict[str, Any],
    narrow: dict[str, Any],
    first: bool,  # noqa: FBT001  # drawn
) -> None:
    both = [narrow, wide] if first else [wide, narrow]
    merged: dict[str, dict[str, Any]] = {}
    for condition in both:
        for operator, keys in condition.items():
            merged[operator] = {**merged.get(operator, {}), **keys}
    operator, keys = next(iter(narrow.items()))
    merged[operator].update(keys)
    assert public(document(allow(Condition=merged))) is False


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": [ROOT, "*"]}, True),
        ({"AWS": "arn:aws:iam::*:root"}, True),
        ({"AWS": ROOT}, False),
        ({"AWS": OTHER}, False),
        ({"AWS": []}, False),
        ({"Service": "sns.amazonaws.com"}, False),
        ({"CanonicalUser": "79a5"}, False),
        ({"Federated": GITHUB}, True),
        ({"Federated": "cognito-identity.amazonaws.com"}, True),
        ({"Federated": f"arn:aws:iam::{OWN}:saml-provider/acme"}, False),
        (None, False),
    ],
)
def test_everybody_is_written_in_several_ways(principal: Any, expected: bool) -> None:  # noqa: FBT001
    assert public(document(allow(principal))) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (when("StringEquals", f"{KEY}:aud", "sts.amazonaws.com"), True),
        (when("StringLike", f"{KEY}:sub", "repo:*"), True),
        (when("StringLike", f"{KEY}:sub", "repo:acme/*"), False),
        (when("StringEquals", f"{KEY}:sub", "repo:acme/orders:ref:refs/heads/main"), False),
    ],
)
def test_an_identity_provider_of_all_the_world_must_be_tied_to_an_owner(
    condition: Any,
    expected: bool,  # noqa: FBT001  # a column
) -> None:
    assert public(document(allow({"Federated": GITHUB}, Condition=condition))) is expected


def test_everybody_except_somebody_is_everybody() -> None:
    statement = allow() | {"NotPrincipal": {"AWS": ROOT}}
    del statement["Principal"]
    assert public(document(statement)) is True


STRANGERS = [
    {},
    {"Condition": when("StringNotEquals", "aws:PrincipalOrgID", "o-abc")},
    {"Condition": when("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-abc")},
    {"Condition": when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")},
    {
        "Condition": when("StringNotEquals", "aws:SourceVpce", "vpce-1")
        | when("BoolIfExists", "aws:PrincipalIsAWSService", "false")
    },
]
INSIDERS = [
    {"Action": "s3:PutObject"},
    {"Resource": "arn:aws:s3:::another/*"},
    {"Principal": {"AWS": ROOT}},
    {"NotAction": "s3:GetObject", "Action": []},
    {"Condition": when("Bool", "aws:SecureTransport", "false")},
    {"Condition": when("StringNotLike", "aws:PrincipalOrgID", "*")},
    {"Condition": when("ForAnyValue:StringNotEquals", "aws:PrincipalOrgPaths", "o-abc/r-1/")},
    {
        "Condition": when("StringNotEquals", "aws:PrincipalOrgID", "o-abc")
        | when("Bool", "aws:SecureTransport", "false")
    },
]


@pytest.mark.parametrize("more", STRANGERS, ids=json.dumps)
def test_a_denial_of_all_strangers_ends_public_access(more: dict[str, Any]) -> None:
    assert public(document(allow(), deny(**more))) is False


@pytest.mark.parametrize("more", INSIDERS, ids=json.dumps)
def test_a_denial_that_strangers_do_not_meet_changes_nothing(more: dict[str, Any]) -> None:
    assert public(document(allow(), deny(**more))) is True


def test_a_denial_must_cover_each_action_that_is_allowed() -> None:
    both = allow(Action=["s3:GetObject", "s3:PutObject"])
    assert public(document(both, deny(Action="s3:Get*"))) is True
    assert public(document(both, deny(Action=["s3:Get*", "s3:Put*"]))) is False
    assert public(document(allow(Action="s3:Get*"), deny(Action="s3:Get?bject"))) is True


def test_the_public_actions_are_named_once_each() -> None:
    found = public_actions(document(allow(), allow(Action=["s3:GetObject", "s3:ListBucket"])))
    assert found == ["s3:getobject", "s3:listbucket"]
    assert public_actions(document(allow({"AWS": ROOT}))) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow({"AWS": ROOT}), [OTHER]),
        (allow({"AWS": [OTHER, OWN, f"arn:aws:iam::{OWN}:role/a"]}), [OTHER]),
        (allow({"AWS": f"arn:aws-cn:sts::{OTHER}:assumed-role/a/b"}), [OTHER]),
        (allow(), ["*"]),
        (allow(Condition=when("StringEquals", "aws:SourceAccount", OTHER, OWN)), [OTHER]),
        (allow(Condition=when("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OTHER}:*")), [OTHER]),
        (allow(Condition=when("StringEquals", "aws:PrincipalOrgID", "o-abc")), []),
        (
            allow({"AWS": ROOT}, Condition=when("StringEquals", "aws:PrincipalAccount", OWN)),
            [],
        ),
        (
            allow(
                {"Service": "s3.amazonaws.com"},
                Condition=when("StringEquals", "aws:SourceAccount", OTHER),
            ),
            [OTHER],
        ),
        (allow({"AWS": "AIDAEXAMPLE"}), []),
        (allow({"AWS": ROOT}) | {"Effect": "Deny"}, []),
    ],
)
def test_other_accounts_are_found_in_principals_and_conditions(
    statement: dict[str, Any], expected: list[str]
) -> None:
    assert other_accounts(document(statement), OWN) == expected


def test_a_service_that_acts_for_anyone_is_named_until_it_is_tied_to_an_account() -> None:
    service = {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}
    assert open_services(document(allow(service))) == ["s3.amazonaws.com", "sns.amazonaws.com"]
    tied = when("StringEquals", "aws:SourceAccount", OWN)
    assert open_services(document(allow(service, Condition=tied))) == []


def test_connections_without_tls_count_as_refused_when_everybody_is_refused_everything() -> None:
    plain = when("Bool", "aws:SecureTransport", "false")
    assert tls_only(document(deny(Condition=plain))) is True
    assert tls_only(document(deny(Condition=plain, Action="*"))) is True
    assert tls_only(document(deny(Condition=plain, Action="s3:GetObject"))) is False
    assert tls_only(document(deny(Condition=plain, Principal={"AWS": ROOT}))) is False
    assert tls_only(document(allow(Condition=plain))) is False
    assert tls_only(document(deny())) is False


ANALYSES = (public, public_actions, open_services, tls_only, lambda x: other_accounts(x, OWN))
SHAPES = (
    lambda made: made,
    json.dumps,
    lambda made: quote(json.dumps(made), safe=""),
    lambda made: {**made, "Statement": made["Statement"][0]},
    lambda made: [made],
)


@pytest.mark.parametrize("shape", SHAPES, ids=("map", "text", "encoded", "single", "list"))
def test_a_document_reads_the_same_however_it_is_kept(shape: Any) -> None:
    made = document(allow())
    for analysis in ANALYSES:
        assert analysis(shape(made)) == analysis(made)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Statement", "Effect", "Principal", "AWS", "Action", "Condition", "StringLike"]
            )
            | st.text(max_size=6),
            inner,
            max_size=4,
        )
    ),
)


@given(anything)
def test_what_is_no_policy_is_unknown_and_nothing_raises(raw: Any) -> None:
    for analysis in ANALYSES:
        analysis(raw)
        analysis({"Statement": raw})
        analysis({"Statement": {"Effect": "Allow", "Principal": raw, "Condition": raw}})
    if not isinstance(raw, dict | list | str):
        assert public(raw) is None


@given(st.lists(st.sampled_from(NARROW + WIDE), max_size=4))
def test_more_allowing_statements_never_make_a_policy_less_public(conditions: list[Any]) -> None:
    statements = [allow(Condition=condition) for condition in conditions]
    seen = [public(document(*statements[:count])) for count in range(len(statements) + 1)]
    assert seen == sorted(seen, key=bool)
