"""The main loop as one family: raw cloud events in, resources, findings and signed messages out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from steward.identity import DEFAULT_TENANT, Role
from steward.identity.keys import KeyRing
from steward.local.pump import Pump
from steward.manifest import Queue, load_functions
from tests.simulation.crash import Family

DAY = Path(__file__).parents[2] / "events" / "aws" / "day" / "envelopes.jsonl"
LATE_ACCOUNT = "210000000022"


def envelopes(*, count: int) -> list[dict[str, Any]]:
    """A mix of the recorded day: the first of each kind and of the account that is added late."""
    every = [json.loads(line) for line in DAY.read_text("utf-8").splitlines()]
    handled = [each for each in every if each["source"] in ("aws.config", "aws.ec2", "aws.s3")]
    late = [each for each in handled if each["account"] == LATE_ACCOUNT][: count // 4]
    early = [each for each in handled if each["account"] != LATE_ACCOUNT][: count - len(late)]
    return early + late + early[:2]


def estate(webhook_url: str, *, count: int) -> Family:
    """Every queue function of the main loop, with one webhook endpoint for all findings."""
    functions = tuple(f for f in load_functions() if set(f.stores) == {"dynamodb", "aurora"})
    return Family("estate", functions, _feed(webhook_url, count))


def queue_functions(family: Family) -> set[str]:
    """The functions that queues feed, by id."""
    return {f.id for f in family.functions if isinstance(f.trigger, Queue)}


def _feed(webhook_url: str, count: int) -> Callable[[Pump], None]:
    def feed(pump: Pump) -> None:
        ring = KeyRing(pump.store, pump.clock)
        key, _ = ring.issue(tenant=DEFAULT_TENANT, role=Role.ADMIN, name="simulation")
        first = envelopes(count=count)
        for account in sorted({each["account"] for each in first} - {LATE_ACCOUNT}):
            _post(pump, key, "inventory", "accounts", {"provider": "aws", "account": account})
        pump.drain()
        made = _post(
            pump,
            key,
            "notify",
            "endpoints",
            {"name": "ops", "destination": {"kind": "webhook", "url": webhook_url}},
        )
        route = {"name": "all", "endpoint_id": made["endpoint"]["id"], "filter": {}}
        _post(pump, key, "notify", "routes", route)
        late = [each for each in first if each["account"] == LATE_ACCOUNT]
        pump.put_raw(*late)
        pump.drain()
        _post(pump, key, "inventory", "accounts", {"provider": "aws", "account": LATE_ACCOUNT})
        # It is routed here: whether its release or the day's events are first is nobody's promise.
        pump.step()
        pump.put_raw(*(each for each in first if each["account"] != LATE_ACCOUNT))

    return feed


def _post(pump: Pump, key: str, concern: str, noun: str, body: dict[str, Any]) -> Any:
    path = f"/api/v1/{concern}/{noun}"
    event = {
        "version": "2.0",
        "routeKey": f"ANY {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"authorization": f"Bearer {key}", "content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": path},
            "requestId": "simulation",
            "stage": "$default",
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    api = noun if noun == "accounts" else concern
    answer = pump.invoke(f"{concern}.{api}-api", event)
    if answer["statusCode"] >= 300:  # 2xx
        raise AssertionError(answer["body"])
    return json.loads(answer["body"])
