"""What is metered, by one name wherever it is: a bill and a price file word the same meter differently."""

from __future__ import annotations

import re
from typing import Final

# EUC1-, USW2-, APN1-, CAN1-, EU-, UGW1-; Virginia has none. Source: AWS, "Understanding usage types".
_AWS_REGION: Final = re.compile(r"[A-Z]{2,4}[0-9]{0,2}-(?=[A-Z])")
# "N2 Instance Core running in Frankfurt", "SSD backed PD Capacity in Frankfurt"
_GCP_PLACE: Final = re.compile(r" (running )?in [A-Z][\w ()-]*$")
_LICENSED: Final = re.compile(r"RunInstances:\w+|CreateDBInstance:\w+")


# What several services of AWS meter by the same name, and at other prices.
_AMBIGUOUS: Final = frozenset({"TimedStorage-ByteHrs", "Request", "Request-ARM"})
_SERVICES: Final = (
    ("s3", ("AmazonS3", "Simple Storage Service")),
    ("dynamodb", ("DynamoDB",)),
    ("logs", ("CloudWatch",)),
    ("efs", ("AmazonEFS", "Elastic File System")),
    ("ecr", ("ECR", "Container Registry")),
    ("lambda", ("Lambda",)),
)


def meter_of(
    provider: str, text: str, operation: str | None = None, service: str | None = None
) -> str:
    """The meter, without its place; with the operation where that makes the price (a licence, an engine).

    A name that several services of AWS have is told apart by the service: ``s3/TimedStorage-ByteHrs``.
    """
    plain = " ".join(text.split())
    if provider == "aws":
        plain = _AWS_REGION.sub("", plain, count=1)
        if operation is not None and _LICENSED.fullmatch(operation):
            plain = f"{plain}/{operation}"
        if plain in _AMBIGUOUS:
            plain = f"{_short(service or '')}{plain}"
    elif provider == "gcp":
        plain = _GCP_PLACE.sub("", plain)
    return plain


def _short(service: str) -> str:
    found = (short for short, words in _SERVICES if any(word in service for word in words))
    return "".join(f"{short}/" for short in (next(found, ""),) if short)


PROVIDERS: Final = {
    "aws": "aws",
    "amazon web services": "aws",
    "amazon web services, inc.": "aws",
    "microsoft": "azure",
    "microsoft azure": "azure",
    "azure": "azure",
    "google cloud": "gcp",
    "google cloud platform": "gcp",
    "google": "gcp",
    "gcp": "gcp",
}
"""How bills call the clouds, in lower case."""
