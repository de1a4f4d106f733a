"""Stored items as rows of the lake, by DuckDB itself: no item becomes a Python object on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from functions.inventory.model.search.tables import CHANGES, RESOURCES, Table
from steward.lake.reading import identifier, quoted

GROUP: Final = 20_480
"""Rows of a row group: small enough that one of a few ids is cheap to read."""

_LONGEST: Final = 16 * 1024 * 1024
# What is no instant is unknown: one malformed time loses no resource.
_INSTANT: Final = "TRY_CAST({} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
FORMAT: Final = "1"
"""Of the files; a snapshot of another one is as good as none, and made anew."""


def unmarked(text: str) -> str:
    """SQL for a text without the two characters that tags are told apart by."""
    return f"translate({text}, chr(30) || chr(31), repeat(chr(65533), 2))"


Structure: TypeAlias = "str | list[Structure] | dict[str, Structure]"

_RESOURCE: Final[dict[str, Structure]] = {
    "id": "VARCHAR",
    "captured_at": "VARCHAR",
    "recorded_at": "VARCHAR",
    "version": "BIGINT",
    "subject": dict.fromkeys(("provider", "account", "region", "type", "native_id"), "VARCHAR"),
    "facts": {
        **dict.fromkeys(
            ("arn", "name", "state", "partial", "created_at", "owner", "size"), "VARCHAR"
        ),
        "tags": "MAP(VARCHAR, VARCHAR)",
        "configuration": "JSON",
        "relations": [dict.fromkeys(("kind", "target_type", "target_id"), "VARCHAR")],
        "public": "BOOLEAN",
        "encrypted": "BOOLEAN",
    },
}
_CHANGE: Final[dict[str, Structure]] = {
    **dict.fromkeys(("id", "resource_id", "at", "recorded_at", "source", "effect"), "VARCHAR"),
    **dict.fromkeys(("action", "event_id"), "VARCHAR"),
    "actor": dict.fromkeys(("who", "from_ip", "tool"), "VARCHAR"),
    "patch": [{"path": "VARCHAR"}],
}


class Kind(NamedTuple):
    """A kind of row: its table, what is read of a stored item, and how the columns follow from that."""

    table: Table
    items: dict[str, Structure]
    columns: dict[str, str]
    newest: str
    """Of two rows with the same id the one that is more counts."""
    order: str
    """How files are sorted: by what is mostly looked for, so that most of a file need not be read."""
    cluster: str | None = None
    """The text column that leads the order, where all files together are to follow it."""

    @property
    def names(self) -> list[str]:
        """The columns of a file, in order."""
        return list(self.columns)

    def select(self, source: str) -> str:
        """The rows of a source of items."""
        chosen = ", ".join(f"{how} AS {identifier(name)}" for name, how in self.columns.items())
        return f"SELECT {chosen} FROM {source} AS item"


RESOURCE_ROWS: Final = Kind(
    RESOURCES,
    _RESOURCE,
    {
        "id": "id",
        **{
            name: f"subject.{name}"
            for name in ("provider", "account", "region", "type", "native_id")
        },
        **{name: f"facts.{name}" for name in ("arn", "name", "tags", "state")},
        "created_at": _INSTANT.format("facts.created_at"),
        **{name: f"facts.{name}" for name in ("owner", "public", "encrypted", "size", "partial")},
        "captured_at": _INSTANT.format("captured_at"),
        "version": "version",
        "hash": "md5(CAST(facts AS VARCHAR))",
        "configuration": "facts.configuration",
        "relations": "facts.relations",
        "recorded_at": _INSTANT.format("recorded_at"),
        # What text is looked for in; a line break is in no name that could run into the next.
        "search": "lower(concat_ws(chr(10), facts.name, subject.native_id, facts.arn, "
        "array_to_string(list_transform(map_entries(facts.tags), lambda e: e.key || '=' || e.value), "
        "chr(10))))",
        "tag_keys": "array_to_string(list_sort(map_keys(facts.tags)), chr(31))",
        # A map is slow to read: whole tags are looked for in this text, each between marks.
        "tags_text": f"chr(30) || array_to_string(list_transform(map_entries(facts.tags), "
        f"lambda e: {unmarked('e.key')} || chr(31) || {unmarked('e.value')}), chr(30)) || chr(30)",
    },
    "version",
    "type, id",
    "type",
)
CHANGE_ROWS: Final = Kind(
    CHANGES,
    _CHANGE,
    {
        "id": "id",
        "resource_id": "resource_id",
        "happened_at": _INSTANT.format('"at"'),
        **{name: name for name in ("source", "effect", "action")},
        "actor": "actor.who",
        "from_ip": "actor.from_ip",
        "tool": "actor.tool",
        "event_id": "event_id",
        "paths": "list_transform(patch, lambda step: step.path)",
        "recorded_at": _INSTANT.format("recorded_at"),
    },
    "recorded_at",
    "happened_at, id",
)


def from_file(kind: Kind, path: Path) -> str:
    """The items in a file, one JSON object a line, as a source of rows."""
    columns = ", ".join(f"{quoted(name)}: {quoted(_type(one))}" for name, one in kind.items.items())
    return (
        f"read_json({quoted(str(path))}, format = 'newline_delimited', columns = {{{columns}}}, "
        f"maximum_object_size = {_LONGEST})"
    )


def from_texts(kind: Kind) -> str:
    """The items in a list of JSON texts, the statement's first parameter, as a source of rows."""
    structure = quoted(json.dumps(kind.items))
    texts = "SELECT unnest($1::VARCHAR[]) AS text"
    return f"(SELECT unnest(from_json(text, {structure})) FROM ({texts}))"


def _type(structure: Structure) -> str:
    match structure:
        case str():
            return structure
        case list():
            return f"{_type(structure[0])}[]"
    fields = ", ".join(f"{identifier(name)} {_type(one)}" for name, one in structure.items())
    return f"STRUCT({fields})"


def lines(path: Path, bodies: Iterable[str]) -> int:
    """Write stored items to a file, one a line; how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, body in enumerate(bodies, start=1):  # noqa: B007  # the last one is the answer
            file.write(body)
            file.write("\n")
    return count
