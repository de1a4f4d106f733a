"""The cloud providers, by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Final, cast

from functions.inventory.adapters.paces import Paces
from functions.inventory.ports import Provider, Providers
from steward.edge.resources import Clock, current
from steward.errors import BadInput
from steward.store.records import Store

_Make = Callable[[str, Hashable, Clock], Provider]


def providers(tenant: str) -> Providers:
    """The providers as a tenant uses them; what they keep lives as long as the process."""
    resources = current()

    def of(name: str) -> Provider:
        make = _BY_NAME.get(name)
        if make is None:
            raise BadInput(f"provider {name[:40]!r}: unknown; use one of {', '.join(_BY_NAME)}")
        return make(tenant, cast("Hashable", resources.store), resources.clock)

    return of


@lru_cache(maxsize=64)
def _aws(tenant: str, store: Hashable, clock: Clock) -> Provider:
    # boto3 takes 100 ms to import, which only functions that enter accounts should pay.
    from functions.inventory.adapters.aws_provider import Aws, Readers

    return Aws(Readers(clock), Paces(cast("Store", store)), tenant=tenant)


@lru_cache(maxsize=64)
def _azure(tenant: str, store: Hashable, clock: Clock) -> Provider:
    from functions.inventory.adapters.assertions import Assertions
    from functions.inventory.adapters.azure_provider import Azure

    assertions = Assertions(tenant, clock=clock)
    return Azure(assertions, Paces(cast("Store", store)), tenant=tenant, clock=clock)


@lru_cache(maxsize=64)
def _gcp(tenant: str, store: Hashable, clock: Clock) -> Provider:
    from functions.inventory.adapters.assertions import Assertions
    from functions.inventory.adapters.gcp_provider import Gcp

    assertions = Assertions(tenant, clock=clock)
    return Gcp(assertions, Paces(cast("Store", store)), tenant=tenant, clock=clock)


_BY_NAME: Final[Mapping[str, _Make]] = {"aws": _aws, "azure": _azure, "gcp": _gcp}
