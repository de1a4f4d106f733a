from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.policy.model.iam.escalation import WAYS, administrator, allows, escalations
from functions.policy.model.iam.patterns import covers, matches

PASS = "iam:PassRole"


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_way_is_open_with_all_its_actions_and_shut_without_one(way: Any) -> None:
    assert way.name in (escalations(document(allow(*way.actions))) or [])
    for missing in way.actions:
        rest = [action for action in way.actions if action != missing]
        assert way.name not in (escalations(document(allow(*rest))) or [])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_actions_of_a_way_may_come_from_several_statements_and_patterns(way: Any) -> None:
    parts = [allow(f"{action[:-2]}*") for action in way.actions]
    assert way.name in (escalations(document(*parts)) or [])
    assert way.name in (escalations([document(part) for part in parts]) or [])


def test_there_are_at_least_twenty_ways_each_with_its_own_name() -> None:
    assert len({way.name for way in WAYS}) == len(WAYS) >= 20


@pytest.mark.parametrize(
    ("resource", "is_open"),
    [
        ("*", True),
        ("arn:aws:iam::111122223333:*", True),
        ("arn:aws:iam::111122223333:policy/*", True),
        ("arn:aws:iam::*:*", True),
        ("arn:aws:iam::*", True),
        ("arn:aws:iam::111122223333:policy/orders-*", False),
        ("arn:aws:iam::111122223333:policy/orders", False),
        ([], False),
    ],
)
def test_a_grant_on_named_resources_leads_nowhere(resource: Any, is_open: bool) -> None:  # noqa: FBT001
    found = escalations(document(allow("iam:CreatePolicyVersion", resource=resource)))
    assert bool(found) is is_open


def test_writing_a_policy_into_oneself_is_a_way_up() -> None:
    own = "arn:aws:iam::111122223333:user/${aws:username}"
    found = escalations(document(allow("iam:PutUserPolicy", resource=own)))
    assert found == ["writes policies into users"]


def test_every_action_but_some_includes_the_ways_through_the_rest() -> None:
    rest = {"Effect": "Allow", "NotAction": ["iam:Create*"], "Resource": "*"}
    found = escalations(document(rest)) or []
    assert "attaches policies to users" in found
    assert "makes access keys for others" not in found


def test_every_resource_but_some_is_wide() -> None:
    rest = {
        "Effect": "Allow",
        "Action": "iam:AddUserToGroup",
        "NotResource": "arn:aws:iam::1:group/a",
    }
    assert escalations(document(rest)) == ["joins groups"]


@pytest.mark.parametrize(
    ("refusal", "is_open"),
    [
        (deny("iam:AddUserToGroup"), False),
        (deny("iam:*"), False),
        (deny("iam:*", resource="arn:aws:iam::111122223333:group/admins"), True),
        (deny("iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), True),
        (deny("iam:Create*"), True),
    ],
)
def test_a_denial_shuts_a_way_where_it_covers_it(refusal: Any, is_open: bool) -> None:  # noqa: FBT001
    found = escalations(document(allow("iam:AddUserToGroup"), refusal))
    assert bool(found) is is_open


@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        ({"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}}, False),
        ({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::1:policy/orders"}}, False),
        ({"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "orders"}}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/team": "orders"}}, True),
        ({"ForAllValues:StringEquals": {"aws:ResourceTag/team": "orders"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ({"StringNotEquals": {"aws:ResourceTag/team": "orders"}}, True),
    ],
)
def test_a_condition_counts_if_it_bounds_what_is_given(condition: Any, is_open: bool) -> None:  # noqa: FBT001
    found = escalations(document(allow("iam:AttachUserPolicy", Condition=condition)))
    assert bool(found) is is_open


@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, True),
        ({"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com"]}}, False),
        ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, True),
        ({"StringEquals": {"iam:PassedToService": "*.amazonaws.com"}}, False),
    ],
)
def test_a_role_must_be_passed_to_the_service_that_runs_it(condition: Any, is_open: bool) -> None:  # noqa: FBT001
    statements = (allow(PASS, Condition=condition), allow("ec2:RunInstances"))
    assert (escalations(document(*statements)) == ["starts instances with a role"]) is is_open


def test_passing_one_named_role_is_no_way_up() -> None:
    role = "arn:aws:iam::111122223333:role/orders"
    assert escalations(document(allow(PASS, resource=role), allow("ec2:RunInstances"))) == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((allow("*"),), True),
        ((allow("*:*"),), True),
        ((allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),), True),
        ((allow("*", resource="arn:aws:s3:::acme"),), False),
        ((allow("iam:*"),), False),
        ((deny("*"),), False),
        ((allow("*"), deny("*")), False),
        ((allow("*"), deny("s3:*")), True),
        ((allow("*", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),), False),
    ],
)
def test_an_administrator_may_do_everything_everywhere(
    statements: Any,
    expected: bool,  # noqa: FBT001  # a column
) -> None:
    assert administrator(document(*statements)) is expected


def test_an_action_is_allowed_where_no_resource_is_named() -> None:
    assert allows(document(allow("kms:Decrypt")), "kms:Decrypt") is True
    assert allows(document(allow("kms:*")), "kms:Decrypt") is True
    assert (
        allows(
            document(allow("kms:Decrypt", resource="arn:aws:kms:eu-west-1:1:key/a")), "kms:Decrypt"
        )
        is False
    )
    assert allows(document(allow("kms:Encrypt")), "kms:Decrypt") is False
    assert allows("no document", "kms:Decrypt") is None
    assert allows(document(), None) is None


def test_what_is_no_document_is_unknown() -> None:
    for raw in (None, 7, "text", {}, {"Statement": [{"Effect": "Maybe"}]}, [document(), {}]):
        assert escalations(raw) is None
        assert administrator(raw) is None


words = st.text(alphabet="ab*?", max_size=6)


def texts_of(pattern: str) -> list[str]:
    """Short texts that a pattern takes, by every choice of up to two letters for a star."""
    found = [""]
    for sign in pattern:
        choices = {"*": ["", "a", "b", "ab"], "?": ["a", "b"]}.get(sign, [sign])
        found = [text + choice for text in found for choice in choices][:200]
    return found


@given(words, words)
def test_a_pattern_that_covers_another_takes_all_its_texts(one: str, other: str) -> None:
    assert all(matches(other, text) for text in texts_of(other))
    if covers(one, other):
        assert all(matches(one, text) for text in texts_of(other))


def test_a_pattern_of_many_stars_answers_at_once() -> None:
    assert not matches("*a" * 200 + "b", "a" * 2_000)
