"""Two hundred made-up rules over twenty resource types, and resources for them in any number."""

from __future__ import annotations

import random
from typing import Any

import yaml

from functions.policy.model.facts import facts_of
from functions.policy.model.rule import Pack
from functions.policy.model.rule_file import read_rule

TYPES = tuple(
    f"AWS::{name}"
    for name in (
        "EC2::Instance", "EC2::Volume", "EC2::SecurityGroup", "EC2::Subnet", "EC2::VPC",
        "S3::Bucket", "RDS::DBInstance", "RDS::DBCluster", "Lambda::Function", "IAM::Role",
        "IAM::User", "KMS::Key", "SQS::Queue", "SNS::Topic", "ECS::Service", "EKS::Cluster",
        "DynamoDB::Table", "Logs::LogGroup", "CloudTrail::Trail", "ApiGateway::RestApi",
    )
)  # fmt: skip
CONDITIONS = (
    "configuration.encryption.enabled == false",
    "configuration.network.publicAccess == true && !has(tags.Public)",
    'configuration.encryption.algorithm in ["none", "aes128"]',
    'configuration.kind.startsWith("legacy-")',
    "configuration.backup.retentionDays < 7",
    'configuration.network.rules.exists(r, r.cidr == "0.0.0.0/0" && r.port == 22)',
    'configuration.logging.orElse("off") == "off"',
    'now - timestamp(configuration.createdAt) > duration("900d")',
    '!("Owner" in tags) || tags.Owner.matches("^temp")',
    "size(configuration.network.rules) > 5 || configuration.replicas == 0",
)
RULES = len(TYPES) * len(CONDITIONS)


def pack() -> Pack:
    """The rules: ten of each type."""
    return Pack(
        read_rule(_rule(kind, number, condition), "<text>")
        for kind in TYPES
        for number, condition in enumerate(CONDITIONS)
    )


def _rule(kind: str, number: int, condition: str) -> str:
    document = {
        "id": f"{kind.lower().replace('aws::', '').replace('::', '-')}-{number}",
        "title": "A made-up rule",
        "severity": "medium",
        "resources": [kind],
        "when": condition,
        "message": "{resource.name} of {resource.account} breaks it.",
        "remediation": "Mend it.",
    }
    return yaml.safe_dump(document, width=10_000)


def resources(count: int, *, seed: int = 11) -> dict[str, list[dict[str, Any]]]:
    """So many resources by type, in the shape that rules read."""
    chance = random.Random(seed)
    made: dict[str, list[dict[str, Any]]] = {kind: [] for kind in TYPES}
    for number in range(count):
        kind = TYPES[number % len(TYPES)]
        made[kind].append(facts_of(document(number, chance), resource_type=kind))
    return made


def document(number: int, chance: random.Random) -> dict[str, Any]:
    """One resource."""
    rules = [
        {"cidr": chance.choice(("10.0.0.0/8", "0.0.0.0/0")), "port": chance.choice((22, 80, 443))}
        for _ in range(chance.randint(0, 4))
    ]
    tags = {"Name": f"n{number}", "Owner": chance.choice(("ana", "temp-1"))}
    return {
        "native_id": f"r-{number:012x}",
        "tags": tags if chance.random() < 0.8 else {"Name": f"n{number}"},  # noqa: PLR2004
        "configuration": {
            "encryption": {"enabled": chance.random() < 0.9, "algorithm": "aes256"},  # noqa: PLR2004
            "network": {"publicAccess": chance.random() < 0.1, "rules": rules},  # noqa: PLR2004
            "kind": chance.choice(("standard", "standard", "legacy-1")),
            "backup": {"retentionDays": chance.choice((7, 14, 30, 1))},
            "createdAt": f"202{chance.randint(3, 6)}-01-01T00:00:00Z",
            "replicas": chance.randint(0, 3),
            **{f"field{at}": f"value {at} of {number}" for at in range(20)},
        },
    }
