"""Kinds of machines by their names: the next smaller one, and the one that came after."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# Each is half of the next one. Source: https://aws.amazon.com/ec2/instance-types/
_AWS_SIZES: Final = (
    "nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge",
    "16xlarge", "32xlarge",
)  # fmt: skip
_AWS_HALVES: Final = {"24xlarge": "12xlarge", "48xlarge": "24xlarge", "12xlarge": "6xlarge"}
_AWS_SMALL: Final = re.compile(r"t\d+\w*|[a-z]+\d+g[a-z]*|m[1-3]|a1")
_AWS_SIXES: Final = re.compile(r"[gpi]\d\w*")
_AZURE: Final = re.compile(r"(Standard_[A-Z]{1,2})(\d+)(\D.*)?", re.IGNORECASE)
_AZURE_LEAST: Final = 2
_GCP: Final = re.compile(r"([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d+)")
_GCP_LEAST: Final = 2


class Successor(NamedTuple):
    """A newer family, and the share of the price that it costs less, by the published prices."""

    family: str
    cheaper: str


# On-demand prices of Linux in us-east-1 at the clouds' own pages, the same size of each.
AWS_NEWER: Final = {
    "m3": Successor("m6a", "0.35"),
    "m4": Successor("m6a", "0.136"),
    "c3": Successor("c6a", "0.27"),
    "c4": Successor("c6a", "0.23"),
    "r3": Successor("r6a", "0.31"),
    "r4": Successor("r6a", "0.147"),
    "t2": Successor("t3a", "0.19"),
}
# Of the D and E families, whose sizes were cut anew in between: what is left of it in every region.
AZURE_NEWER: Final = {
    "": Successor("v5", "0.10"),
    "v2": Successor("v5", "0.15"),
}
GCP_NEWER: Final = {
    "n1": Successor("n2d", "0.11"),
}


def aws_smaller(kind: str) -> str | None:
    """The next smaller size of an instance type: half of everything; None where there is none."""
    family, _, size = kind.rpartition(".")
    plain = family.removeprefix("db.").removeprefix("cache.")
    if size in _AWS_HALVES:
        has = size != "12xlarge" or _AWS_SIXES.fullmatch(plain)
        return f"{family}.{_AWS_HALVES[size]}" if has else None
    if size not in _AWS_SIZES[1:]:
        return None
    smaller = _AWS_SIZES[_AWS_SIZES.index(size) - 1]
    if smaller in _AWS_SIZES[:4] and not _AWS_SMALL.fullmatch(plain):
        return None
    least = _AWS_SIZES[2] if family.startswith("db.") else _AWS_SIZES[0]
    below = _AWS_SIZES.index(smaller) < _AWS_SIZES.index(least)
    return None if below else f"{family}.{smaller}"


def azure_smaller(kind: str) -> str | None:
    """The size with half as many processors; None where there is none."""
    found = _AZURE.fullmatch(kind)
    if found is None or int(found[2]) < _AZURE_LEAST * 2 or int(found[2]) % 2:
        return None
    return f"{found[1]}{int(found[2]) // 2}{found[3] or ''}"


def gcp_smaller(kind: str) -> str | None:
    """The machine type with half as many processors; None where there is none."""
    found = _GCP.fullmatch(kind)
    if found is None or int(found[3]) < _GCP_LEAST * 2 or int(found[3]) % 2:
        return None
    return f"{found[1]}-{found[2]}-{int(found[3]) // 2}"


def azure_generation(kind: str) -> str | None:
    """The generation at the end of a size of the D and E families; empty for the first one."""
    found = re.fullmatch(r"Standard_[DE]S?\d+(-\d+)?[a-z]*(_(v\d+))?", kind, re.IGNORECASE)
    return None if found is None else (found[3] or "").lower()
