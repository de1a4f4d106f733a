"""All checks, and what they read of each type of resource."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from functions.cost.model.checks import azure, gcp, storage_aws
from functions.cost.model.checks.check import Check

CHECKS: Final[tuple[Check, ...]] = (*storage_aws.CHECKS, *azure.CHECKS, *gcp.CHECKS)


@cache
def checks_of(type_: str) -> tuple[Check, ...]:
    """The checks of a type; Azure writes its types in any case."""
    return tuple(one for one in CHECKS if type_.lower() in {each.lower() for each in one.types})


@cache
def reads_of(type_: str) -> frozenset[str]:
    """The parts of a type's configuration that any check reads, and what ties it to its network."""
    return frozenset(key for one in checks_of(type_) for key in one.reads)


def types() -> Iterable[str]:
    """The types that anything is known of."""
    return sorted({each for one in CHECKS for each in (*one.types, *one.peers)})


@cache
def known(type_: str) -> bool:
    """Whether any check is about the type, or looks at it beside another."""
    return type_.lower() in {each.lower() for each in types()}
