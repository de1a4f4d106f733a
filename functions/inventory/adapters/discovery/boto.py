"""An account's APIs through boto3's clients."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakSet

import orjson
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import JSONFileLoader, create_loader
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session
from botocore.utils import parse_timestamp

from functions.inventory.adapters.discovery.errors import failure
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.discovery import Call

Clients: TypeAlias = Callable[[str, str], Any]
"""A client of boto3's, by the service's name and the region."""


# What botocore's parsers raise over answers that are none is whatever comes of reading them.
_FAILURES = (ClientError, BotoCoreError, ResponseParserError, ValueError, LookupError, TypeError)


class BotoCloud:
    """`Cloud` through clients of boto3's, which ``clients`` is asked for at each call and had better keep."""

    def __init__(
        self, clients: Clients, *, regions_of: Callable[[str], frozenset[str]] | None = None
    ) -> None:
        self._clients = clients
        self._regions_of = regions_of or endpoints
        self._heeded: WeakSet[Any] = WeakSet()

    def ask(self, call: Call) -> Mapping[str, Any]:
        """The parsed answer to one call.

        Raises:
            Refused: it will fail however often it is tried.
            Interrupted: it may work later.
        """
        try:
            method = getattr(self._client(call.service, call.region), xform_name(call.operation))
            answer: dict[str, Any] = method(**call.parameters)
        except _FAILURES as error:
            there = self._regions_of(call.service)
            known = not there or call.region in there
            raise failure(error, call, endpoint=known) from error
        return {key: one for key, one in answer.items() if key != "ResponseMetadata"}

    def regions_of(self, service: str) -> frozenset[str]:
        """The regions that have an endpoint of a service, as far as botocore knows."""
        return self._regions_of(service)

    def _client(self, service: str, region: str) -> Any:
        client = self._clients(service, region)
        if client not in self._heeded:
            # Once per client, however often it is registered under this name.
            client.meta.events.register("after-call.*.*", _readable, unique_id="steward-readable")
            self._heeded.add(client)
        return client


class Unreadable(BotoCoreError):  # type: ignore[misc] # botocore has no types
    """An answer that is none of the API's."""

    fmt = "the answer is none of the API's: it begins with {start!r}"


def _readable(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Refuse a page that is none of the API's and from which botocore therefore read nothing.

    A busy proxy's excuse would be an empty listing otherwise, and everything taken for deleted.
    """
    members = model.output_shape.members if model.output_shape else {}
    # Streamed answers have not been read yet, and must not be here.
    if model.has_streaming_output or parsed.keys() & members.keys():
        return
    content: bytes = getattr(http_response, "content", b"").lstrip()
    if not content:
        return
    markup = re.match(rb"(?i)<(!doctype )?html", content) is not None
    if markup or (_speaks_json(model) and not _is_json(content)):
        raise Unreadable(start=content[:40].decode("utf-8", "replace"))


def _speaks_json(model: Any) -> bool:
    protocol: str = model.service_model.metadata.get("protocol", "")
    return protocol.endswith("json")


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


@cache
def botocore_session() -> Session:
    """One session for the process: it keeps the service models that it has read."""
    session = get_session()
    loader = create_loader(session.get_config_variable("data_path"))
    loader.file_loader = Files()
    session.register_component("data_loader", loader)
    return tolerant(session)


class Files(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads botocore's data a few times as fast as botocore does: EC2's model alone is 3 MB."""

    def load_file(self, file_path: str) -> Any:
        """What is in the file of that name, which may be compressed; None when there is none."""
        plain, small = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return orjson.loads(plain.read_bytes())
        return orjson.loads(gzip.decompress(small.read_bytes())) if small.is_file() else None


def tolerant(session: Any) -> Any:
    """A session of botocore's whose clients keep an instant that they cannot read, as the text it is.

    Without, one malformed timestamp makes a whole page of resources unreadable.
    """
    factory = session.get_component("response_parser_factory")
    factory.set_parser_defaults(timestamp_parser=_instant)
    return session


_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


def _instant(value: Any) -> Any:
    try:
        # As nearly all of them are written; what reads any spelling takes thirty times as long.
        if isinstance(value, str) and _ISO.fullmatch(value):
            return datetime.fromisoformat(value)
        return parse_timestamp(value)
    except (ValueError, OverflowError):
        return value


@cache
def endpoints(service: str) -> frozenset[str]:
    """The regions of a service's endpoints by botocore's own list; empty for those it does not list."""
    session = botocore_session()
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
        known: dict[str, Any] = _models().load_service_model(service, "paginators-1")
    except (UnknownServiceError, BotoCoreError):
        return {}
    pagination: dict[str, Any] = known["pagination"]
    return pagination


@lru_cache(maxsize=16)
def shapes(service: str) -> Shapes:
    """The converters of a service's answers."""
    from botocore.model import ServiceModel

    return Shapes(ServiceModel(_models().load_service_model(service, "service-2"), service))


def _models() -> Any:
    # The one that clients are made with: another one would read every model, and look for all, again.
    return botocore_session().get_component("data_loader")
