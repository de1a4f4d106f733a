"""The frameworks that ship with the concern, from their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from functions.policy.model.controls import Framework, order, read_framework

SHIPPED = Path(__file__).parent.parent / "controls"


@cache
def frameworks() -> Mapping[str, Framework]:
    """The frameworks by id, in the order that rules name them.

    Raises:
        RuleError: a file of one is broken.
    """
    found = [read_framework(path.read_text("utf-8"), path.name) for path in files()]
    return MappingProxyType(
        {each.id: each for each in sorted(found, key=lambda one: order(one.id))}
    )


def files() -> Iterator[Path]:
    """The files of the frameworks."""
    yield from sorted(SHIPPED.glob("*.yaml"))
