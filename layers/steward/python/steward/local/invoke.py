"""Calling a handler: from its dotted path, with AWS's event, to what its answer means."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from steward.local import shapes
from steward.local.queues import Message
from steward.local.runtime import Runtime
from steward.manifest import Function, Schedule


def handler_of(function: Function) -> Callable[[Any, Any], Any]:
    """The handler, imported at its first use."""
    return _imported(function.handler)


def queue_event(function: Function, messages: Sequence[Message]) -> Any:
    """What a function is called with for a batch: SQS records, or a schedule's own payload."""
    if isinstance(function.trigger, Schedule):
        return json.loads(messages[0].body)
    return shapes.batch_event(function, messages)


def failed_ids(result: Any) -> set[int]:
    """The messages of a batch that a handler reports as failed."""
    failures = result.get("batchItemFailures") if isinstance(result, dict) else None
    return {shapes.message_number(failure["itemIdentifier"]) for failure in failures or ()}


def settle(runtime: Runtime, queue: str, messages: Sequence[Message], failed: set[int]) -> None:
    """Acknowledge what was handled, give back what failed."""
    runtime.acknowledge(queue, [m.id for m in messages if m.id not in failed])
    for message in messages:
        if message.id in failed:
            runtime.give_back(queue, message, reason="returned", error="reported by the handler")


def describe(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"[:1000]


@cache
def _imported(path: str) -> Callable[[Any, Any], Any]:
    module, _, name = path.rpartition(".")
    handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), name)
    return handler
