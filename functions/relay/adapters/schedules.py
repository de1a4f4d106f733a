"""Timers as one-shot schedules of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.relay.model import Timer, at_expression, entry_of
from steward.errors import Transient


class Scheduler:
    """`functions.relay.ports.Schedules` in one schedule group; ``bus_arn`` is where the events go."""

    def __init__(
        self, client: Callable[[], Any], *, group: str, bus_arn: str, role_arn: str
    ) -> None:
        self._client = client
        self._group = group
        self._bus_arn = bus_arn
        self._role_arn = role_arn

    def set(self, timer: Timer) -> None:
        """Let the schedule of that name be this one."""
        request = self._request(timer)
        with _vendor_errors():
            try:
                self._client().create_schedule(**request)
            except ClientError as error:
                if _code(error) != "ConflictException":
                    raise
                # Removed and made again rather than updated: the one there may fire in between.
                self.cancel(timer.name)
                self._client().create_schedule(**request)

    def cancel(self, name: str) -> None:
        """Remove the schedule, if it is there."""
        with _vendor_errors():
            try:
                self._client().delete_schedule(Name=name, GroupName=self._group)
            except ClientError as error:
                if _code(error) != "ResourceNotFoundException":
                    raise

    def _request(self, timer: Timer) -> dict[str, Any]:
        if timer.due is None or timer.event is None:
            raise TypeError(f"timer {timer.name}: cancelled, so there is nothing to schedule")
        entry = entry_of(timer.name, timer.event)
        return {
            "Name": timer.name,
            "GroupName": self._group,
            "ScheduleExpression": at_expression(timer.due),
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": self._bus_arn,
                "RoleArn": self._role_arn,
                "Input": entry.detail,
                "EventBridgeParameters": {
                    "DetailType": entry.detail_type,
                    "Source": entry.source,
                },
            },
        }


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _vendor_errors() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Transient(f"scheduler: {error}; try again") from error
