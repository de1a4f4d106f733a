"""A queue with its dead-letter queue: encrypted, TLS only, and who may send to them."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_sqs as sqs
from constructs import Construct

# SQS's longest: a dead letter waits for a human.
_FORTNIGHT = 14 * 24 * 3600
# Shorter by far: a message keeps its age when it moves to the dead letters of a standard queue.
_FOUR_DAYS = 4 * 24 * 3600


class DeadLetterQueue(Construct):
    """Where a function's failed messages are kept, with the reason, until they are dealt with."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, fifo: bool = False
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.CfnQueue(
            self,
            "Queue",
            queue_name=name,
            message_retention_period=_FORTNIGHT,
            sqs_managed_sse_enabled=True,
            **_order(fifo=fifo),
        )
        self.arn = self.queue.attr_arn

    def allow(self, *senders: dict[str, Any]) -> None:
        """Refuse whoever comes without TLS; allow these senders."""
        _policy(self, self.queue, *senders)


class WorkQueue(Construct):
    """A function's queue; what is received too often moves to its dead letters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        visibility: int,
        max_receives: int,
        dead_letters: DeadLetterQueue,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.CfnQueue(
            self,
            "Queue",
            queue_name=name,
            visibility_timeout=visibility,
            message_retention_period=_FOUR_DAYS,
            sqs_managed_sse_enabled=True,
            redrive_policy={
                "deadLetterTargetArn": dead_letters.arn,
                "maxReceiveCount": max_receives,
            },
            **_order(fifo=fifo),
        )
        self.arn = self.queue.attr_arn

    def allow(self, *senders: dict[str, Any]) -> None:
        """Refuse whoever comes without TLS; allow these senders."""
        _policy(self, self.queue, *senders)


def _order(*, fifo: bool) -> dict[str, Any]:
    # Order and repeats are a message group's own affair: groups do not wait for each other.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
    if not fifo:
        return {}
    return {
        "fifo_queue": True,
        "deduplication_scope": "messageGroup",
        "fifo_throughput_limit": "perMessageGroupId",
    }


def sender(service: str, source_arn: str, queue_arn: str) -> dict[str, Any]:
    """Let a service send to a queue in the name of one of our resources."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }


def _policy(scope: Construct, queue: sqs.CfnQueue, *senders: dict[str, Any]) -> None:
    refusal = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.attr_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    sqs.CfnQueuePolicy(
        scope,
        "Policy",
        queues=[queue.ref],
        policy_document={"Version": "2012-10-17", "Statement": [refusal, *senders]},
    )
