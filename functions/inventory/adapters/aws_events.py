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
from steward.errors import BadInput

N = TypeVar("N", bound=Notice)

CONFIG_CHANGE = "Config Configuration Item Change"
TRAIL_CALL = "AWS API Call via CloudTrail"
STATE_CHANGE = "EC2 Instance State-change Notification"


def parse(message: Mapping[str, Any]) -> RawNotice:
    """The notice in an EventBridge envelope.

    Raises:
        BadInput: not an envelope, a kind of event the inventory does not take, or a broken one.
    """
    _check_text(message)
    kind = _text(message, "detail-type")
    detail = message.get("detail")
    if not isinstance(detail, Mapping):
        raise BadInput(f"event of detail-type {kind!r}: detail is no object; send it as AWS sends it")
    if kind not in _READERS:
        raise BadInput(
            f"detail-type {kind[:100]!r}: the inventory takes {', '.join(sorted(_READERS))}"
        )
    return _READERS[kind](message, detail)


def _config_change(message: Mapping[str, Any], detail: Mapping[str, Any]) -> ConfigChange:
    return _read(
        ConfigChange,
        account=_text(message, "account"),
        message_type=_text(detail, "messageType"),
        item=detail.get("configurationItem"),
        summary=detail.get("configurationItemSummary"),
        delivery=detail.get("s3DeliverySummary") or {},
    )


def _trail_call(message: Mapping[str, Any], detail: Mapping[str, Any]) -> TrailCall:
    return _read(TrailCall, account=_text(message, "account"), record=dict(detail))


def _state_change(message: Mapping[str, Any], detail: Mapping[str, Any]) -> StateChange:
    return _read(
        StateChange,
        account=_text(message, "account"),
        region=_text(message, "region"),
        at=_text(message, "time"),
        envelope_id=_text(message, "id"),
        **dict(detail),
    )


_READERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], RawNotice]] = {
    CONFIG_CHANGE: _config_change,
    TRAIL_CALL: _trail_call,
    STATE_CHANGE: _state_change,
}


def _read(kind: type[N], **fields: Any) -> N:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise BadInput(f"{kind.__name__}: {first_fault(error)}") from error


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if isinstance(value, str) and value:
        return value
    if "eventSource" in message and "eventName" in message:
        raise BadInput(
            f"bare trail record {str(message.get('eventID'))[:60]!r}: without an envelope nobody vouches "
            "for its account; send it through EventBridge"
        )
    if "invokingEvent" in message:
        raise BadInput(
            f"invocation of Config rule {str(message.get('configRuleName'))[:60]!r}: not a change; "
            f"send the rule {CONFIG_CHANGE!r} events instead"
        )
    raise BadInput(f"event: {name} is missing or no text; send it as EventBridge does")


def _check_text(message: Mapping[str, Any]) -> None:
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"event: character {error.start} is half of a surrogate pair; send valid Unicode"
        ) from error
