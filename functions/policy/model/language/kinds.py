"""What names, functions and operators take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from functions.policy.model.language import convert
from functions.policy.model.language.tree import NUMBERS, Kind

ROOTS: Mapping[str, Kind] = {
    "resource": Kind.MAP,
    "configuration": Kind.MAP,
    "tags": Kind.MAP,
    "now": Kind.TIMESTAMP,
}
RESOURCE: Mapping[str, Kind] = {
    "id": Kind.STRING,
    "provider": Kind.STRING,
    "account": Kind.STRING,
    "region": Kind.STRING,
    "type": Kind.STRING,
    "native_id": Kind.STRING,
    "arn": Kind.STRING,
    "name": Kind.STRING,
    "state": Kind.STRING,
    "tags": Kind.MAP,
    "configuration": Kind.MAP,
    "relations": Kind.LIST,
    "captured_at": Kind.TIMESTAMP,
    "version": Kind.INT,
}

_TEXT = frozenset({Kind.STRING})
_SIZED = frozenset({Kind.STRING, Kind.LIST, Kind.MAP})
_SINGLE = NUMBERS | {Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.DURATION}
_ANY = frozenset(Kind)
_DOCUMENT = _TEXT | {Kind.MAP, Kind.LIST}


class Signature(NamedTuple):
    """What a function takes, what it gives, and if it is written as a method."""

    arguments: tuple[frozenset[Kind], ...]
    result: Kind
    method: bool = False
    total: bool = False


FUNCTIONS: Mapping[str, tuple[Signature, ...]] = {
    "size": (
        Signature((_SIZED,), Kind.INT, total=True),
        Signature((_SIZED,), Kind.INT, method=True, total=True),
    ),
    "startsWith": (Signature((_TEXT, _TEXT), Kind.BOOL, method=True, total=True),),
    "endsWith": (Signature((_TEXT, _TEXT), Kind.BOOL, method=True, total=True),),
    "contains": (Signature((_TEXT, _TEXT), Kind.BOOL, method=True, total=True),),
    "matches": (Signature((_TEXT, _TEXT), Kind.BOOL, method=True),),
    "lowerAscii": (Signature((_TEXT,), Kind.STRING, method=True, total=True),),
    "includesPort": (Signature((_TEXT, frozenset({Kind.INT})), Kind.BOOL, method=True),),
    "int": (Signature((NUMBERS | _TEXT | {Kind.TIMESTAMP},), Kind.INT),),
    "double": (Signature((NUMBERS | _TEXT,), Kind.DOUBLE),),
    "string": (Signature((_SINGLE,), Kind.STRING),),
    "timestamp": (Signature((_TEXT | {Kind.INT, Kind.TIMESTAMP},), Kind.TIMESTAMP),),
    "duration": (Signature((_TEXT | {Kind.DURATION},), Kind.DURATION),),
    "orElse": (Signature((_ANY, _ANY), Kind.DYN, method=True),),
    "asList": (Signature((_ANY,), Kind.LIST, total=True),),
    "json": (Signature((_TEXT | {Kind.MAP, Kind.LIST},), Kind.DYN),),
    "policy.public": (Signature((_DOCUMENT,), Kind.BOOL),),
    "policy.publicActions": (Signature((_DOCUMENT,), Kind.LIST),),
    "policy.others": (Signature((_DOCUMENT, _TEXT), Kind.LIST),),
    "policy.openServices": (Signature((_DOCUMENT,), Kind.LIST),),
    "policy.tlsOnly": (Signature((_DOCUMENT,), Kind.BOOL),),
    "policy.escalations": (Signature((_DOCUMENT,), Kind.LIST),),
    "policy.administrator": (Signature((_DOCUMENT,), Kind.BOOL),),
    "policy.allows": (Signature((_DOCUMENT, _TEXT), Kind.BOOL),),
}
"""``policy.`` functions read AWS policy documents; the others are the language's own."""

CONSTANT_CALLS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "duration": (convert.duration, "90d, 1h30m or 1.5s"),
    "timestamp": (convert.timestamp, "2026-01-31T08:00:00Z"),
}

SUMS: Mapping[tuple[Kind, str, Kind], Kind] = {
    (Kind.STRING, "+", Kind.STRING): Kind.STRING,
    (Kind.LIST, "+", Kind.LIST): Kind.LIST,
    (Kind.INT, "%", Kind.INT): Kind.INT,
    (Kind.TIMESTAMP, "+", Kind.DURATION): Kind.TIMESTAMP,
    (Kind.DURATION, "+", Kind.TIMESTAMP): Kind.TIMESTAMP,
    (Kind.TIMESTAMP, "-", Kind.DURATION): Kind.TIMESTAMP,
    (Kind.TIMESTAMP, "-", Kind.TIMESTAMP): Kind.DURATION,
    (Kind.DURATION, "+", Kind.DURATION): Kind.DURATION,
    (Kind.DURATION, "-", Kind.DURATION): Kind.DURATION,
} | {
    (left, operator, right): Kind.INT if left == right == Kind.INT else Kind.DOUBLE
    for left in NUMBERS
    for right in NUMBERS
    for operator in "+-*/"
}
