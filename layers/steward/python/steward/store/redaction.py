"""Which parts of a body an audit entry may not show, or must be able to forget with a person.

A field is a dotted path: ``email``, ``destination.secret``; it goes through every element of an array,
and ``*`` stands for every value of an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

REDACTED = "[redacted]"


class _Place(NamedTuple):
    holder: Any
    key: str | int
    pointer: str


def redact(body: Any, fields: Iterable[str]) -> Any:
    """The JSON body with the values of these fields replaced, in place; a null stays one."""
    for field in fields:
        for place in _places(body, field.split("."), ""):
            place.holder[place.key] = REDACTED
    return body


def pointers(body: Any, fields: Iterable[str], *, root: str = "") -> list[str]:
    """The JSON pointers (RFC 6901) to what these fields hold in the body; nulls are left out."""
    return [place.pointer for field in fields for place in _places(body, field.split("."), root)]


def unknown_field(model: type[BaseModel], fields: Iterable[str]) -> str | None:
    """The first field that no value of the model can have; None when all are known."""
    return next((field for field in fields if not _known(model, field.split("."))), None)


def _places(body: Any, path: Sequence[str], root: str) -> Iterator[_Place]:
    if isinstance(body, list):
        for number, element in enumerate(body):
            yield from _places(element, path, f"{root}/{number}")
    elif isinstance(body, dict):
        for key in [path[0]] if path[0] != "*" else list(body):
            yield from _below(body, key, path[1:], root)


def _below(body: dict[str, Any], key: str, rest: Sequence[str], root: str) -> Iterator[_Place]:
    if body.get(key) is None:
        return
    pointer = f"{root}/{key.replace('~', '~0').replace('/', '~1')}"
    if rest:
        yield from _places(body[key], rest, pointer)
    else:
        yield _Place(body, key, pointer)


def _known(kind: Any, path: Sequence[str]) -> bool:
    if not path:
        return True
    if isinstance(kind, type) and issubclass(kind, BaseModel) and get_origin(kind) is None:
        field = kind.model_fields.get(path[0])
        return field is not None and _known(field.annotation, path[1:])
    origin = get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _known(get_args(kind)[1], path[1:])
    return kind is Any or any(_known(each, path) for each in get_args(kind))
