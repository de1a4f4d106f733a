from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.inventory.model.ignored import Ignored
from functions.inventory.model.resource import Effect, Facts
from functions.inventory.model.trail import records
from functions.inventory.model.trail.shapes import SHAPES
from functions.inventory.model.trail.table import Rule
from tests.unit.inventory.ledgers import Book
from tests.unit.inventory.notices import ACCOUNT, REGION, call, captured, only, understood

GROUP = "sg-0a1b2c3d"
WORLD = {"cidrIp": "0.0.0.0/0"}
ROWS = [
    pytest.param(source, rule, id=f"{source.partition('.')[0]}-{rule.event}-{rule.type or 'any'}")
    for (source, _), rules in records.RULES.items()
    for rule in rules
]


def after(*messages: dict[str, Any]) -> Facts:
    book = Book.fresh()
    for number, message in enumerate(messages):
        message["detail"]["eventID"] = f"event-{number}"
        message["detail"]["eventTime"] = f"2026-03-10T09:00:{number:02d}Z"
        book.take(*captured(message))
    return book.facts(captured(messages[-1])[0])


def permission(port: int, *ranges: dict[str, str]) -> dict[str, Any]:
    return {
        "groupId": GROUP,
        "ipPermissions": {
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": port,
                    "toPort": port,
                    "groups": {},
                    "ipRanges": {"items": list(ranges)},
                    "ipv6Ranges": {},
                    "prefixListIds": {},
                }
            ]
        },
    }


def authorize(port: int, *ranges: dict[str, str]) -> dict[str, Any]:
    return call("ec2", "AuthorizeSecurityGroupIngress", requestParameters=permission(port, *ranges))


def revoke(port: int, *ranges: dict[str, str]) -> dict[str, Any]:
    return call("ec2", "RevokeSecurityGroupIngress", requestParameters=permission(port, *ranges))


def test_the_table_knows_at_least_sixty_calls() -> None:
    assert len(records.RULES) >= 60


@pytest.mark.parametrize(("source", "rule"), ROWS)
def test_every_row_takes_known_shapes_into_known_places(source: str, rule: Rule) -> None:
    assert source.endswith(".amazonaws.com")
    assert rule.type == "" or rule.type.startswith("AWS::")
    for take in rule.takes:
        assert take.shape in SHAPES
        assert take.path.startswith(("/configuration", "/tags"))
        assert (take.constant is not None) != bool(take.origin)


@pytest.mark.parametrize(("source", "rule"), ROWS)
def test_a_row_without_what_it_needs_makes_nothing_up(source: str, rule: Rule) -> None:
    found = understood(call(source.partition(".")[0], rule.event))
    assert isinstance(found, Ignored)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "key", "value", "Key", "Rule", "groupId", "cidrIp"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@settings(max_examples=30, deadline=None)
@given(value=ODD)
def test_no_shape_fails_on_odd_input(shape: str, value: Any) -> None:
    SHAPES[shape](value)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([row.values for row in ROWS]),
    st.dictionaries(
        st.sampled_from(
            ["groupId", "bucketName", "userName", "keyId", "name", "instanceId", "volumeId", "tags"]
        ),
        ODD,
    ),
    ODD,
)
def test_no_call_with_odd_parameters_breaks_the_inventory(
    row: Any, request: dict[str, Any], response: Any
) -> None:
    source, rule = row
    message = call(
        source.partition(".")[0],
        rule.event,
        requestParameters={"groupId": GROUP, "bucketName": "b", "userName": "u", **request},
        responseElements=response if isinstance(response, dict) else None,
    )
    found = understood(message)
    if isinstance(found, tuple):
        Book.fresh().take(*found)


@pytest.mark.parametrize("items", [["i-1"], [{"instanceId": "i-1", "tagSet": "x"}], [[]], [None]])
def test_a_list_of_odd_machines_breaks_nothing(items: list[Any]) -> None:
    found = understood(
        call("ec2", "RunInstances", responseElements={"instancesSet": {"items": items}})
    )
    if isinstance(found, tuple):
        Book.fresh().take(*found)


