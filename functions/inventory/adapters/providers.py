"""The cloud providers, by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Final, Protocol, cast

from functions.inventory.adapters.paces import Paces
from functions.inventory.ports import Meter, Meters, Provider, Providers
from steward.edge.resources import Clock, current
from steward.errors import BadInput
from steward.store.records import Store


class _Cloud(Provider, Meter, Protocol):
    """All that is asked of a cloud."""


def providers(tenant: str) -> Providers:
    """The providers as a tenant uses them; what they keep lives as long as the process."""
    return _clouds(tenant)


def meters(tenant: str) -> Meters:
    """The same, for what they measure."""
    return _clouds(tenant)


def _clouds(tenant: str) -> Callable[[str], _Cloud]:
    resources = current()

    def of(name: str) -> _Cloud:
        make = _BY_NAME.get(name)
        if make is None:
            raise BadInput(f"provider {name[:40]!r}: unknown; use one of {', '.join(_BY_NAME)}")
        return make(tenant, cast("Hashable", resources.store), resources.clock)

    return of


@lru_cache(maxsize=64)
def _aws(tenant: str, store: Hashable, clock: Clock) -> _Cloud:
    # boto3 takes 100 ms to import, which only functions that enter accounts should pay.
    from functions.inventory.adapters.aws_provider import Aws, Readers

    return Aws(Readers(clock), Paces(cast("Store", store)), tenant=tenant)


@lru_cache(maxsize=64)
def _azure(tenant: str, store: Hashable, clock: Clock) -> _Cloud:
    from functions.inventory.adapters.assertions import Assertions
    from functions.inventory.adapters.azure_provider import Azure

    assertions = Assertions(tenant, clock=clock)
    return Azure(assertions, Paces(cast("Store", store)), tenant=tenant, clock=clock)


@lru_cache(maxsize=64)
def _gcp(tenant: str, store: Hashable, clock: Clock) -> _Cloud:
    from functions.inventory.adapters.assertions import Assertions
    from functions.inventory.adapters.gcp_provider import Gcp

    assertions = Assertions(tenant, clock=clock)
    return Gcp(assertions, Paces(cast("Store", store)), tenant=tenant, clock=clock)


_BY_NAME: Final[Mapping[str, Callable[[str, Hashable, Clock], _Cloud]]] = {
    "aws": _aws,
    "azure": _azure,
    "gcp": _gcp,
}
