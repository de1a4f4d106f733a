"""AWS partitions, by the names of their regions."""

from __future__ import annotations

from collections.abc import Sequence

# Source: AWS documentation, "AWS partitions"; a partition's global services answer in its home region.
_PARTITIONS = (
    ("cn-", "aws-cn", "cn-north-1"),
    ("us-gov-", "aws-us-gov", "us-gov-west-1"),
    ("us-iso-", "aws-iso", "us-iso-east-1"),
    ("us-isob-", "aws-iso-b", "us-isob-east-1"),
    ("eusc-", "aws-eusc", "eusc-de-east-1"),
    ("", "aws", "us-east-1"),
)

HOMES = {name: home for _, name, home in _PARTITIONS}
"""The region in which a partition's global services answer."""


def partition_of(region: str) -> str:
    """The partition that a region lies in."""
    return next(name for prefix, name, _ in _PARTITIONS if region.startswith(prefix))


def home_of(regions: Sequence[str]) -> str:
    """The region in which the global services of these regions' partition answer."""
    first = regions[0] if regions else ""
    return next(home for prefix, _, home in _PARTITIONS if first.startswith(prefix))