def test_an_opened_port_stands_in_the_permissions_as_aws_config_writes_them() -> None:
    facts = after(authorize(22, WORLD))
    assert facts.configuration["ipPermissions"] == [
        {
            "ipProtocol": "tcp",
            "fromPort": 22,
            "toPort": 22,
            "ipv4Ranges": [WORLD],
            "ipRanges": ["0.0.0.0/0"],
            "ipv6Ranges": [],
            "prefixListIds": [],
            "userIdGroupPairs": [],
        }
    ]


def test_a_closed_port_is_gone_and_its_neighbour_stays() -> None:
    facts = after(authorize(22, WORLD), authorize(443, WORLD), revoke(22, WORLD))
    assert [one["fromPort"] for one in facts.configuration["ipPermissions"]] == [443]


def test_closing_a_port_to_one_range_leaves_the_others_open() -> None:
    office = {"cidrIp": "198.51.100.0/24"}
    facts = after(authorize(22, WORLD, office), revoke(22, WORLD))
    assert facts.configuration["ipPermissions"][0]["ipRanges"] == ["198.51.100.0/24"]


def test_a_rule_closed_by_its_id_is_taken_from_the_answer() -> None:
    closed = call(
        "ec2",
        "RevokeSecurityGroupIngress",
        requestParameters={
            "groupId": GROUP,
            "securityGroupRuleIds": {"items": [{"securityGroupRuleId": "sgr-1"}]},
        },
        responseElements={
            "_return": True,
            "revokedSecurityGroupRuleSet": {
                "items": [
                    {
                        "securityGroupRuleId": "sgr-1",
                        "groupId": GROUP,
                        "isEgress": False,
                        "ipProtocol": "tcp",
                        "fromPort": 22,
                        "toPort": 22,
                        "cidrIpv4": "0.0.0.0/0",
                    }
                ]
            },
        },
    )
    assert after(authorize(22, WORLD), closed).configuration["ipPermissions"] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([22, 443]), st.integers(0, 3)), max_size=6))
def test_whatever_was_opened_can_be_closed_again(opened: list[tuple[int, int]]) -> None:
    ranges = [(port, {"cidrIp": f"10.{n}.0.0/16"}) for port, n in opened]
    steps = [authorize(p, r) for p, r in ranges] + [revoke(p, r) for p, r in reversed(ranges)]
    if steps:
        assert after(*steps).configuration["ipPermissions"] == []


def test_started_machines_are_read_from_the_list_one_by_one() -> None:
    machines = [{"instanceId": f"i-{n:017x}", "instanceState": {"name": "pending"}} for n in (1, 2)]
    found = captured(
        call("ec2", "RunInstances", responseElements={"instancesSet": {"items": machines}})
    )
    assert [one.subject.native_id for one in found] == [m["instanceId"] for m in machines]
    assert (
        after(
            call("ec2", "RunInstances", responseElements={"instancesSet": {"items": machines[:1]}})
        ).state
        == "pending"
    )


def test_tags_go_to_the_resources_that_the_ids_name() -> None:
    found = captured(
        call(
            "ec2",
            "CreateTags",
            requestParameters={
                "resourcesSet": {"items": [{"resourceId": "i-1"}, {"resourceId": "vol-1"}]},
                "tagSet": {"items": [{"key": "Owner", "value": "ana"}]},
            },
        )
    )
    assert [one.subject.type for one in found] == ["AWS::EC2::Instance", "AWS::EC2::Volume"]
    book = Book.fresh().take(*found)
    assert book.facts(found[1]).tags == {"Owner": "ana"}


