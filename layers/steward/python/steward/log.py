"""Structured logs: an event name from a catalogue and fields; no sentence, payload or secret."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from steward.redaction import clean_line


class EdgeEvent(StrEnum):
    """What the edge itself has to say."""

    BATCH_HANDLED = "batch.handled"
    MESSAGE_DUPLICATE = "message.duplicate"
    MESSAGE_RETRIED = "message.retried"
    MESSAGE_DEAD_LETTERED = "message.dead-lettered"
    MESSAGE_UNCLAIMED = "message.unclaimed"
    TICK_HANDLED = "tick.handled"
    REQUEST_HANDLED = "request.handled"
    REQUEST_FAILED = "request.failed"
    LIMITS_UNREADABLE = "limits.unreadable"


class Log:
    """A concern's logger: one JSON object a line on standard output."""

    def __init__(self, service: str) -> None:
        self._logger = Logger(service=service, utc=True, location=None, json_serializer=_line)

    def info(self, event: StrEnum, **fields: Any) -> None:
        """Something expected happened."""
        self._logger.info(event.value, extra=fields)

    def warning(self, event: StrEnum, **fields: Any) -> None:
        """Something was refused or postponed."""
        self._logger.warning(event.value, extra=fields)

    def error(self, event: StrEnum, *, error: BaseException | None = None, **fields: Any) -> None:
        """Something is broken; the traceback goes along."""
        self._logger.error(event.value, exc_info=error, extra=fields)


def _line(record: dict[str, Any]) -> str:
    # The last place before a line leaves the process: whatever an error's text carries stays here.
    return clean_line(record, _as_json)


def _as_json(record: Any) -> str:
    return json.dumps(record, separators=(",", ":"), default=str, ensure_ascii=False)


@cache
def log_of(service: str) -> Log:
    """The logger of a concern, made once per process."""
    return Log(service)
