"""The checks of our own find what they are for, and nothing in a sound template."""

from __future__ import annotations

from typing import Any

import pytest

from cdk.checks import problems


def _role(**statement: Any) -> dict[str, Any]:
    body = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/k"]}
    document = {"Statement": [body | statement]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [{"PolicyDocument": document}]},
    }


def _function(role: str, **more: Any) -> dict[str, Any]:
    body = {"Role": {"Fn::GetAtt": [role, "Arn"]}, **more}
    return {"Type": "AWS::Lambda::Function", "Properties": body}


def _source(function: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"FunctionName": {"Ref": function}},
    }


SOUND = {
    "Role": _role(),
    "OtherRole": _role(Action=["xray:PutTraceSegments"], Resource=["*"]),
    "Function": _function("Role", DeadLetterConfig={"TargetArn": "arn"}),
    "Other": _function("OtherRole"),
    "Source": _source("Function"),
    "Refusal": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "PolicyDocument": {
                "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]
            }
        },
    },
}

PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "a star action": (
        {"Role": _role(Action=["s3:*"])},
        "stack: Role allows 's3:*'; name each action",
    ),
    "a partial star action": (
        {"Role": _role(Action="dynamodb:Batch*")},
        "stack: Role allows 'dynamodb:Batch*'; name each action",
    ),
    "everything as the resource": (
        {"Role": _role(Resource="*")},
        "stack: Role allows 's3:GetObject' on everything; name the resource",
    ),
    "an open door": (
        {
            "Refusal": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "PolicyDocument": {
                        "Statement": [
                            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:Send"}
                        ]
                    }
                },
            }
        },
        "stack: Refusal lets anyone in; add a condition",
    ),
    "a shared role": (
        {"Other": _function("Role")},
        "stack: Other shares its role with another function; give it one of its own",
    ),
    "no dead letters": (
        {"Function": _function("Role")},
        "stack: Function is started by events and has no dead-letter queue",
    ),
}


def test_a_sound_template_has_no_problems() -> None:
    assert problems({"stack": {"Resources": SOUND}}) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_problem_is_found(planted: str) -> None:
    change, problem = PLANTED[planted]
    assert problem in problems({"stack": {"Resources": SOUND | change}})
