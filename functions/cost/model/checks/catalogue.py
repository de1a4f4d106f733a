"""All checks, and what they read of each type of resource."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from functions.cost.model.checks import (
    compute_aws,
    databases_aws,
    gcp,
    kept_data_aws,
    kept_data_azure,
    machines_azure,
    storage_aws,
    traffic_aws,
)
from functions.cost.model.checks.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    *compute_aws.CHECKS,
    *storage_aws.CHECKS,
    *databases_aws.CHECKS,
    *kept_data_aws.CHECKS,
    *traffic_aws.CHECKS,
    *machines_azure.CHECKS,
    *kept_data_azure.CHECKS,
    *gcp.CHECKS,
)
_BESIDE: Final = {traffic_aws.ENDPOINT: frozenset({"serviceName", "vpcEndpointType"})}
"""What is read of resources that checks look at beside their own."""


@cache
def checks_of(type_: str) -> tuple[Check, ...]:
    """The checks of a type; Azure writes its types in any case."""
    return tuple(one for one in CHECKS if type_.lower() in {each.lower() for each in one.types})


@cache
def reads_of(type_: str) -> frozenset[str]:
    """The parts of a type's configuration that any check reads, and what ties it to its network."""
    own = frozenset(key for one in checks_of(type_) for key in one.reads)
    return own | _BESIDE.get(type_, frozenset())


def types() -> Iterable[str]:
    """The types that anything is known of."""
    return sorted({each for one in CHECKS for each in (*one.types, *one.peers)})


@cache
def known(type_: str) -> bool:
    """Whether any check is about the type, or looks at it beside another."""
    return type_.lower() in {each.lower() for each in types()}
