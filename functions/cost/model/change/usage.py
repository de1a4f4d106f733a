"""What nobody can read from a plan: how much something will be used. Named, so that anybody can say other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from steward.errors import BadInput

DEFAULTS: Final[Mapping[str, Decimal]] = {
    "aws.lambda.requests": Decimal(1_000_000),
    "aws.lambda.duration_ms": Decimal(200),
    "aws.nat.data_gb": Decimal(100),
    "aws.lb.capacity_units": Decimal(1),
    "aws.s3.stored_gb": Decimal(100),
    "aws.s3.writes": Decimal(10_000),
    "aws.s3.reads": Decimal(100_000),
    "aws.efs.stored_gb": Decimal(100),
    "aws.logs.ingested_gb": Decimal(10),
    "aws.dynamodb.stored_gb": Decimal(10),
    "aws.dynamodb.reads": Decimal(1_000_000),
    "aws.dynamodb.writes": Decimal(1_000_000),
    "azure.storage.stored_gb": Decimal(100),
    "azure.nat.data_gb": Decimal(100),
    "gcp.storage.stored_gb": Decimal(100),
}
"""A month's use of one resource, unless the caller says other."""


def usage_of(said: Iterable[str]) -> dict[str, Decimal]:
    """The usage to reckon with: the defaults, with those that are said as ``name=value``.

    Raises:
        BadInput: no such name, or no number.
    """
    found = dict(DEFAULTS)
    for one in said:
        name, _, text = one.partition("=")
        if name not in DEFAULTS:
            raise BadInput(f"usage {name[:80]!r}: is none; use one of {', '.join(DEFAULTS)}")
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0:
            raise BadInput(f"usage {name}: {text[:40]!r} is no amount; write a number of 0 or more")
        found[name] = value
    return found
