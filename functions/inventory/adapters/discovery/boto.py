"""An account's APIs through boto3's clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import create_loader

from functions.inventory.adapters.discovery.errors import failure
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.discovery import Call

Clients: TypeAlias = Callable[[str, str], Any]
"""A client of boto3's, by the service's name and the region."""


class BotoCloud:
    """`Cloud` through clients that live as long as this."""

    def __init__(
        self, clients: Clients, *, regions_of: Callable[[str], frozenset[str]] | None = None
    ) -> None:
        self._make = clients
        self._clients: dict[tuple[str, str], Any] = {}
        self._regions_of = regions_of or endpoints

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        try:
            method = getattr(self._client(call.service, call.region), xform_name(call.operation))
            answer: dict[str, Any] = method(**call.parameters)
        except (ClientError, BotoCoreError, ValueError) as error:
            there = self._regions_of(call.service)
            known = not there or call.region in there
            raise failure(error, call, endpoint=known) from error
        return {key: one for key, one in answer.items() if key != "ResponseMetadata"}

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service, as far as botocore knows."""
        return self._regions_of(service)

    def _client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._make(service, region)
        return self._clients[key]


@cache
def endpoints(service: str) -> frozenset[str]:
    """The regions of a service's endpoints by botocore's own list; empty for those it does not list."""
    from botocore.session import get_session

    session = get_session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition_name=partition)
    )


@cache
def paginators(service: str) -> Mapping[str, Any]:
    """How the listings of a service go on, by operation, from botocore's data."""
    from botocore.exceptions import UnknownServiceError

    try:
        known: dict[str, Any] = create_loader().load_service_model(service, "paginators-1")
    except (UnknownServiceError, BotoCoreError):
        return {}
    pagination: dict[str, Any] = known["pagination"]
    return pagination


@cache
def shapes(service: str) -> Shapes:
    """The converters of a service's answers."""
    from botocore.model import ServiceModel

    return Shapes(ServiceModel(create_loader().load_service_model(service, "service-2"), service))
