"""What starts a function, on AWS: one connection for each kind of trigger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler

from cdk.constructs.function import DeployedFunction
from cdk.constructs.queue import DeadLetterQueue, WorkQueue, sender
from cdk.constructs.role import service_role
from cdk.grants import Statement, streams_of
from steward.manifest import (
    Objects,
    Poke,
    Queue,
    Queued,
    Routes,
    Schedule,
    Stream,
    Trail,
    Trigger,
)
from steward.store.tables import stream_filter

# Records that keep failing are halved and set aside; the healthy rest of the shard goes on.
STREAM_RETRIES = 5
STREAM_AGE_SECONDS = 12 * 3600
"""Half of what a stream keeps, so that a stuck record never costs its successors."""

_GROUPS = {"steward": "$.detail.tenantid", "default": "$.account"}
"""SQS's fair queues serve message groups in turn: ours by tenant, the clouds' by account."""


def connect(deployed: DeployedFunction) -> None:
    """Build what starts the function."""
    _connect(deployed.function.trigger, deployed)


@singledispatch
def _connect(trigger: Trigger, deployed: DeployedFunction) -> None:
    raise TypeError(f"function {deployed.function.id}: trigger {trigger!r} has no AWS form")


@_connect.register
def _(trigger: Queue, deployed: DeployedFunction) -> None:
    _from_bus(trigger, deployed, bus=trigger.bus, pattern=trigger.event_pattern())


@_connect.register
def _(trigger: Objects, deployed: DeployedFunction) -> None:
    bucket = deployed.setting.names.bucket(trigger.bucket)
    pattern = trigger.event_pattern()
    pattern["detail"] = {**pattern["detail"], "bucket": {"name": [bucket]}}
    _from_bus(trigger, deployed, bus="default", pattern=pattern)


@_connect.register
def _(trigger: Poke, deployed: DeployedFunction) -> None:
    # Whoever commits sends to it by its own role: the queue's policy names nobody.
    _work_queue(trigger, deployed).allow()
    _dead_letters(deployed).allow()


@_connect.register
def _(trigger: Trail, deployed: DeployedFunction) -> None:
    # The relays send to it by their own roles, as to the poked one's.
    _work_queue(trigger, deployed).allow()
    _dead_letters(deployed).allow()


@_connect.register
def _(trigger: Routes, deployed: DeployedFunction) -> None:
    """Routes are the API stack's: an API is one resource, its routes come from every concern."""


@_connect.register
def _(trigger: Schedule, deployed: DeployedFunction) -> None:
    names = deployed.setting.names
    dead_letters = _dead_letters(deployed)
    # The queue lets in whom its policy names or whose role allows it; Scheduler comes with a role.
    dead_letters.allow()
    target = deployed.resource.attr_arn
    role = service_role(
        deployed,
        "ScheduleRole",
        service="scheduler.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": names.account}},
        statements=[
            Statement("Start", ("lambda:InvokeFunction",), (target,)),
            Statement("DeadLetters", ("sqs:SendMessage",), (dead_letters.arn,)),
        ],
    )
    scheduler.CfnSchedule(
        deployed,
        "Schedule",
        name=names.function(deployed.function),
        schedule_expression=trigger.expression,
        schedule_expression_timezone=trigger.timezone,
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": target,
            "roleArn": role.attr_arn,
            "input": json.dumps(tick(deployed.function.id)),
            "deadLetterConfig": {"arn": dead_letters.arn},
        },
    )


@_connect.register
def _(trigger: Stream, deployed: DeployedFunction) -> None:
    dead_letters = _dead_letters(deployed)
    dead_letters.allow()
    for position, stream in enumerate(streams_of(trigger, deployed.setting.surroundings)):
        lambda_.CfnEventSourceMapping(
            deployed,
            f"Stream{position}",
            function_name=deployed.resource.ref,
            event_source_arn=stream,
            batch_size=trigger.batch_size,
            starting_position="TRIM_HORIZON",
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=STREAM_RETRIES,
            maximum_record_age_in_seconds=STREAM_AGE_SECONDS,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria={"filters": [{"pattern": json.dumps(stream_filter())}]},
            destination_config={"onFailure": {"destination": dead_letters.arn}},
        )


def tick(function_id: str) -> dict[str, str]:
    """What a schedule sends; Scheduler puts the due time in the place of its own keyword."""
    return {"schedule": function_id, "time": "<aws.scheduler.scheduled-time>"}


def _from_bus(
    trigger: Queue | Objects, deployed: DeployedFunction, *, bus: str, pattern: Mapping[str, Any]
) -> None:
    names = deployed.setting.names
    queue, dead_letters = _work_queue(trigger, deployed), _dead_letters(deployed)
    rule = events.CfnRule(
        deployed,
        "Rule",
        name=names.function(deployed.function),
        event_bus_name=names.bus if bus == "steward" else None,
        event_pattern=pattern,
        targets=[
            events.CfnRule.TargetProperty(
                id="queue",
                arn=queue.arn,
                dead_letter_config={"arn": dead_letters.arn},
                sqs_parameters={"messageGroupId": _GROUPS[bus]},
            )
        ],
    )
    queue.allow(sender("events.amazonaws.com", rule.attr_arn, queue.arn))
    dead_letters.allow(sender("events.amazonaws.com", rule.attr_arn, dead_letters.arn))


def _work_queue(trigger: Queued, deployed: DeployedFunction) -> WorkQueue:
    function = deployed.function
    queue = WorkQueue(
        deployed,
        "Queue",
        name=deployed.setting.names.queue(function),
        fifo=isinstance(trigger, Trail),
        visibility=int(function.visibility_timeout.total_seconds()),
        max_receives=trigger.max_receives,
        dead_letters=_dead_letters(deployed),
    )
    lambda_.CfnEventSourceMapping(
        deployed,
        "Source",
        function_name=deployed.resource.ref,
        event_source_arn=queue.arn,
        batch_size=trigger.batch_size,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximumConcurrency": trigger.max_concurrency},
    )
    return queue


def _dead_letters(deployed: DeployedFunction) -> DeadLetterQueue:
    if deployed.dead_letters is None:
        raise TypeError(f"function {deployed.function.id}: started by an event, so it needs a DLQ")
    return deployed.dead_letters
