"""A function's role: what Lambda may do in its name, and no more."""

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
    """A role that one AWS service takes on, with one inline policy."""
    trust: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if conditions:
        trust["Condition"] = conditions
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
