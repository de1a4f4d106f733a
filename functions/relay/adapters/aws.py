"""The relay's clients, each made at its first use, and the names they are made with."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Any

from functions.relay.adapters.event_bus import EventBridge
from functions.relay.adapters.outboxes import PokeQueue
from functions.relay.adapters.schedules import Scheduler
from functions.relay.adapters.trail import TrailQueue


def event_bus() -> EventBridge:
    """Steward's bus."""
    return EventBridge(_client("events"), name=os.environ["STEWARD_BUS"])


def schedules(function_arn: str, *, environment: str) -> Scheduler:
    """The group of one-shot schedules, named as the deployment names it.

    The function's own ARN tells partition, region and account.
    """
    _, partition, _, region, account, *_ = function_arn.split(":")
    timers = f"steward-{environment}-timers"
    return Scheduler(
        partial(_client, "scheduler"),
        group=timers,
        bus_arn=f"arn:{partition}:events:{region}:{account}:event-bus/{os.environ['STEWARD_BUS']}",
        role_arn=f"arn:{partition}:iam::{account}:role/{timers}",
    )


def pokes() -> PokeQueue:
    """The relay's own queue."""
    return PokeQueue(_client("sqs"), url=os.environ["RELAY_QUEUE"])


def trail() -> TrailQueue:
    """The audit trail's queue."""
    return TrailQueue(_client("sqs"), url=os.environ["TRAIL_QUEUE"])


@cache
def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # One attempt each: the relay itself tries again, for as long as the invocation lasts.
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=10)
    return boto3.client(service, config=config)
