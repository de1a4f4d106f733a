"""Whether a changed JSON Schema still reads everything that its published version allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_WORDS = {"title", "description", "default", "examples", "$defs"}
_STRUCTURE = {"properties", "required", "items", "prefixItems", "additionalProperties"}
_CHOICES = {"anyOf", "oneOf", "enum", "type", "const", "$ref"}

Schema = Mapping[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """The changes that a document valid under ``old`` may not survive, each naming its field.

    Cautious: a change it cannot prove harmless is named too. Adding an optional field, a choice of
    an enumeration or words of explanation is harmless.
    """
    return list(dict.fromkeys(_Comparison(old, new).node(old, new, "")))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old.get("$defs", {})
        self._new = new.get("$defs", {})
        self._under_way: set[tuple[str, str]] = set()

    def node(self, old: Any, new: Any, path: str) -> Iterator[str]:
        pair = (str(_reference(old)), str(_reference(new)))
        if pair in self._under_way:
            return
        if "None" not in pair:
            self._under_way.add(pair)
        old, new = _resolve(old, self._old), _resolve(new, self._new)
        if old == new and "$ref" not in str(old):
            return
        branches = _branches(old)
        if len(branches) > 1 or len(_branches(new)) > 1:
            yield from self._choice(branches, _branches(new), path)
            return
        yield from _values(old, new, path)
        yield from _bounds(old, new, path)
        yield from self._properties(old, new, path)
        yield from self._inner(old, new, path)

    def _choice(self, old: list[Any], new: list[Any], path: str) -> Iterator[str]:
        for branch in old:
            found = [list(self.node(branch, other, path)) for other in new]
            if found and all(found):
                yield min(found, key=len)[0]

    def _properties(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name in after:
                yield from self.node(schema, after[name], f"{path}.{name}")
            elif new.get("additionalProperties") is not True:
                yield f"{_shown(f'{path}.{name}')}: removed"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{_shown(f'{path}.{name}')}: became required"

    def _inner(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        for word, step in (("items", "[]"), ("additionalProperties", ".*")):
            before, after = old.get(word, True), new.get(word, True)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.node(before, after, path + step)
            elif before != after and after is not True:
                yield f"{_shown(path)}: {word} became stricter"
        before, after = old.get("prefixItems", ()), new.get("prefixItems", ())
        if len(before) != len(after):
            yield f"{_shown(path)}: has {len(after)} positions, had {len(before)}"
        for position, (was, is_) in enumerate(zip(before, after, strict=False)):
            yield from self.node(was, is_, f"{path}[{position}]")


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "type" in new and _types(old) - _types(new):
        yield f"{_shown(path)}: type {old.get('type', 'any')} became {new['type']}"
    allowed = _allowed(new)
    if allowed is not None:
        before = _allowed(old)
        before = ["any other value"] if before is None else before
        gone = [value for value in before if value not in allowed]
        if gone:
            yield f"{_shown(path)}: no longer allows {', '.join(map(repr, gone))}"


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for word in sorted(set(new) - _WORDS - _STRUCTURE - _CHOICES):
        if old.get(word) != new[word]:
            yield f"{_shown(path)}: {word} became {new[word]!r}, was {old.get(word)!r}"


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", "any")
    types = {kind} if isinstance(kind, str) else set(kind)
    # Every integer is a number: widening one to the other is harmless.
    return types | {"integer"} if "number" in types else types


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _branches(schema: Any) -> list[Any]:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return list(schema[word])
    return [schema]


def _reference(schema: Any) -> str | None:
    return schema.get("$ref") if isinstance(schema, Mapping) else None


def _resolve(schema: Any, definitions: Mapping[str, Any]) -> Any:
    reference = _reference(schema)
    return schema if reference is None else definitions[reference.rpartition("/")[2]]


def _shown(path: str) -> str:
    return path.removeprefix(".") or "the event"
