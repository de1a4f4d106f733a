"""No collection of a tenant's is forgotten by exports and erasures, and no concern by their jobs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

from functions.identity.manifest import CONCERNS
from steward.edge.walk import Ground
from steward.manifest import ERRANDS, Access, Table, load_functions
from steward.store.collection import Collection

# Of the system tenant. What is not listed expires, or it could not be declared.
NOT_OF_A_TENANT = {"accounts", "closings", "issuers", "jwks", "signers", "tenants"}


def declared(concern: str) -> Iterator[Collection[Any]]:
    """The collections that the modules of a concern name, wherever they are declared."""
    package = importlib.import_module(f"functions.{concern}")
    for module in pkgutil.walk_packages(package.__path__, f"functions.{concern}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Collection):
                yield value


def ground_of(concern: str) -> Ground:
    """What the walk of a concern walks over."""
    walk: Any = importlib.import_module(f"functions.{concern}.handlers.walk_data")
    ground: Ground = walk.ground()
    return ground


@pytest.mark.parametrize("concern", CONCERNS)
def test_every_collection_is_walked(concern: str) -> None:
    walked = {holding.collection.name for holding in ground_of(concern).holdings}
    names = {each.name for each in declared(concern) if each.listed}
    # Whoever writes the directory's part of a tenant, identity walks over it.
    identity = ground_of("identity").holdings
    shared = {each.collection.name for each in identity if each.table == "directory"}
    own = names - NOT_OF_A_TENANT - (set() if concern == "identity" else shared)
    assert own - walked == set()


def test_every_concern_that_keeps_something_reports() -> None:
    keeping = {
        function.concern
        for function in load_functions()
        for resource in function.uses
        if isinstance(resource, Table) and resource.access is Access.READ_WRITE
    }
    walking = {
        function.concern
        for function in load_functions()
        if any(event in str(getattr(function.trigger, "pattern", "")) for event in ERRANDS)
        and function.name == "walk-data"
    }
    # The relay keeps only timers, which fire or expire; the trail seals persons, and outlives tenants.
    assert keeping - {"relay", "audit"} == walking == set(CONCERNS)
