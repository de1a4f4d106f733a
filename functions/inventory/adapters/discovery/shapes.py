"""Answers of the AWS API as AWS Config words them, guided by botocore's model of each answer."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias

from functions.inventory.model.paths import WHOLE

Convert: TypeAlias = Callable[[Any], Any]
_MILLI = 1000


def decapitalised(name: str) -> str:
    """A member's name as AWS Config spells it."""
    return name[:1].lower() + name[1:]


class Shapes:
    """Converters of one service's shapes, each compiled once."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._made: dict[int, Convert] = {}

    def converter(self, operation: str, path: str) -> Convert:
        """What turns the value at a path of an operation's answer into Config's words."""
        return self.of(self.at(operation, path))

    def at(self, operation: str, path: str) -> Any:
        """The shape at a path of an operation's answer; None where the model knows of none."""
        return step_into(self._model.operation_model(operation).output_shape, path)

    def of(self, shape: Any) -> Convert:
        """The converter of a shape."""
        if shape is None:
            return loose
        known = self._made.get(id(shape))
        if known is None:
            known = self._made[id(shape)] = self._make(shape)
        return known

    def _make(self, shape: Any) -> Convert:
        match shape.type_name:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
            case "string" | "char":
                return _string
            case "boolean" | "integer" | "long":
                return _number
            case _:
                return plain

    def _structure(self, shape: Any) -> Convert:
        members: dict[str, tuple[str, Convert]] = {}
        # Known before its members are: a structure may hold itself.
        self._made[id(shape)] = convert = _members_converter(members)
        taken: set[str] = set()
        for name, member in shape.members.items():
            new = decapitalised(name)
            new = name if new in taken else new
            taken.add(new)
            members[name] = (new, self._late(member))
        return convert

    def _late(self, shape: Any) -> Convert:
        # Only what answers hold is compiled, and a structure may hold itself.
        if shape.type_name not in ("structure", "list", "map"):
            return self.of(shape)
        return lambda value: self.of(shape)(value)  # noqa: PLW0108 - the shape is made when met

    def _list(self, shape: Any) -> Convert:
        inner = self._late(shape.member)
        return lambda value: (
            [inner(one) for one in value] if isinstance(value, list | tuple) else loose(value)
        )

    def _map(self, shape: Any) -> Convert:
        inner = self._late(shape.value)
        return lambda value: (
            {text(key): inner(one) for key, one in value.items()}
            if isinstance(value, dict)
            else loose(value)
        )


def step_into(shape: Any, path: str) -> Any:
    """The shape at a path below a shape; None where there is none of that name."""
    for step in () if path == WHOLE else path.split("."):
        depth = step.count("[]")
        if shape is None or shape.type_name != "structure":
            return None
        shape = shape.members.get(step.removesuffix("[]" * depth))
        for _ in range(depth):
            if shape is None or shape.type_name != "list":
                return None
            shape = shape.member
    return shape


def _members_converter(members: Mapping[str, tuple[str, Convert]]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return loose(value)
        made: dict[str, Any] = {}
        for key, inner in value.items():
            known = members.get(key)
            if known is None:
                # Newer than botocore's model, or from before it: kept all the same.
                name = decapitalised(key)
                made[key if name in made else name] = loose(inner)
            else:
                made[known[0]] = known[1](inner)
        return made

    return convert


def loose(value: Any) -> Any:
    """A value that no model describes: its objects' members are taken for members, not for keys."""
    if isinstance(value, dict):
        return {decapitalised(text(str(key))): loose(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [loose(one) for one in value]
    return plain(value)


def plain(value: Any) -> Any:
    """A value as JSON has it: instants as RFC 3339 in UTC, bytes as Base64, no number that is none."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return text(value)
        case datetime():
            return instant(value)
        case bytes() | bytearray():
            return b64encode(value).decode("ascii")
        case float():
            return value if isfinite(value) else str(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping() | list() | tuple():
            return json.loads(json.dumps(value, default=plain))
        case _:
            return text(str(value))


def instant(value: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond where that is exact; a time without a zone is UTC in AWS."""
    try:
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        return value.isoformat()
    spec = "microseconds" if moment.microsecond % _MILLI else "milliseconds"
    return moment.isoformat(timespec=spec)[: -len("+00:00")] + "Z"


def text(value: str) -> str:
    """The text with halves of surrogate pairs replaced: no store and no JSON keeps those."""
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode() if _torn(value) else value


def _torn(value: str) -> bool:
    return any("\ud800" <= one <= "\udfff" for one in value)


def _string(value: Any) -> Any:
    if type(value) is str and value.isascii():
        return value
    if isinstance(value, dict | list):
        # botocore decodes the policies of IAM; AWS Config and every other service keep them as text.
        return json.dumps(value, default=plain, separators=(",", ":"))
    return plain(value)


def _number(value: Any) -> Any:
    return value if isinstance(value, int) else loose(value)
