"""What the clouds say, in the envelope that raw events have at Steward; nothing is decided here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

Envelope: TypeAlias = dict[str, Any]
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")


class NotAnEvent(ValueError):  # as the rest of Steward names its errors
    """A message says not what it is about: which member is missing."""


def of_event_grid(
    event: Mapping[str, Any], *, resource: Mapping[str, Any] | None = None
) -> Envelope:
    """An Event Grid event, in its own schema or as a CloudEvent, with the resource as it is now.

    Raises:
        NotAnEvent: it has no id, or names no subscription.
    """
    about = str(event.get("subject") or _member(event, "data").get("resourceUri") or "")
    found = _SUBSCRIPTION.search(about) or _SUBSCRIPTION.search(
        str(event.get("topic") or event.get("source") or "")
    )
    if found is None:
        raise NotAnEvent(f"event of {about[:120]!r}: names no subscription")
    return _envelope(
        "azure",
        found[1].lower(),
        id_=_required(event, "id"),
        source="azure.eventgrid",
        kind=str(event.get("eventType") or event.get("type") or ""),
        at=event.get("eventTime") or event.get("time"),
        detail={"event": event, **({"resource": resource} if resource else {})},
    )


def of_change(row: Mapping[str, Any]) -> Envelope:
    """A row of Resource Graph's ``resourcechanges``.

    Raises:
        NotAnEvent: it has no id, or is about nothing.
    """
    properties = _member(row, "properties")
    about = str(properties.get("targetResourceId") or "")
    found = _SUBSCRIPTION.search(about)
    if found is None:
        raise NotAnEvent(f"change of {about[:120]!r}: names no subscription")
    return _envelope(
        "azure",
        found[1].lower(),
        id_=_required(row, "id"),
        source="azure.resourcechanges",
        kind=str(properties.get("changeType") or "Update"),
        at=_member(properties, "changeAttributes").get("timestamp"),
        detail=row,
    )


def of_audit(event_id: str, entry: Mapping[str, Any], projects: Mapping[str, str]) -> Envelope:
    """An entry of Cloud Audit Logs, as Eventarc's CloudEvents carry it.

    Raises:
        NotAnEvent: it names no project.
    """
    payload = _member(entry, "protoPayload")
    labels = _member(_member(entry, "resource"), "labels")
    project = labels.get("project_id") or _project(
        str(payload.get("resourceName") or ""), str(entry.get("logName") or "")
    )
    if not project:
        raise NotAnEvent(f"audit entry {event_id[:80]!r}: names no project")
    return _envelope(
        "gcp",
        projects.get(str(project), str(project)),
        id_=event_id,
        source="gcp.audit",
        kind=str(payload.get("methodName") or ""),
        at=entry.get("timestamp"),
        detail=entry,
    )


def of_asset(message: Mapping[str, Any], projects: Mapping[str, str]) -> Envelope:
    """A message of an asset feed: the asset as it is now, or that it is gone.

    What it was before is left out: the inventory knows that, and it doubles the message.

    Raises:
        NotAnEvent: it holds no asset, or one of no project.
    """
    asset = _member(message, "asset")
    name = _required(asset, "name")
    project = _project(name, *(str(one) for one in asset.get("ancestors") or ()))
    if not project:
        raise NotAnEvent(f"asset {name[:120]!r}: belongs to no project")
    at = _member(message, "window").get("startTime") or asset.get("updateTime")
    kept = {key: one for key, one in message.items() if not key.startswith("priorAsset")}
    if projects:
        kept["projects"] = dict(projects)
    return _envelope(
        "gcp",
        projects.get(project, project),
        id_=_digest(
            name, str(at), str(message.get("deleted", False)), str(asset.get("updateTime"))
        ),
        source="gcp.asset",
        kind="deleted" if message.get("deleted") else "changed",
        at=at,
        detail=kept,
    )


def _envelope(
    provider: str,
    account: str,
    *,
    id_: str,
    source: str,
    kind: str,
    at: object,
    detail: Mapping[str, Any],
) -> Envelope:
    return {
        "id": id_[:512],
        "provider": provider,
        "account": account,
        "source": source,
        "kind": kind or "unknown",
        "at": instant(at),
        "detail": dict(detail),
    }


def instant(value: object) -> str:
    """The instant as RFC 3339 with a zone and at most microseconds.

    Raises:
        NotAnEvent: it is none.
    """
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(value or ""))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAnEvent(f"time {text[:40]!r}: is no instant") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def size_of(envelope: Envelope) -> int:
    """The bytes that an envelope takes in a delivery."""
    return len(json.dumps(envelope, separators=(",", ":")).encode())


def _project(*names: str) -> str | None:
    found = (match[1] for name in names if (match := _PROJECT.search(name)))
    return next((one for one in found if one not in {"_", "-"}), None)


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _required(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found:
        raise NotAnEvent(f"{name}: is missing; it is no event without one")
    return found


def _digest(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()
