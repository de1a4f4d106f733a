"""What Google Cloud tells of single resources: asset feeds, and entries of Cloud Audit Logs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from functions.inventory.model.discovery import Listed
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.gcp.names import (
    PROVIDER,
    full_name,
    place_in,
    plain_name,
    region_of,
    type_of_name,
)
from functions.inventory.model.gcp.read import Named, named_of, of_asset
from functions.inventory.model.identity import NOT_TOLD
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.resource import Capture, Effect, Source, Subject
from steward.contracts.intake import NoticeReceived
from steward.contracts.inventory import Actor

ASSET, AUDIT = "gcp.asset", "gcp.audit"
_TRAIL_RANK, _FEED_RANK = 3, 8
_SUPPLEMENTARY = "/configuration/supplementary"
_BUCKET = re.compile(r"projects/_/buckets/([^/]+)")
# Their entries are about what is inside a resource, or name it as no inventory does.
_INSIDE = frozenset({"k8s.io", "login.googleapis.com"})
_MANAGER = "cloudresourcemanager.googleapis.com"
PROJECTS = f"//{_MANAGER}/projects/"
"""What the names of projects begin with."""
_POLICY_SET = "setiampolicy"
_CREATING = ("insert", "create")
_DELETING = ("delete",)
_READING = ("get", "list", "search", "test", "query")
_INTERNAL = frozenset({"private", "gce-internal-ip"})


def captures(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    """The captures that a notice of Google Cloud amounts to, or why there are none."""
    if notice.source == ASSET:
        return _asset(notice)
    if notice.source == AUDIT:
        return _audit(notice)
    return Ignored(reason=f"source {notice.source[:60]!r} tells nothing of resources")


def _asset(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    message = notice.detail
    asset = _mapping(message.get("asset"))
    projects = {str(k): str(v) for k, v in _mapping(message.get("projects")).items()}
    named = named_of(asset, account=notice.account, projects=projects)
    if named is None:
        return Ignored(reason="the feed's message names no asset")
    if message.get("deleted"):
        return (_feed(notice, _subject(named), Effect.DELETED),)
    if _mapping(asset.get("resource")).get("data"):
        found = of_asset(asset, account=notice.account, projects=projects)
        if isinstance(found, Listed):
            whole = _feed(notice, found.subject, Effect.CAPTURED)
            # A feed of resources tells nothing of their policies, nor takes them away.
            keep = (Edit(verb=Verb.KEEP, path=one) for one in (_SUPPLEMENTARY, "/public"))
            return (whole.model_copy(update={"facts": found.facts, "edits": tuple(keep)}),)
    policy = asset.get("iamPolicy")
    edits = (_policy_is(policy),) if policy else ()
    edited = _feed(notice, _subject(named), Effect.EDITED)
    return (edited.model_copy(update={"edits": _known_of(named.name) + edits}),)


def _policy_is(policy: object) -> Edit:
    return Edit(verb=Verb.SET, path=f"{_SUPPLEMENTARY}/iamPolicy", value=policy)


def _feed(notice: NoticeReceived, subject: Subject, effect: Effect) -> Capture:
    return Capture(
        subject=subject,
        at=notice.at,
        source=Source.FEED,
        effect=effect,
        key=notice.notice_id,
        rank=_FEED_RANK,
        event_id=notice.notice_id,
        action=notice.kind,
    )


def _audit(notice: NoticeReceived) -> tuple[Capture, ...] | Ignored:
    entry = notice.detail
    payload = _mapping(entry.get("protoPayload"))
    method = str(payload.get("methodName") or "")
    if _mapping(payload.get("status")).get("code"):
        return Ignored(reason=f"{method[:80]} failed, and changed nothing")
    effect = _effect(method)
    if effect is None:
        return Ignored(reason=f"{method[:80]} only reads")
    if effect is Effect.DELETED and not _finished(entry):
        return Ignored(reason=f"{method[:80]} has begun; its end is told of, too")
    named = _named(notice, payload)
    if named is None:
        return Ignored(reason=f"{method[:80]} is about no resource that the inventory knows")
    return (
        Capture(
            subject=_subject(named),
            at=notice.at,
            source=Source.TRAIL,
            effect=effect,
            key=notice.notice_id,
            rank=_TRAIL_RANK,
            event_id=notice.notice_id,
            action=method,
            actor=_actor(payload),
            edits=() if effect is Effect.DELETED else _edits(named, payload),
        ),
    )


def _edits(named: Named, payload: Mapping[str, Any]) -> tuple[Edit, ...]:
    known = _known_of(named.name) if _by_number(named) else ()
    if not _sets_policy(payload):
        return known
    # The answer is the policy as it is now; some services give it back in the request alone.
    told = (
        _mapping(payload.get("response")),
        _mapping(_mapping(payload.get("request")).get("policy")),
    )
    policy = next((one for one in told if "bindings" in one or "etag" in one), None)
    if policy is None:
        return known
    plain = {key: one for key, one in policy.items() if key != "@type"}
    return (*known, _policy_is({"bindings": [], **plain}))


def _sets_policy(payload: Mapping[str, Any]) -> bool:
    return str(payload.get("methodName") or "").rpartition(".")[2].lower() == _POLICY_SET


def _by_number(named: Named) -> bool:
    """Whether the name is the inventory's: a project goes by its number there, and by its id in the trail."""
    return not named.name.startswith(f"//{_MANAGER}/") or named.name.rpartition("/")[2].isdecimal()


def _effect(method: str) -> Effect | None:
    word = method.rpartition(".")[2].lower()
    if word.startswith(_READING):
        return None
    if word.startswith(_CREATING):
        return Effect.CREATED
    return Effect.DELETED if word.startswith(_DELETING) else Effect.EDITED


def _finished(entry: Mapping[str, Any]) -> bool:
    operation = _mapping(entry.get("operation"))
    return not operation or bool(operation.get("last"))


def _named(notice: NoticeReceived, payload: Mapping[str, Any]) -> Named | None:
    service = str(payload.get("serviceName") or "")
    told = str(payload.get("resourceName") or "")
    if service in _INSIDE or not told or (service == _MANAGER and not _sets_policy(payload)):
        return None
    bucket = _BUCKET.match(told)
    if bucket is not None:
        # Objects lie in a bucket; what happens to them does not happen to it.
        inside = bucket.end() != len(told)
        name = None if inside else f"//storage.googleapis.com/{bucket[1]}"
    elif told.startswith("//"):
        name = told
    else:
        name = full_name(f"{service}/{told.replace('projects/-/', f'projects/{notice.account}/')}")
    type_name = type_of_name(name) if name else None
    if name is None or type_name is None:
        return None
    return Named(plain_name(name, {}), type_name, notice.account, place_in(name))


def _subject(named: Named) -> Subject:
    return Subject(
        provider=PROVIDER,
        account=named.account,
        region=region_of(named.location) if named.location else NOT_TOLD,
        type=named.type,
        native_id=named.name,
    )


def _known_of(name: str) -> tuple[Edit, ...]:
    return (Edit(verb=Verb.SET, path="/arn", value=name),)


def _actor(payload: Mapping[str, Any]) -> Actor | None:
    who = _mapping(payload.get("authenticationInfo"))
    name = who.get("principalEmail") or who.get("principalSubject")
    if not isinstance(name, str) or not name:
        return None
    asked = _mapping(payload.get("requestMetadata"))
    address = asked.get("callerIp")
    return Actor(
        who=name,
        from_ip=address if isinstance(address, str) and address not in _INTERNAL else None,
        tool=str(asked.get("callerSuppliedUserAgent") or "") or None,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
