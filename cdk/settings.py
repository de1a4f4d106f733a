"""The values of a function's environment: the manifest names the keys, the deployment the values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdk.environments import Environment
from cdk.names import Names
from steward.edge.armour import NONE
from steward.manifest import Bucket, Dataset, Function, Poke, Secret, StoreKind, Table


class NoRelay(Exception):
    """Functions with an outbox, and no function to carry it to the bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What of the deployment a function's environment names."""

    names: Names
    store: StoreKind
    store_address: str
    """``dynamodb``, or the URL of the PostgreSQL database."""
    url_suffix: str
    functions: tuple[Function, ...]
    environment: Environment


def values(function: Function, deployment: Deployment) -> dict[str, str]:
    """The environment: exactly the manifest's keys, each with its value here.

    Raises:
        NoRelay: the store needs a relay queue, and no manifest has the function behind it.
    """
    # What a manifest proposes, the deployment may set otherwise.
    known = dict(function.settings) | dict(_values(function, deployment))
    return {key: known[key] for key in function.environment(deployment.store)}


def _values(function: Function, deployment: Deployment) -> Iterator[tuple[str, str]]:
    names = deployment.names
    yield "STEWARD_FUNCTION", function.id
    yield "STEWARD_STORE", deployment.store_address
    yield "STEWARD_ENV", names.env
    yield "STEWARD_BUS", names.bus
    yield "CLAIMS_BUCKET", names.bucket("claims")
    yield "DATA_ROLE", names.role_arn(names.data_role(function))
    yield "DEAD_LETTER_QUEUE", _queue_url(names.dead_letters(function), deployment)
    yield from _armour(deployment)
    yield from _resources(function, deployment)
    if "RELAY_QUEUE" in function.environment(deployment.store):
        yield "RELAY_QUEUE", _queue_url(names.function(_relay(deployment)), deployment)


def _armour(deployment: Deployment) -> Iterator[tuple[str, str]]:
    where, names = deployment.environment, deployment.names
    gateway = f".execute-api.{names.region}.{deployment.url_suffix}"
    yield "STEWARD_HOSTS", " ".join(where.hosts) or gateway
    yield "STEWARD_LIMITS", where.limits
    yield "STEWARD_ORIGINS", " ".join(where.origins) or NONE
    yield "STEWARD_PROXIES", " ".join(where.proxies) or NONE
    yield "STEWARD_ISSUER_ALLOW", ",".join(where.private_issuers) or NONE
    yield "STEWARD_PUBLIC_URL", where.public_url or NONE
    yield "STEWARD_SIGN_IN", where.sign_in or NONE


def _resources(function: Function, deployment: Deployment) -> Iterator[tuple[str, str]]:
    names = deployment.names
    for resource in function.resources:
        match resource:
            case Table():
                yield resource.env, _table(resource, deployment)
            case Bucket():
                yield resource.env, names.bucket(resource.name)
            case Dataset():
                yield resource.env, names.bucket("lake")
            case Secret():
                yield resource.env, names.secret(resource.name)


def _table(table: Table, deployment: Deployment) -> str:
    # One database holds every concern: there its own name tells the tables apart.
    return deployment.names.table(table.name) if deployment.store == "dynamodb" else table.name


def _relay(deployment: Deployment) -> Function:
    for function in deployment.functions:
        if isinstance(function.trigger, Poke):
            return function
    raise NoRelay(
        f"store {deployment.store!r} needs a function with a Poke trigger to carry the outboxes; "
        "add one to a manifest"
    )


def _queue_url(name: str, deployment: Deployment) -> str:
    return deployment.names.queue_url(name, suffix=deployment.url_suffix)
