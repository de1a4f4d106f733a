"""cdk-nag's findings that are accepted, each with the reason: one table, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, NagPack, ServerlessChecks


@dataclass(frozen=True, slots=True)
class Accepted:
    """Findings of one kind in one kind of place: both are patterns over the whole text."""

    finding: str
    path: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether this is the finding that was accepted."""
        return bool(
            re.fullmatch(self.finding, finding.id) and re.fullmatch(self.path, finding.path)
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one resource."""

    id: str
    path: str
    description: str


_EDGE = (
    "the edge checks a hashed API key and the route's permission in the function, on every store"
)

ACCEPTED = (
    Accepted(
        r"AwsSolutions-APIG2",
        r"[^/]+-api/Rest/Resource",
        "webhook bodies are opaque bytes under a signature: a schema here would have to be each "
        "sender's; the function verifies, then parses with pydantic",
    ),
    Accepted(
        r"AwsSolutions-APIG3",
        r"[^/]+-api/Rest/DeploymentStage\.public/Resource",
        "a web ACL is 5 USD a month at no traffic; every request is authenticated by signature, and "
        "the stage is throttled. Reconsider with the first abuse that throttling does not absorb",
    ),
    Accepted(r"AwsSolutions-APIG4", r"[^/]+-api/(Route|Rest/).*", f"no authorizer: {_EDGE}"),
    Accepted(
        r"AwsSolutions-COG4",
        r"[^/]+-api/Rest/.*/ANY/Resource",
        "the callers are Slack, GitHub and other services, which sign; they have no Cognito user",
    ),
    Accepted(
        r"AwsSolutions-IAM4\[Policy::.*/AmazonAPIGatewayPushToCloudWatchLogs\]",
        r"[^/]+-api/Rest/CloudWatchRole/Resource",
        "API Gateway documents this policy for its account-wide logging role; it writes logs only",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::\*\]|Serverless-LambdaStarPermissions",
        r".+/Role",
        "calls that take no resource; cdk/grants.py lists each with its reason, and "
        "cdk/checks.py refuses any other",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:.*:(secretsmanager:.*:secret:steward/[^*]+|ses:.*:identity)/\*\]",
        r".+/Role",
        "named at run time: one secret per endpoint below one prefix; the sender addresses that "
        "SES has verified for the account",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:.*:iam::\*:role/Steward\*\]",
        r".+/Role",
        "the accounts that tenants claim are known at run time alone; each role there asks for an "
        "external id made up for its claim",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:.*:logs:.*:log-group:[^*]+:log-stream:\*\]",
        r".+/(Role|FlowLogRole)",
        "streams of its own log group, named by Lambda and VPC at run time",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:.*:s3:::steward-[^*]+/<aws:PrincipalTag/tenant>/\*\]",
        r".+/DataRole",
        "objects below the prefix of the session's own tenant; their keys are made at run time",
    ),
    Accepted(
        r"AwsSolutions-IAM5\[Resource::arn:.*:"
        r"(scheduler:[^*]+:schedule/steward-[a-z]+-timers|kms:[^*]+:key)/\*\]",
        r".+/Role",
        "one-shot timers of a schedule group that holds nothing else, named by their keys; keys, whose "
        "ids KMS makes up, where a condition on the alias lets the one signing key through",
    ),
    Accepted(
        r"AwsSolutions-RDS10",
        r"steward-dev-foundation/Database/Cluster",
        "development is thrown away and made anew; staging and production are protected",
    ),
    Accepted(
        r"AwsSolutions-SMG4",
        r"[^/]+-foundation/Secret.+",
        "values that Slack, GitHub or a customer issued: they are rotated there and put in by hand; "
        "and one that seals personal data for as long as there is any, so that it must not change",
    ),
    Accepted(
        r"Serverless-LambdaDLQ",
        r".+/Function",
        "functions behind an API are called synchronously: the caller sees the failure. "
        "cdk/checks.py refuses it for any other",
    ),
    Accepted(
        r"Serverless-LambdaEventSourceMappingDestination",
        r".+/Source",
        "Lambda offers no destination for SQS sources; the queue's redrive policy has that part",
    ),
    Accepted(
        r"Serverless-SQSRedrivePolicy",
        r".+/DeadLetters/Queue",
        "the end of the line: a dead letter waits fourteen days for a human, under two alarms",
    ),
)


def check(app: App) -> list[Finding]:
    """Acknowledge what is accepted, attach the packs to the app, and return what is left."""
    packs: list[NagPack] = [AwsSolutionsChecks(app), ServerlessChecks(app)]
    found = [finding for pack in packs for finding in _findings(app, pack)]
    for finding in found:
        accepted = next((row for row in ACCEPTED if row.covers(finding)), None)
        if accepted is not None:
            _acknowledge(app, finding, accepted.reason)
    Validations.of(app).add_plugins(*packs)
    return found


def unaccepted(findings: list[Finding]) -> list[Finding]:
    """The findings that no row covers."""
    return [f for f in findings if not any(row.covers(f) for row in ACCEPTED)]


def unused(findings: list[Finding]) -> list[Accepted]:
    """The rows that cover nothing."""
    return [row for row in ACCEPTED if not any(row.covers(finding) for finding in findings)]


def _findings(app: App, pack: NagPack) -> Iterator[Finding]:
    report = pack.validate_scope(app)
    for violation in report.violations:
        for resource in violation.violating_resources:
            path = resource.construct_path or ""
            yield Finding(violation.rule_name, path, violation.description)


def _acknowledge(app: App, finding: Finding, reason: str) -> None:
    construct = app.node.find_child(finding.path.split("/")[0])
    for part in finding.path.split("/")[1:]:
        construct = construct.node.find_child(part)
    Validations.of(construct).acknowledge(Acknowledgment(id=finding.id, reason=reason))
