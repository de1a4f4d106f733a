"""A role and its one inline policy: what may be done in its name, and no more."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.grants import Statement


def service_role(
    scope: Construct,
    construct_id: str,
    *,
    service: str,
    statements: Iterable[Statement],
    name: str | None = None,
    conditions: dict[str, object] | None = None,
) -> iam.CfnRole:
    """A role that one AWS service takes on."""
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if conditions:
        trust["Condition"] = conditions
    return _role(scope, construct_id, trust, statements, name=name)


def chained_role(
    scope: Construct,
    construct_id: str,
    *,
    by: iam.CfnRole,
    statements: Iterable[Statement],
    name: str,
    conditions: dict[str, object],
) -> iam.CfnRole:
    """A role that one other role takes on, with session tags."""
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": by.attr_arn},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": conditions,
    }
    return _role(scope, construct_id, trust, statements, name=name)


def _role(
    scope: Construct,
    construct_id: str,
    trust: dict[str, object],
    statements: Iterable[Statement],
    *,
    name: str | None,
) -> iam.CfnRole:
    return iam.CfnRole(
        scope,
        construct_id,
        role_name=name,
        assume_role_policy_document={"Version": "2012-10-17", "Statement": [trust]},
        policies=[
            iam.CfnRole.PolicyProperty(
                policy_name="grants",
                policy_document={
                    "Version": "2012-10-17",
                    "Statement": [statement.document() for statement in statements],
                },
            )
        ],
    )
