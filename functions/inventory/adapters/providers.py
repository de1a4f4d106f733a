"""The cloud providers, by name."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import cast

from functions.inventory.adapters.paces import Paces
from functions.inventory.ports import Provider, Providers
from steward.edge.resources import Clock, current
from steward.errors import BadInput
from steward.store.records import Store

NAMES = ("aws", "azure", "gcp")


def providers(tenant: str) -> Providers:
    """The providers as a tenant uses them; what they keep lives as long as the process."""
    resources = current()

    def of(name: str) -> Provider:
        if name == "aws":
            return _aws(tenant, cast("Hashable", resources.store), resources.clock)
        raise BadInput(f"provider {name[:40]!r}: accounts of it cannot be entered yet; use aws")

    return of


@lru_cache(maxsize=64)
def _aws(tenant: str, store: Hashable, clock: Clock) -> Provider:
    # boto3 takes 100 ms to import, which only functions that enter accounts should pay.
    from functions.inventory.adapters.aws_provider import Aws, Readers

    return Aws(Readers(clock), Paces(cast("Store", store)), tenant=tenant)