def test_removed_tags_leave_the_others() -> None:
    target = {"resourcesSet": {"items": [{"resourceId": "i-1"}]}}
    both = {"items": [{"key": "a/b", "value": "1"}, {"key": "c", "value": "2"}]}
    facts = after(
        call("ec2", "CreateTags", requestParameters={**target, "tagSet": both}),
        call(
            "ec2", "DeleteTags", requestParameters={**target, "tagSet": {"items": [{"key": "a/b"}]}}
        ),
    )
    assert facts.tags == {"c": "2"}


def test_a_bucket_is_protected_as_aws_config_would_say() -> None:
    block = {"xmlns": "http://s3", "BlockPublicAcls": True, "RestrictPublicBuckets": "true"}
    facts = after(
        call("s3", "CreateBucket", requestParameters={"bucketName": "logs"}),
        call(
            "s3",
            "PutBucketPublicAccessBlock",
            requestParameters={"bucketName": "logs", "PublicAccessBlockConfiguration": block},
        ),
        call(
            "s3",
            "PutBucketEncryption",
            requestParameters={
                "bucketName": "logs",
                "ServerSideEncryptionConfiguration": {
                    "Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
                },
            },
        ),
    )
    assert facts.arn == "arn:aws:s3:::logs"
    assert facts.configuration["supplementary"] == {
        "PublicAccessBlockConfiguration": {"blockPublicAcls": True, "restrictPublicBuckets": True},
        "ServerSideEncryptionConfiguration": {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]
        },
    }


def test_an_attached_policy_stands_once_however_often_it_is_attached() -> None:
    attach = {"userName": "ana", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    facts = after(
        call("iam", "AttachUserPolicy", requestParameters=attach),
        call("iam", "AttachUserPolicy", requestParameters=attach),
    )
    assert [p["policyName"] for p in facts.configuration["attachedManagedPolicies"]] == [
        "AdministratorAccess"
    ]


def test_identities_are_global_wherever_the_call_was_made() -> None:
    capture = only(call("iam", "DeleteUser", requestParameters={"userName": "ana"}))
    assert (capture.subject.region, capture.effect) == ("global", Effect.DELETED)


@pytest.mark.parametrize(
    "name", ["CreateFunction20150331", "CreateFunction20150331v2", "CreateFunction"]
)
def test_the_version_in_a_call_s_name_does_not_matter(name: str) -> None:
    capture = only(call("lambda", name, responseElements={"functionName": "bill"}))
    assert capture.subject.type == "AWS::Lambda::Function"
    assert capture.edits[0].value == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bill"


@pytest.mark.parametrize(
    "reported", ["1234abcd-12ab-34cd", "arn:aws:kms:x:1:key/1234abcd-12ab-34cd"]
)
def test_a_key_is_the_same_by_id_and_by_arn(reported: str) -> None:
    capture = only(call("kms", "DisableKey", requestParameters={"keyId": reported}))
    assert capture.subject.native_id == "1234abcd-12ab-34cd"


def test_the_actor_says_who_from_where_and_with_which_tool() -> None:
    actor = only(call("s3", "DeleteBucket", requestParameters={"bucketName": "b"})).actor
    assert actor is not None
    assert (actor.who, actor.from_ip, actor.tool) == (
        f"arn:aws:iam::{ACCOUNT}:user/ana",
        "198.51.100.7",
        "aws-cli/2.15",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"errorCode": "AccessDenied"}, "the call failed with AccessDenied"),
        ({"readOnly": True}, "only reads"),
        ({"readOnly": None, "eventName": "DescribeInstances"}, "only reads"),
        ({"eventName": "StartBilling"}, "no rule for StartBilling"),
        ({"requestParameters": {}}, "names no resource"),
    ],
)
def test_a_call_of_no_consequence_says_why(changes: dict[str, Any], reason: str) -> None:
    found = understood(call("ec2", "DeleteVolume", **changes))
    assert isinstance(found, Ignored)
    assert reason in found.reason
