"""What Azure tells of single resources: Event Grid's resource events, and rows of the change feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from functions.inventory.model.azure.ids import ArmId, arm_id
from functions.inventory.model.azure.read import listed, subject_of
from functions.inventory.model.discovery import Listed
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.identity import NOT_TOLD
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.patch import Json
from functions.inventory.model.paths import getter
from functions.inventory.model.resource import Capture, Effect, Source
from steward.contracts.intake import NoticeReceived
from steward.contracts.inventory import Actor

GRID, CHANGES = "azure.eventgrid", "azure.resourcechanges"
_TRAIL_RANK, _FEED_RANK = 3, 8
_WRITTEN = "Microsoft.Resources.ResourceWriteSuccess"
_DELETED = "Microsoft.Resources.ResourceDeleteSuccess"
_ACTED = "Microsoft.Resources.ResourceActionSuccess"
# What ARM calls resources and nobody would look for in an inventory.
_BOOKKEEPING = frozenset({"Microsoft.Resources/deployments", "Microsoft.Resources/tags"})
# What an action leaves a machine in. Source: Azure built-in operations, Microsoft.Compute.
_STATES = MappingProxyType(
    {
        "microsoft.compute/virtualmachines/start/action": "running",
        "microsoft.compute/virtualmachines/restart/action": "running",
        "microsoft.compute/virtualmachines/poweroff/action": "stopped",
        "microsoft.compute/virtualmachines/deallocate/action": "deallocated",
    }
)
_WHO = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "unique_name",
    "name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "appid",
)
# Source: Microsoft Entra, "Application IDs of commonly used Microsoft applications".
_TOOLS = MappingProxyType(
    {
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
        "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
        "c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure Portal",
        "499b84ac-1321-427f-aa17-267ca6975798": "Azure DevOps",
    }
)


def captures(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    """The captures that a notice of Azure amounts to, or why there are none."""
    if notice.source == CHANGES:
        return _change(notice)
    if notice.source == GRID:
        return _grid(notice)
    return Ignored(reason=f"source {notice.source[:60]!r} tells nothing of resources")


def _grid(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    event = _mapping(notice.detail.get("event"))
    known = arm_id(
        str(event.get("subject") or _mapping(event.get("data")).get("resourceUri") or "")
    )
    if notice.kind not in (_WRITTEN, _DELETED, _ACTED):
        return Ignored(reason=f"{notice.kind[:80]} leaves the resource as it was")
    if known is None or known.type in _BOOKKEEPING:
        return Ignored(reason=f"{'no resource' if known is None else known.type} is told of")
    data = _mapping(event.get("data"))
    action = str(data.get("operationName") or notice.kind)
    whole = _whole(notice) if notice.kind == _WRITTEN else None
    edits: tuple[Edit, ...] = ()
    effect = Effect.DELETED if notice.kind == _DELETED else Effect.CAPTURED
    if whole is None and effect is not Effect.DELETED:
        effect, edits = Effect.EDITED, _known_of(known, _STATES.get(action.lower()))
    return (
        Capture(
            subject=subject_of(known, NOT_TOLD) if whole is None else whole.subject,
            at=notice.at,
            source=Source.TRAIL,
            effect=effect,
            key=notice.notice_id,
            rank=_TRAIL_RANK,
            event_id=notice.notice_id,
            action=action,
            actor=_actor(data),
            facts=None if whole is None else whole.facts,
            edits=edits,
        ),
    )


def _whole(notice: NoticeReceived) -> Listed | None:
    resource = notice.detail.get("resource")
    found = listed(resource, account=notice.account) if isinstance(resource, Mapping) else None
    return found if isinstance(found, Listed) else None


def _known_of(known: ArmId, state: str | None) -> tuple[Edit, ...]:
    edits = [
        Edit(verb=Verb.SET, path="/arn", value=known.text),
        Edit(verb=Verb.SET, path="/name", value=known.name),
    ]
    if state is not None:
        edits.append(Edit(verb=Verb.SET, path="/state", value=state))
    return tuple(edits)


def _actor(data: Mapping[str, Any]) -> Actor | None:
    claims = _mapping(data.get("claims"))
    who = next((str(claims[name]) for name in _WHO if claims.get(name)), None)
    if who is None:
        return None
    address = _mapping(data.get("httpRequest")).get("clientIpAddress") or claims.get("ipaddr")
    app = str(claims.get("appid") or "")
    return Actor(who=who, from_ip=_text(address), tool=_TOOLS.get(app, app) or None)


def _change(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    properties = _mapping(notice.detail.get("properties"))
    known = arm_id(str(properties.get("targetResourceId") or ""))
    if known is None or known.type in _BOOKKEEPING:
        return Ignored(reason=f"{'no resource' if known is None else known.type} is told of")
    attributes = _mapping(properties.get("changeAttributes"))
    gone = str(properties.get("changeType")) == "Delete"
    edits = _known_of(known, None) + tuple(_edits(_mapping(properties.get("changes"))))
    return (
        Capture(
            subject=subject_of(known, NOT_TOLD),
            at=_instant(attributes, notice.at),
            source=Source.FEED,
            effect=Effect.DELETED if gone else Effect.EDITED,
            key=notice.notice_id,
            rank=_FEED_RANK,
            event_id=str(attributes.get("correlationId") or notice.notice_id),
            action=str(attributes.get("operation") or properties.get("changeType") or ""),
            actor=_changed_by(attributes),
            edits=() if gone else edits,
        ),
    )


def _changed_by(attributes: Mapping[str, Any]) -> Actor | None:
    who = _text(attributes.get("changedBy"))
    if who is None or who in {"System", "Unspecified"}:
        return None
    return Actor(who=who, tool=_text(attributes.get("clientType")))


def _edits(changes: Mapping[str, Any]) -> list[Edit]:
    """The feed gives every value as text: what may have been a number is left for the next sweep."""
    edits: list[Edit] = []
    for path, change in changes.items():
        steps = [step.replace("~", "~0").replace("/", "~1") for step in path.split(".")]
        if "[" in path or not isinstance(change, Mapping):
            continue
        root, *rest = steps
        if root == "tags" and rest:
            # A tag's key may have dots in it; its value is text.
            tag = path.partition(".")[2].replace("~", "~0").replace("/", "~1")
            value = change.get("newValue")
            verb = Verb.DROP if value is None else Verb.SET
            edits += [
                Edit(verb=verb, path=f"/tags/{tag}", value=value),
                Edit(verb=verb, path=f"/configuration/tags/{tag}", value=value),
            ]
            continue
        plain, value = _plain(change.get("newValue"))
        if plain:
            edits.append(Edit(verb=Verb.SET, path=f"/configuration/{'/'.join(steps)}", value=value))
    return edits


def _plain(value: Any) -> tuple[bool, Json]:
    if not isinstance(value, str) or value[:1] in {"{", "[", '"'}:
        return False, None
    if value in {"True", "False"}:
        return True, value == "True"
    try:
        float(value)
    except ValueError:
        return True, value
    return False, None


def _instant(attributes: Mapping[str, Any], otherwise: datetime) -> datetime:
    found = getter("timestamp")(attributes)
    try:
        moment = datetime.fromisoformat(str(found))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
