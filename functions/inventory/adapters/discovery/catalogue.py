"""The catalogue's files, one per service, read when their service is asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from functions.inventory.model.catalogue import Service

FOLDER = Path(__file__).parents[2] / "catalogue"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def services() -> tuple[str, ...]:
    """The names of all services, by the names of their files."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def service(name: str) -> Service:
    """A service's rows.

    Raises:
        FileNotFoundError: the catalogue has no such service.
        ValidationError: its file is not as it should be.
    """
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    # The safe loader, in C where there is one.
    return Service.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506


def types() -> frozenset[str]:
    """Every type of the catalogue."""
    return frozenset(row.type for name in services() for row in service(name).types)
