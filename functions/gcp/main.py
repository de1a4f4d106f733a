"""Steward's functions in Google Cloud: audit logs, asset feeds and cost exports go to the control plane."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import functions_framework
from cloudevents.http import CloudEvent
from flask import Request
from flask.typing import ResponseReturnValue

from steward.courier.blobs import RemoteFile
from steward.courier.envelopes import NotAnEvent, of_asset, of_audit
from steward.courier.post import Courier, File
from steward.courier.settings import Settings, settings_from
from steward.courier.tokens import GoogleTokens, google_from

log = logging.getLogger("steward.gcp")


@dataclass(frozen=True, slots=True)
class Office:
    """What the functions of this instance share."""

    settings: Settings
    courier: Courier
    tokens: GoogleTokens
    storage: str


@cache
def office() -> Office:
    """The office that the environment describes; STORAGE_EMULATOR_HOST is what Google's libraries read."""
    environ = os.environ  # noqa: TID251  # the composition root of the function
    settings = settings_from(environ)
    tokens = google_from(environ, settings)
    storage = environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    return Office(settings, Courier(settings, tokens), tokens, storage)


@functions_framework.cloud_event
def audit(event: CloudEvent) -> None:
    """A call that changed something, as Cloud Audit Logs have it."""
    try:
        envelope = of_audit(str(event["id"]), _object(event.data), office().settings.projects)
    except NotAnEvent as error:
        log.warning("audit entry set aside: %s", error)
        return
    office().courier.deliver([envelope])


@functions_framework.cloud_event
def asset(event: CloudEvent) -> None:
    """A message of an asset feed, by way of Pub/Sub."""
    try:
        envelope = of_asset(_message(event), office().settings.projects)
    except NotAnEvent as error:
        # A feed greets its topic with a line of text.
        log.warning("feed message set aside: %s", error)
        return
    office().courier.deliver([envelope])


@functions_framework.cloud_event
def export(event: CloudEvent) -> None:
    """A file of a cost export was finished: it goes on as a stream, with its checksum."""
    data = _object(event.data)
    bucket, name, size = str(data.get("bucket")), str(data.get("name")), int(data.get("size") or 0)
    if not size:
        return
    desk = office()
    kind = str(data.get("contentType") or "application/octet-stream")
    file = File("gcp", _project(), f"gs://{bucket}/{name}", kind)
    address = f"{desk.storage}/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
    url = f"{address}?alt=media&generation={quote(str(data.get('generation') or ''), safe='')}"
    desk.courier.upload(file, RemoteFile(url, size, headers=_bearer))


@functions_framework.http
def drain(request: Request) -> ResponseReturnValue:
    """What could not be delivered is tried again; the scheduler asks for it, and a health check may."""
    spool = office().courier.spool
    if request.method == "POST":
        done = office().courier.drain()
        log.info("drained: %s", done)
    return {"status": "ok", "waiting": len(spool), "bytes": spool.bytes}


def _message(event: CloudEvent) -> Mapping[str, Any]:
    message = _object(_object(event.data).get("message"))
    try:
        found = json.loads(base64.b64decode(str(message.get("data") or "")))
    except ValueError as error:
        raise NotAnEvent(f"message {message.get('messageId')}: is no JSON") from error
    return _object(found)


def _project() -> str:
    return os.environ["STEWARD_PROJECT"]  # noqa: TID251  # the project that the export is of


def _bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {office().tokens.own()}"}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
