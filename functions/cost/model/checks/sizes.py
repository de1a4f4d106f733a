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


# By the dollars an hour of Linux on demand in us-east-1, of the size large of both: m3 0.133, m4 0.10 and m6a
# 0.0864; c3 0.105, c4 0.10 (xlarge 0.199) and c6a 0.0765 (0.153); r3 0.166, r4 0.133 and r6a 0.1134; t2
# 0.0928 and t3a 0.0752. Source: https://aws.amazon.com/ec2/pricing/on-demand/
AWS_NEWER: Final = {
    "m3": Successor("m6a", "0.35"),
    "m4": Successor("m6a", "0.136"),
    "c3": Successor("c6a", "0.27"),
    "c4": Successor("c6a", "0.23"),
    "r3": Successor("r6a", "0.31"),
    "r4": Successor("r6a", "0.147"),
    "t2": Successor("t3a", "0.19"),
}
# In us-central1 an hour of n1-standard-2 is 0.095 dollars and of n2d-standard-2 0.0845, before sustained use.
# Source: https://cloud.google.com/compute/all-pricing
GCP_NEWER: Final = {
    "n1": Successor("n2d", "0.11"),
}
# By the number in the first two generations' names, the family and processors of the same. Source: Microsoft
# Learn, "Dv2 and DSv2-series": 1 to 5 have 3.5 GiB a processor as D has 4, 11 to 15 have 7 GiB as E has 8.
_AZURE_SAME: Final = {
    2: "D2", 3: "D4", 4: "D8", 5: "D16", 11: "E2", 12: "E4", 13: "E8", 14: "E16", 15: "E20",
}  # fmt: skip
_AZURE_FIRST: Final = re.compile(r"Standard_D(S?)(\d+)(?:_v2)?(?:_Promo)?", re.IGNORECASE)


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


def azure_newer(kind: str) -> str | None:
    """The size of the fifth generation that is as large as one of the first two; None for all others."""
    found = _AZURE_FIRST.fullmatch(kind)
    same = None if found is None else _AZURE_SAME.get(int(found[2]))
    if found is None or same is None:
        return None
    return f"Standard_{same}{found[1].lower()}_v5"
