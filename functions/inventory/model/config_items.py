"""Configuration items as captures: the authoritative, whole state of a resource."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from functions.inventory.model import identity
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.fitting import fitted
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.notices import ConfigChange, ConfigItem, ConfigRelation
from functions.inventory.model.patch import Json
from functions.inventory.model.resource import (
    ACTIVE,
    DELETED,
    Capture,
    Effect,
    Facts,
    Source,
    Subject,
)
from steward.contracts.inventory import Relation
from steward.errors import BadInput

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
_RANK = 12
_DELETED = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})
_NOT_RECORDED = "ResourceNotRecorded"
_OWN_TYPES = "AWS::Config::"
_STATES = ("state", "status", "keyState", "dBInstanceStatus", "dbinstanceStatus", "lifecycleState")
_GONE = frozenset({"terminated"})


def captures(notice: ConfigChange) -> tuple[Capture, ...] | Ignored:
    """The one capture that a change notification holds, or why there is none.

    Raises:
        BadInput: no item where one belongs, or the item of an account other than the envelope's.
    """
    if notice.message_type not in (CHANGE, OVERSIZED):
        return Ignored(reason=f"message type {notice.message_type!r} reports no configuration")
    item = notice.item if notice.message_type == CHANGE else notice.summary
    if item is None:
        raise BadInput(
            f"{notice.message_type}: has no configuration item; send it as AWS Config does"
        )
    if item.account != notice.account:
        raise BadInput(
            f"configuration item of account {item.account!r} in an envelope of {notice.account!r}; "
            "only the envelope's account may report its resources"
        )
    if item.type.startswith(_OWN_TYPES):
        return Ignored(reason=f"{item.type} is bookkeeping of AWS Config itself")
    if item.status == _NOT_RECORDED:
        return Ignored(reason=f"{item.type} is not recorded by AWS Config")
    return (_capture(notice, item),)


def facts_of(item: ConfigItem) -> Facts:
    """The whole facts that an item holds."""
    configuration = _object(item.configuration)
    supplementary = {key: _decoded(one) for key, one in _object(item.supplementary).items()}
    if supplementary:
        configuration = {**configuration, "supplementary": supplementary}
    configuration, partial = fitted(configuration)
    tags = item.tags or _listed_tags(configuration)
    return Facts(
        arn=item.arn,
        name=item.name or tags.get("Name"),
        tags=tags,
        configuration=configuration,
        relations=_relations(item.relationships),
        state=state_of(configuration),
        partial=partial,
    )


def state_of(configuration: dict[str, Json]) -> str:
    """The provider's word for the state, ``active`` where the configuration has none."""
    for name in _STATES:
        value = configuration.get(name)
        if isinstance(value, dict):
            value = value.get("name") or value.get("value") or value.get("code")
        if isinstance(value, str) and value:
            return DELETED if value in _GONE else value
    return ACTIVE


def subject_of(item: ConfigItem) -> Subject:
    """Which resource an item is about."""
    return Subject(
        account=item.account,
        region=identity.region_of(item.type, item.region),
        type=item.type,
        native_id=_native_id(item),
    )


def _capture(notice: ConfigChange, item: ConfigItem) -> Capture:
    oversized = notice.message_type == OVERSIZED
    deleted = item.status in _DELETED or (
        notice.summary is not None and notice.summary.change_type == "DELETE"
    )
    whole = None if deleted or oversized else facts_of(item)
    effect = Effect.DELETED if deleted else Effect.EDITED if whole is None else Effect.CAPTURED
    return Capture(
        subject=subject_of(item),
        at=item.captured_at,
        source=Source.CONFIG,
        effect=effect,
        key=f"{item.captured_at.astimezone(UTC).isoformat()}|{item.state_id or ''}|{item.status}",
        rank=_RANK,
        event_id=item.state_id or "",
        action=item.status,
        facts=whole,
        edits=_oversized(notice, item) if effect is Effect.EDITED else (),
    )


def _oversized(notice: ConfigChange, item: ConfigItem) -> tuple[Edit, ...]:
    where = notice.delivery.location or "its delivery bucket"
    reason = f"AWS Config found the item too large to send; it is in {where}"
    edits = [Edit(verb=Verb.SET, path="/partial", value=reason)]
    if item.arn:
        edits.append(Edit(verb=Verb.SET, path="/arn", value=item.arn))
    if item.name:
        edits.append(Edit(verb=Verb.SET, path="/name", value=item.name))
    return tuple(edits)


def _native_id(item: ConfigItem) -> str:
    naming = identity.naming(item.type)
    reported = item.arn if naming is identity.Naming.ARN and item.arn else item.id
    if naming is identity.Naming.NAME and not item.name and item.arn:
        reported = item.arn
    return identity.native_id(item.type, reported, name=item.name)


def _object(value: Json) -> dict[str, Any]:
    decoded = _decoded(value)
    if decoded is None:
        return {}
    return decoded if isinstance(decoded, dict) else {"value": decoded}


def _decoded(value: Json) -> Json:
    # The API and some item versions give JSON inside strings, access control lists even twice.
    for _ in range(2):
        if not (isinstance(value, str) and value[:1] in {"{", "[", '"'}):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _listed_tags(configuration: dict[str, Json]) -> dict[str, str]:
    for name in ("tags", "tagList"):
        listed = configuration.get(name)
        if isinstance(listed, list):
            return {
                str(tag["key"]): str(tag.get("value") or "")
                for tag in listed
                if isinstance(tag, dict) and "key" in tag
            }
    return {}


def _relations(relations: tuple[ConfigRelation, ...]) -> tuple[Relation, ...]:
    found = {
        (one.kind.strip(), one.type, one.id or one.name or "")
        for one in relations
        if one.id or one.name
    }
    return tuple(Relation(kind=k, target_type=t, target_id=i) for k, t, i in sorted(found))
