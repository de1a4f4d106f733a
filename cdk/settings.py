"""The values of a function's environment: the manifest names the keys, the deployment the values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cdk.environments import Environment
from cdk.names import Names
from steward.edge.armour import NONE
from steward.manifest import (
    ALIKE,
    Bucket,
    Dataset,
    Function,
    Outboxes,
    Poke,
    Secret,
    Signer,
    StoreKind,
    Table,
    Trail,
)


class NoRelay(Exception):
    """Functions with an outbox, and no function to carry it to the bus."""


class NoTrail(Exception):
    """Functions that carry outboxes, and no function to take the audit parts."""


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
        NoTrail: a relay has nowhere to bring the audit parts.
    """
    # What a manifest proposes, the deployment may set otherwise.
    known = ALIKE | dict(function.settings) | dict(_values(function, deployment))
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
    if "TRAIL_QUEUE" in function.environment(deployment.store):
        yield "TRAIL_QUEUE", _queue_url(names.queue(_trail(deployment)), deployment)


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
            case Signer():
                yield resource.env, names.signer(resource.name)
            case Outboxes():
                yield resource.env, _outboxes(deployment)


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


def _trail(deployment: Deployment) -> Function:
    for function in deployment.functions:
        if isinstance(function.trigger, Trail):
            return function
    raise NoTrail(
        "the relays need a function with a Trail trigger to bring the audit parts to; add one to a "
        "manifest"
    )


def _outboxes(deployment: Deployment) -> str:
    # In PostgreSQL they are one table's rows, and a policy of that table's shows them.
    if deployment.store != "dynamodb":
        return "{}"
    used = {r.name for f in deployment.functions for r in f.resources if isinstance(r, Table)}
    return json.dumps({name: deployment.names.table(name) for name in sorted(used)})


def _queue_url(name: str, deployment: Deployment) -> str:
    return deployment.names.queue_url(name, suffix=deployment.url_suffix)
