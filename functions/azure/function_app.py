"""Steward's function app in Azure: what Event Grid and Resource Graph tell goes to the control plane."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import azure.functions as func

from steward.courier.blobs import RemoteFile
from steward.courier.envelopes import NotAnEvent, of_change, of_event_grid
from steward.courier.graph import Bookmark, Graph
from steward.courier.post import Courier, File
from steward.courier.settings import settings_from
from steward.courier.tokens import EntraTokens, entra_from

app = func.FunctionApp()
log = logging.getLogger("steward.azure")
WRITTEN = "Microsoft.Resources.ResourceWriteSuccess"
_STORAGE = "https://storage.azure.com/"
_STORAGE_VERSION = "2024-11-04"


@dataclass(frozen=True, slots=True)
class Office:
    """What the functions of this instance share."""

    courier: Courier
    graph: Graph
    bookmark: Bookmark
    tokens: EntraTokens


@cache
def office() -> Office:
    """The office that the environment describes."""
    environ = os.environ  # noqa: TID251  # the composition root of the app
    settings = settings_from(environ)
    tokens = entra_from(environ, settings)
    manager = environ.get("STEWARD_RESOURCE_MANAGER", "https://management.azure.com")
    return Office(
        Courier(settings, tokens),
        Graph(manager, tokens.managed),
        Bookmark(settings.spool / "changes-read"),
        tokens,
    )


@app.event_grid_trigger(arg_name="event")
def resource_event(event: func.CloudEvent) -> None:
    """A resource was written, deleted or acted upon."""
    plain = plain_of(event)
    written = plain["type"] == WRITTEN
    resource = office().graph.resource(str(plain["subject"])) if written else None
    try:
        envelope = of_event_grid(plain, resource=resource)
    except NotAnEvent as error:
        log.warning("event set aside: %s", error)
        return
    office().courier.deliver([envelope])


@app.timer_trigger(arg_name="tick", schedule="0 */5 * * * *")
def change_feed(tick: func.TimerRequest) -> None:
    """What Resource Graph saw change: also what no event told, with before and after."""
    if tick.past_due:
        log.info("the change feed is read late")
    desk = office()
    now = datetime.now(UTC)  # noqa: TID251  # the composition root of the app
    rows = desk.graph.changes(desk.bookmark.since(now))
    desk.courier.deliver(of_change(row) for row in rows if _tells(row))
    desk.bookmark.set(now)


@app.event_grid_trigger(arg_name="event")
def cost_export(event: func.CloudEvent) -> None:
    """A file of a cost export was written: it goes on as a stream, with its checksum."""
    plain = plain_of(event)
    data = plain["data"] if isinstance(plain["data"], Mapping) else {}
    url, size = str(data.get("url") or ""), int(data.get("contentLength") or 0)
    if not url or not size:
        return
    desk = office()
    subscription = str(plain["source"]).split("/")[2].lower()
    kind = str(data.get("contentType") or "application/octet-stream")
    file = File("azure", subscription, url, kind)
    desk.courier.upload(file, RemoteFile(url, size, headers=lambda: _storage(desk.tokens)))


@app.timer_trigger(arg_name="tick", schedule="30 * * * * *")
def drain(tick: func.TimerRequest) -> None:
    """What could not be delivered is tried again every minute."""
    done = office().courier.drain()
    if done.delivered or done.waiting:
        log.info("drained, late=%s: %s", tick.past_due, done)


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(request: func.HttpRequest) -> func.HttpResponse:
    """Whether the app is set up, and what waits; nothing of what is in it."""
    del request
    spool = office().courier.spool
    body = {"status": "ok", "waiting": len(spool), "bytes": spool.bytes}
    return func.HttpResponse(json.dumps(body), mimetype="application/json")


def plain_of(event: func.CloudEvent | func.EventGridEvent) -> dict[str, Any]:
    """The event as a CloudEvent, whichever schema its subscription delivers."""
    if isinstance(event, func.CloudEvent):
        about, source, kind, at = event.subject, event.source, event.type, event.time
    else:
        about, source, kind, at = event.subject, event.topic, event.event_type, event.event_time
    return {
        "id": event.id,
        "subject": about or "",
        "source": source or "",
        "type": kind,
        "time": at.isoformat() if at else "",
        "data": event.get_json(),
    }


def _tells(row: Mapping[str, Any]) -> bool:
    try:
        of_change(row)
    except NotAnEvent as error:
        log.warning("change set aside: %s", error)
        return False
    return True


def _storage(tokens: EntraTokens) -> dict[str, str]:
    held = tokens.managed(_STORAGE)
    return {"Authorization": f"Bearer {held}", "x-ms-version": _STORAGE_VERSION}
