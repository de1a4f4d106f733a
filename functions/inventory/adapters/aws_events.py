"""EventBridge envelopes from AWS, parsed into notices or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from functions.inventory.model.notices import (
    ConfigChange,
    Notice,
    RawNotice,
    StateChange,
    TrailCall,
)
from steward.contracts.event import first_fault
from steward.edge import Envelope
from steward.errors import BadInput

N = TypeVar("N", bound=Notice)

CONFIG_CHANGE = "Config Configuration Item Change"
TRAIL_CALL = "AWS API Call via CloudTrail"
STATE_CHANGE = "EC2 Instance State-change Notification"
DEPTH = 64


def parse(envelope: Envelope) -> RawNotice:
    """The notice in an EventBridge envelope.

    Raises:
        BadInput: a kind of event the inventory does not take, or a broken one.
    """
    _check_text(envelope.detail)
    reader = _READERS.get(envelope.detail_type)
    if reader is None:
        raise BadInput(
            f"detail-type {envelope.detail_type[:100]!r}: the inventory takes "
            f"{', '.join(sorted(_READERS))}"
        )
    return reader(envelope)


def _config_change(envelope: Envelope) -> ConfigChange:
    detail = envelope.detail
    return _read(
        ConfigChange,
        account=envelope.account,
        message_type=detail.get("messageType"),
        item=detail.get("configurationItem"),
        summary=detail.get("configurationItemSummary"),
        delivery=detail.get("s3DeliverySummary") or {},
    )


def _trail_call(envelope: Envelope) -> TrailCall:
    return _read(TrailCall, account=envelope.account, record=envelope.detail)


def _state_change(envelope: Envelope) -> StateChange:
    return _read(
        StateChange,
        account=envelope.account,
        region=envelope.region,
        at=envelope.time,
        envelope_id=envelope.id,
        instance=envelope.detail.get("instance-id"),
        state=envelope.detail.get("state"),
    )


_READERS: dict[str, Callable[[Envelope], RawNotice]] = {
    CONFIG_CHANGE: _config_change,
    TRAIL_CALL: _trail_call,
    STATE_CHANGE: _state_change,
}


def _read(kind: type[N], **fields: Any) -> N:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise BadInput(f"{kind.__name__}: {first_fault(error)}") from error


def _check_text(detail: Mapping[str, Any]) -> None:
    try:
        json.dumps(detail, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"event: character {error.start} is half of a surrogate pair; send valid Unicode"
        ) from error
    except ValueError as error:
        raise BadInput("event: holds a number that JSON has not (NaN or infinity)") from error
    if _deeper_than(detail, DEPTH):
        raise BadInput(f"event: detail is nested more than {DEPTH} levels deep; no cloud does that")


def _deeper_than(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return False
    return levels == 0 or any(_deeper_than(one, levels - 1) for one in inner)
