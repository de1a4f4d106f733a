"""Findings in the AWS Security Finding Format, as `BatchImportFindings` takes them.

Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from functions.policy.model.status import ACTIVE
from steward.contracts.policy import FindingStatus, FindingView
from steward.errors import BadInput

SCHEMA: Final = "2018-10-08"
_TITLE, _TEXT, _REQUIREMENTS = 256, 512, 32
_DESCRIPTION: Final = 1024
_GLOBAL: Final = "us-east-1"
_WORKFLOW: Final[Mapping[FindingStatus, str]] = MappingProxyType(
    {
        "in_review": "NOTIFIED",
        "remediating": "NOTIFIED",
        "waived": "SUPPRESSED",
        "false_positive": "SUPPRESSED",
        "resolved": "RESOLVED",
    }
)
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AWS::S3::Bucket": "AwsS3Bucket",
        "AWS::EC2::Instance": "AwsEc2Instance",
        "AWS::EC2::SecurityGroup": "AwsEc2SecurityGroup",
        "AWS::EC2::Volume": "AwsEc2Volume",
        "AWS::EC2::VPC": "AwsEc2Vpc",
        "AWS::IAM::Role": "AwsIamRole",
        "AWS::IAM::User": "AwsIamUser",
        "AWS::KMS::Key": "AwsKmsKey",
        "AWS::Lambda::Function": "AwsLambdaFunction",
        "AWS::RDS::DBInstance": "AwsRdsDbInstance",
    }
)
"""What Security Hub has a word of its own for, of the most frequent; the rest is ``Other``."""


def asff(finding: FindingView) -> dict[str, Any]:
    """A finding on an AWS resource, as the default product of the resource's account.

    Raises:
        BadInput: the resource is another provider's, which the format has no place for.
    """
    if finding.provider != "aws":
        raise BadInput(
            f"finding {finding.id}: its resource is of {finding.provider}; ASFF takes those of AWS, "
            "so export the others as ocsf, sarif or csv"
        )
    region = finding.region if finding.region not in ("", "global") else _GLOBAL
    product = f"arn:aws:securityhub:{region}:{finding.account}:product/{finding.account}/default"
    seen = finding.first_seen_at or finding.opened_at
    return {
        "SchemaVersion": SCHEMA,
        "Id": f"steward/{finding.id}",
        "ProductArn": product,
        "ProductName": "Steward",
        "GeneratorId": f"steward/{finding.rule_id}",
        "AwsAccountId": finding.account,
        "Region": region,
        "Types": ["Software and Configuration Checks"],
        "FirstObservedAt": seen.isoformat(),
        "LastObservedAt": (finding.last_seen_at or finding.updated_at).isoformat(),
        "CreatedAt": seen.isoformat(),
        "UpdatedAt": finding.updated_at.isoformat(),
        "Severity": {"Label": _label(finding), "Original": finding.severity},
        "Title": finding.rule_title[:_TITLE],
        "Description": (finding.message or finding.rule_title)[:_DESCRIPTION],
        "Remediation": {"Recommendation": {"Text": finding.remediation[:_TEXT]}},
        "Resources": [_resource(finding, region)],
        "Compliance": _compliance(finding),
        "Workflow": {"Status": _WORKFLOW.get(finding.status, "NEW")},
        "RecordState": "ARCHIVED" if finding.status == "resolved" else "ACTIVE",
        "ProductFields": {"steward/status": finding.status, "steward/risk": str(_score(finding))},
    }


def _label(finding: FindingView) -> str:
    return "INFORMATIONAL" if finding.severity == "info" else finding.severity.upper()


def _score(finding: FindingView) -> int:
    return 0 if finding.risk is None else finding.risk.score


def _resource(finding: FindingView, region: str) -> dict[str, Any]:
    return {
        "Type": _TYPES.get(finding.resource_type, "Other"),
        "Id": finding.resource_arn or finding.resource_id,
        "Partition": "aws",
        "Region": region,
        **({"Tags": dict(finding.tags)} if finding.tags else {}),
    }


def _compliance(finding: FindingView) -> dict[str, Any]:
    named = [f"{name} {control}" for name, ids in finding.controls.items() for control in ids]
    # A finding may be resolved because its rule or resource is gone, which is no pass.
    failed = finding.status in ACTIVE or finding.status == "waived"
    return {
        "Status": "FAILED" if failed else "NOT_AVAILABLE",
        **({"RelatedRequirements": named[:_REQUIREMENTS]} if named else {}),
    }
