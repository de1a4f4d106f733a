"""What a concern keeps of a tenant and of persons, and how one item is exported or forgets somebody.

The walk over it all is `steward.edge.walk`; a concern only says what it holds.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from steward.store.collection import Collection
from steward.store.redaction import pointers, redact


@dataclass(frozen=True, slots=True)
class Holding:
    """One collection in a table of the concern's.

    ``named`` are fields that may hold what anybody is called by (an address, a cloud user's name), each
    with the field that is blanked when it does. ``discard`` is told of each entity that is erased, for
    what it keeps elsewhere, such as a secret.
    """

    table: str
    collection: Collection[Any]
    named: Mapping[str, str] = field(default_factory=dict)
    discard: Callable[[Any], None] | None = None

    @property
    def name(self) -> str:
        """Table and collection in one."""
        return f"{self.table}.{self.collection.name}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person: the principal's id, and hashes of what they are called by elsewhere."""

    person: str
    identifiers: frozenset[str]

    def is_(self, value: object) -> bool:
        """Whether the value is what this person is called by."""
        return isinstance(value, str) and identifier(value) in self.identifiers


class Gone:
    """Instead of an entity that cannot be without what is to be forgotten."""


GONE: Final = Gone()


def identifier(text: str) -> str:
    """What a person is called by, as it may travel: SHA-256 over NFC, folded, without blanks around."""
    plain = unicodedata.normalize("NFC", text.strip()).casefold()
    return hashlib.sha256(plain.encode()).hexdigest()


def exported(entity: BaseModel, holding: Holding) -> str:
    """The entity as a line of JSON, its secrets redacted."""
    body = redact(entity.model_dump(mode="json"), holding.collection.secret)
    line = {"collection": holding.name, "id": holding.collection.id(entity), "body": body}
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def concerns(entity: Any, holding: Holding, subject: Subject) -> bool:
    """Whether anything in the entity is about the person."""
    return bool(_marked(entity, holding, subject) or _named(entity, holding, subject))


def forgotten(entity: Any, holding: Holding, subject: Subject) -> BaseModel | Gone | None:
    """The entity without what is about the person; GONE when it is nothing then; None when untouched."""
    marked = _marked(entity, holding, subject)
    named = _named(entity, holding, subject)
    if not marked and not named:
        return None
    body = entity.model_dump(mode="json")
    for pointer in marked:
        _edit(body, pointer, _empty)
    for pointer in named:
        _edit(body, pointer, lambda value: _without(value, subject))
    try:
        after = holding.collection.entity.model_validate(body)
    except ValidationError:
        return GONE
    return None if after == entity else after


def _marked(entity: Any, holding: Holding, subject: Subject) -> list[str]:
    person = holding.collection.person
    if person is None or person(entity) != subject.person:
        return []
    return pointers(entity.model_dump(mode="json"), holding.collection.personal)


def _named(entity: Any, holding: Holding, subject: Subject) -> list[str]:
    if not holding.named or not subject.identifiers:
        return []
    body = entity.model_dump(mode="json")
    found: list[str] = []
    for field_, blanked in holding.named.items():
        values = [_at(body, pointer) for pointer in pointers(body, [field_])]
        if any(subject.is_(each) for value in values for each in _each(value)):
            found += pointers(body, [blanked])
    return found


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _without(value: Any, subject: Subject) -> Any:
    if isinstance(value, list):
        return [each for each in value if not subject.is_(each)]
    return _empty(value)


def _empty(value: Any) -> Any:
    if isinstance(value, str):
        return ""
    return [] if isinstance(value, list) else None


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _at(body: Any, pointer: str) -> Any:
    for step in _steps(pointer):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def _edit(body: Any, pointer: str, change: Callable[[Any], Any]) -> None:
    *before, last = _steps(pointer)
    for step in before:
        body = body[int(step)] if isinstance(body, list) else body[step]
    key: Any = int(last) if isinstance(body, list) else last
    body[key] = change(body[key])
