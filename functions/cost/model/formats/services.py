"""The category of a service by its name, as far as the name tells; everything else is Other.

Facts of the clouds' own price pages and of FOCUS's list of categories.
"""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "AI and Machine Learning": (
        "bedrock", "sagemaker", "machine learning", "vertex", "cognitive", "openai", "comprehend",
        "rekognition", "textract", "polly", "translate", "speech", "gemini", "ai foundry",
    ),
    "Databases": (
        "relational database", "dynamodb", "elasticache", "documentdb", "neptune", "sql database",
        "cosmos db", "cloud sql", "bigtable", "spanner", "firestore", "memorystore", "redis",
        "redshift", "mysql", "postgresql", "mariadb", "rds", "keyspaces", "timestream", "database",
    ),
    "Analytics": (
        "athena", "glue", "kinesis", "elastic mapreduce", "opensearch", "quicksight", "bigquery",
        "dataflow", "dataproc", "databricks", "data factory", "synapse", "hdinsight", "stream",
        "event hubs", "analytics", "power bi", "looker",
    ),
    "Networking": (
        "virtual private cloud", "vpc", "cloudfront", "route 53", "load balanc", "direct connect",
        "transit gateway", "data transfer", "bandwidth", "virtual network", "vpn", "expressroute",
        "traffic manager", "azure dns", "front door", "networking", "cdn", "nat gateway",
        "global accelerator", "application gateway", "cloud dns", "interconnect",
    ),
    "Storage": (
        "simple storage", "elastic block", "elastic file", "glacier", "backup", "storage", "fsx",
        "filestore", "netapp", "managed disks",
    ),
    "Security": (
        "key management", "secrets manager", "guardduty", "inspector", "macie", "waf", "shield",
        "security", "key vault", "defender", "sentinel", "cloud armor", "firewall", "cloudhsm",
        "certificate",
    ),
    "Identity": ("cognito", "directory service", "active directory", "iam ", "identity"),
    "Integration": (
        "queue service", "notification service", "eventbridge", "step functions", "api gateway",
        "service bus", "event grid", "logic apps", "pub/sub", "api management", "mq",
    ),
    "Management and Governance": (
        "cloudwatch", "cloudtrail", "config", "systems manager", "log analytics", "azure monitor",
        "automation", "cloud logging", "cloud monitoring", "support", "cost explorer",
        "organizations", "operations",
    ),
    "Developer Tools": (
        "codebuild", "codepipeline", "codecommit", "azure devops", "cloud build", "x-ray",
        "artifact registry", "codeartifact", "github",
    ),
    "Internet of Things": ("iot",),
    "Media": ("elemental", "media", "video"),
    "Migration": ("migration", "snowball", "datasync", "transfer family", "site recovery"),
    "Business Applications": ("workmail", "connect", "workspaces app", "office 365", "microsoft 365"),
    "Web": ("app service", "amplify", "app engine", "firebase", "lightsail", "static web"),
    "Compute": (
        "elastic compute", "ec2", "lambda", "virtual machine", "compute engine", "functions",
        "container", "kubernetes", "eks", "ecs", "fargate", "cloud run", "batch", "workspaces",
        "cloud services", "spring",
    ),
}  # fmt: skip
"""Words of names in small letters; of two categories whose words a name has, the first counts."""


def category_of(name: str) -> str:
    """An expression of SQL for the category of the service whose name an expression tells."""
    cases = " ".join(
        f"WHEN regexp_matches(lower({name}), '{'|'.join(words)}') THEN '{category}'"
        for category, words in WORDS.items()
    )
    return f"CASE WHEN {name} IS NULL THEN NULL {cases} ELSE 'Other' END"
