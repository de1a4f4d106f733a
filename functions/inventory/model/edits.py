"""What a single API call does to the facts of a resource: small edits that never fail on odd shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from functions.inventory.model.patch import Json, parts, same


class Verb(StrEnum):
    """How an edit treats the value that stands at its path."""

    SET = "set"
    MERGE = "merge"
    DROP = "drop"
    INCLUDE = "include"
    EXCLUDE = "exclude"
    PERMIT = "permit"
    FORBID = "forbid"
    KEEP = "keep"


class Edit(BaseModel):
    """One edit: ``path`` is a JSON Pointer into the facts, ``value`` what the verb works with.

    ``include`` and ``exclude`` treat a list as a set whose members agree when all keys of the given
    value do; ``permit`` and ``forbid`` add and take security group ranges, grouped by ports. ``keep`` is
    for whole facts: what they do not tell of there stays as it was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verb: Verb
    path: str
    value: Json = None


# The lists inside a security group permission, and the key that says which range is which.
# Source: EC2 API reference, IpPermission; AWS Config keeps the plain strings of ipRanges as well.
RANGES = {
    "ipv4Ranges": "cidrIp",
    "ipv6Ranges": "cidrIpv6",
    "prefixListIds": "prefixListId",
    "userIdGroupPairs": "groupId",
}


def carry_out(document: dict[str, Json], edits: Iterable[Edit]) -> dict[str, Json]:
    """Edit the document in place, in order, and give it back."""
    for edit in edits:
        *above, last = parts(edit.path)
        holder = _holder(document, above)
        _VERBS[edit.verb](holder, last, edit.value)
    return document


def kept(
    document: dict[str, Json], before: dict[str, Json], edits: Iterable[Edit]
) -> dict[str, Json]:
    """Whole facts with what they do not tell of, and are not to take away, as it was before."""
    for edit in edits:
        *above, last = parts(edit.path)
        old = _found(before, above).get(last) if edit.verb is Verb.KEEP else None
        if old is not None:
            holder = _holder(document, above)
            holder[last] = old if holder.get(last) is None else holder[last]
    return document


def _found(document: dict[str, Json], above: Iterable[str]) -> dict[str, Json]:
    for part in above:
        inner = document.get(part)
        document = inner if isinstance(inner, dict) else {}
    return document


def _holder(document: dict[str, Json], above: list[str]) -> dict[str, Json]:
    for part in above:
        inner = document.get(part)
        if not isinstance(inner, dict):
            inner = document[part] = {}
        document = inner
    return document


def _set(holder: dict[str, Json], last: str, value: Json) -> None:
    holder[last] = value


def _merge(holder: dict[str, Json], last: str, value: Json) -> None:
    if isinstance(value, dict):
        old = holder.get(last)
        holder[last] = {**(old if isinstance(old, dict) else {}), **value}


def _drop(holder: dict[str, Json], last: str, value: Json) -> None:
    del value
    holder.pop(last, None)


def _keep(holder: dict[str, Json], last: str, value: Json) -> None:
    """What an edit of known facts keeps stands as it is."""


def _include(holder: dict[str, Json], last: str, value: Json) -> None:
    _exclude(holder, last, value)
    holder[last].append(value)


def _exclude(holder: dict[str, Json], last: str, value: Json) -> None:
    holder[last] = [member for member in _list(holder, last) if not _agrees(member, value)]


def _permit(holder: dict[str, Json], last: str, value: Json) -> None:
    permissions = [*_list(holder, last)]
    for added in _dicts(value):
        place = _place(permissions, added)
        if place is None:
            permissions.append(_tidy(added))
        else:
            permissions[place] = _tidy(_joined(permissions[place], added))
    holder[last] = permissions


def _forbid(holder: dict[str, Json], last: str, value: Json) -> None:
    permissions = [*_list(holder, last)]
    for taken in _dicts(value):
        place = _place(permissions, taken)
        if place is None:
            continue
        left = _tidy(_without(permissions[place], taken))
        permissions[place : place + 1] = [left] if any(left[name] for name in RANGES) else []
    holder[last] = permissions


_VERBS: dict[Verb, Callable[[dict[str, Json], str, Json], None]] = {
    Verb.SET: _set,
    Verb.MERGE: _merge,
    Verb.DROP: _drop,
    Verb.KEEP: _keep,
    Verb.INCLUDE: _include,
    Verb.EXCLUDE: _exclude,
    Verb.PERMIT: _permit,
    Verb.FORBID: _forbid,
}


def _place(permissions: list[Json], wanted: dict[str, Json]) -> int | None:
    for index, known in enumerate(permissions):
        if isinstance(known, dict) and _ports(known) == _ports(wanted):
            return index
    return None


def _ports(permission: dict[str, Json]) -> tuple[str, ...]:
    names = ("ipProtocol", "fromPort", "toPort")
    return tuple("" if permission.get(n) is None else str(permission[n]) for n in names)


def _joined(known: dict[str, Json], added: dict[str, Json]) -> dict[str, Json]:
    merged = dict(known)
    for name, key in RANGES.items():
        fresh = _dicts(added.get(name))
        taken = {_label(one, key) for one in fresh}
        old = [one for one in _dicts(known.get(name)) if _label(one, key) not in taken]
        merged[name] = [*old, *fresh]
    return merged


def _without(known: dict[str, Json], taken: dict[str, Json]) -> dict[str, Json]:
    left = dict(known)
    for name, key in RANGES.items():
        gone = {_label(one, key) for one in _dicts(taken.get(name))}
        left[name] = [one for one in _dicts(known.get(name)) if _label(one, key) not in gone]
    return left


def _tidy(permission: dict[str, Json]) -> dict[str, Json]:
    whole = dict(permission)
    for name, key in RANGES.items():
        ranges = _dicts(permission.get(name))
        whole[name] = sorted(ranges, key=lambda one, key=key: _label(one, key))  # type: ignore[misc]
    whole["ipRanges"] = [_label(one, "cidrIp") for one in whole["ipv4Ranges"]]
    return whole


def _label(one: dict[str, Json], key: str) -> str:
    return str(one.get(key) or one.get("groupName") or "")


def _agrees(member: Json, wanted: Json) -> bool:
    if isinstance(member, dict) and isinstance(wanted, dict):
        return all(k in member and same(member[k], v) for k, v in wanted.items())
    return same(member, wanted)


def _list(holder: dict[str, Json], last: str) -> list[Any]:
    value = holder.get(last)
    return value if isinstance(value, list) else []


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
