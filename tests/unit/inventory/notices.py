"""Makers of AWS envelopes for tests: the least that the documented formats hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.inventory.adapters.aws_events import (
    CONFIG_CHANGE,
    STATE_CHANGE,
    TRAIL_CALL,
    parse,
)
from functions.inventory.model.captures import captures_of
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.resource import Capture
from steward.edge.queue import envelope_of
from tests.unit.inventory.ledgers import NOW

ACCOUNT = "111122223333"
REGION = "eu-west-1"


def envelope(kind: str, detail: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": kind,
        "source": "aws.test",
        "account": ACCOUNT,
        "time": "2026-03-10T09:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": dict(detail),
        **changes,
    }


def call(service: str, name: str, **record: Any) -> dict[str, Any]:
    detail = {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/ana"},
        "eventTime": "2026-03-10T09:00:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "requestParameters": None,
        "responseElements": None,
        "eventID": "6f1c0d5e-6e6a-4a9c-8a2e-5f2f6b8b9a01",
        "readOnly": False,
        "managementEvent": True,
        **record,
    }
    return envelope(TRAIL_CALL, detail)


def item(type_name: str, id_: str, **fields: Any) -> dict[str, Any]:
    whole = {
        "awsAccountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceType": type_name,
        "resourceId": id_,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-03-10T09:00:00.123Z",
        "configurationStateId": 1773133200123,
        "configuration": {},
        "supplementaryConfiguration": {},
        "tags": {},
        "relationships": [],
        **fields,
    }
    detail = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": whole}
    return envelope(CONFIG_CHANGE, detail)


def state(name: str, instance: str = "i-0123456789abcdef0") -> dict[str, Any]:
    return envelope(STATE_CHANGE, {"instance-id": instance, "state": name})


def understood(message: Mapping[str, Any], *, now: datetime = NOW) -> tuple[Capture, ...] | Ignored:
    return captures_of(parse(envelope_of(message)), now=now)


def captured(message: Mapping[str, Any]) -> tuple[Capture, ...]:
    found = understood(message)
    assert isinstance(found, tuple), found
    return found


def only(message: Mapping[str, Any]) -> Capture:
    (capture,) = captured(message)
    return capture
