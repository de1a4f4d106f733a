"""CloudTrail records as captures, by the rule table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from functions.inventory.model import identity
from functions.inventory.model.edits import Edit, Verb
from functions.inventory.model.ignored import Ignored
from functions.inventory.model.notices import TrailCall, TrailRecord
from functions.inventory.model.patch import Json, pointer
from functions.inventory.model.resource import Capture, Effect, Source, Subject
from functions.inventory.model.trail import compute, identities, network, storage
from functions.inventory.model.trail.shapes import SHAPES
from functions.inventory.model.trail.table import Rule, Take
from steward.contracts.inventory import Actor

_READS = re.compile(r"^(Get|List|Describe|Head|Lookup|BatchGet|Search|Select)")
# Lambda and CloudFront put the API version into the name: CreateFunction20150331, ...2020_05_31.
_VERSION = re.compile(r"(\d{8}|\d{4}_\d{2}_\d{2})(v\d+)?$")
_TEMPLATE = re.compile(r"\{([A-Za-z0-9_.|]+)\}")
_RANKS = {Effect.CREATED: 1, Effect.EDITED: 3, Effect.DELETED: 11}
_ABSENT: Any = object()
_TEXT = 2048


def _table() -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    table: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for module in (compute, storage, identities, network):
        for service, rules in module.RULES.items():
            for rule in rules:
                key = (f"{service}.amazonaws.com", rule.event)
                table[key] = (*table.get(key, ()), rule)
    return table


RULES = _table()


def captures(call: TrailCall) -> tuple[Capture, ...] | Ignored:
    """What a call did, one capture per resource, or why it is of no consequence."""
    record = call.record
    if record.error_code:
        return Ignored(reason=f"the call failed with {record.error_code[:80]}")
    if record.read_only or (record.read_only is None and _READS.match(record.event_name)):
        return Ignored(reason=f"{record.event_name} only reads")
    name = _VERSION.sub("", record.event_name)
    rules = RULES.get((record.event_source, name))
    if rules is None:
        return Ignored(reason=f"no rule for {name[:80]} of {record.event_source[:80]}")
    found = {one.subject.id: one for rule in rules for one in _captures(call, rule)}
    if not found:
        return Ignored(reason=f"{name} names no resource the inventory can tell")
    return tuple(found.values())


def actor_of(record: TrailRecord) -> Actor:
    """Who called: the identity's ARN where there is one, else the service or the principal."""
    caller = record.identity
    who = caller.arn or caller.user_name or caller.invoked_by or caller.principal or caller.type
    return Actor(who=who[:_TEXT], from_ip=_short(record.from_ip), tool=_short(record.tool))


def _captures(call: TrailCall, rule: Rule) -> Iterator[Capture]:
    for scope in _scopes(call, rule):
        reported = _text(_found(scope, rule.id))
        type_name = _type(rule, reported)
        if reported is None or type_name is None:
            continue
        native = identity.native_id(type_name, reported)
        arn = _arn(rule, {**scope, "id": native}, reported)
        yield _capture(call, rule, _subject(call, type_name, native), _edits(rule, scope, arn=arn))


def _capture(call: TrailCall, rule: Rule, subject: Subject, edits: tuple[Edit, ...]) -> Capture:
    record = call.record
    return Capture(
        subject=subject,
        at=record.at,
        source=Source.TRAIL,
        effect=rule.effect,
        key=f"{record.event_id}|{record.event_name}",
        rank=_RANKS[rule.effect],
        event_id=record.event_id,
        action=record.event_name,
        actor=actor_of(record),
        edits=edits,
    )


def _subject(call: TrailCall, type_name: str, native: str) -> Subject:
    return Subject(
        account=call.account,
        region=identity.region_of(type_name, call.record.region),
        type=type_name,
        native_id=native,
    )


def _type(rule: Rule, reported: str | None) -> str | None:
    if rule.type or reported is None:
        return rule.type or None
    return identity.type_of_arn(reported) or identity.type_of_ec2_id(reported)


def _arn(rule: Rule, scope: Mapping[str, Any], reported: str) -> str | None:
    if identity.parse_arn(reported):
        return reported
    return _text(_found(scope, rule.arn)) if rule.arn else None


def _scopes(call: TrailCall, rule: Rule) -> Iterator[dict[str, Any]]:
    record = call.record
    scope: dict[str, Any] = {
        "request": record.request or {},
        "response": record.response or {},
        "resources": record.resources or [],
        "account": call.account,
        "region": record.region,
        "partition": partition_of(record.region),
    }
    if not rule.each:
        yield scope
        return
    items = _found(scope, rule.each)
    for item in items if isinstance(items, list) else []:
        yield {**scope, "item": item}


def _edits(rule: Rule, scope: Mapping[str, Any], *, arn: str | None) -> tuple[Edit, ...]:
    edits = [Edit(verb=Verb.SET, path="/arn", value=arn)] if arn else []
    name = _text(_found(scope, rule.name)) if rule.name else None
    if name:
        edits.append(Edit(verb=Verb.SET, path="/name", value=name))
    for take in rule.takes:
        edits.extend(_taken(take, scope))
    state = _text(_found(scope, rule.state)) if "." in rule.state else rule.state
    if state:
        edits.append(Edit(verb=Verb.SET, path="/state", value=state))
    return tuple(edits)


def _taken(take: Take, scope: Mapping[str, Any]) -> Iterator[Edit]:
    value = take.constant if take.constant is not None else _found(scope, take.origin)
    path = _found_path(scope, take.path)
    if value is _ABSENT or value is None or path is None:
        return
    shaped = SHAPES[take.shape](value) if take.constant is None else value
    if take.rename and isinstance(shaped, dict):
        names = dict(take.rename)
        shaped = {names.get(key, key): one for key, one in shaped.items()}
    if take.shape == "tag_keys":
        for key in shaped:
            yield Edit(verb=Verb.DROP, path=path + pointer((key,)))
    elif take.verb in (Verb.INCLUDE, Verb.EXCLUDE) and isinstance(shaped, list):
        for one in shaped:
            yield Edit(verb=take.verb, path=path, value=one)
    else:
        yield Edit(verb=take.verb, path=path, value=shaped)


def _found(scope: Mapping[str, Any], expression: str) -> Json:
    if "{" in expression:
        return _filled(scope, expression)
    for path in expression.split("|"):
        value: Any = scope
        for part in path.split("."):
            value = _member(value, part)
        if value is not _ABSENT and value is not None:
            return value
    return _ABSENT


def _found_path(scope: Mapping[str, Any], path: str) -> str | None:
    if "{" not in path:
        return path
    words = [_filled(scope, part) if "{" in part else part for part in path.split("/")[1:]]
    return None if _ABSENT in words else pointer(words)


def _filled(scope: Mapping[str, Any], template: str) -> Json:
    values = {one: _text(_found(scope, one)) for one in _TEMPLATE.findall(template)}
    if any(value is None for value in values.values()):
        return _ABSENT
    return _TEMPLATE.sub(lambda one: str(values[one.group(1)]), template)


def _member(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, _ABSENT)
    if isinstance(value, list) and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return _ABSENT


def _text(value: Json) -> str | None:
    if isinstance(value, str | int) and not isinstance(value, bool):
        found = str(value)
        return found[:_TEXT] if found else None
    return None


def _short(value: str | None) -> str | None:
    return None if value is None else value[:512]


def partition_of(region: str) -> str:
    """The partition of a region: China and GovCloud have their own."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
