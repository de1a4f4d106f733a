"""Reading what the list calls of Google's own services answer, by their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from functions.inventory.model.discovery import Listed, Problem
from functions.inventory.model.gcp.names import (
    of_link,
    project_in,
    type_of_collection,
    type_of_kind,
)
from functions.inventory.model.gcp.read import ORGANIZATION, Named, no_name, of_resource
from functions.inventory.model.gcp.rows import FIELD, LINK, NAME, ROWS, Row


class Answer(NamedTuple):
    """The body that a row's call gave, with the parameters it was called with."""

    row: Row
    parameters: Mapping[str, str]
    body: Mapping[str, Any]


def row_of(host: str, path: str) -> tuple[Row, dict[str, str]] | None:
    """The row that a request is of, and its parameters; None when no row lists there."""
    plain = re.sub(r"^[a-z]+-[a-z]+[0-9]+-(?=aiplatform\.)", "", host)
    for row in ROWS:
        found = row.pattern.fullmatch(path) if row.host == plain else None
        if found is not None:
            return row, found.groupdict()
    return None


def read(answer: Answer) -> Iterator[Listed | Problem]:
    """Everything that a list answer holds."""
    for item in items_of(answer.row, answer.body):
        yield _one(answer, item)


def items_of(row: Row, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items of a list answer; of an aggregated one, those of every scope."""
    head, wide, rest = row.items.partition(".*.")
    found = body.get(head)
    if wide:
        scopes = found.values() if isinstance(found, Mapping) else ()
        lists = [one.get(rest) for one in scopes if isinstance(one, Mapping)]
    else:
        lists = [found]
    for one in lists:
        members = one if isinstance(one, list | tuple) else ()
        yield from (item for item in members if isinstance(item, Mapping))


def _one(answer: Answer, item: Mapping[str, Any]) -> Listed | Problem:
    row = answer.row
    account = filled(row.account, item, answer.parameters) if row.account else ""
    account = account or answer.parameters.get("project") or ORGANIZATION
    name = _name(answer, item)
    if name is None:
        return no_name(item, account, kind=row.type or row.path)
    own = account if row.account else project_in(name) or account
    return of_resource(Named(name, _type(row, item, name), own), item)


def _name(answer: Answer, item: Mapping[str, Any]) -> str | None:
    row = answer.row
    if row.name == LINK:
        link = item.get("selfLink")
        return of_link(str(link), row.host) if link else None
    if row.name == NAME:
        return f"//{row.host}/{item['name']}" if item.get("name") else None
    found = (filled(one, item, answer.parameters) for one in row.name.split("||"))
    return next((one for one in found if one is not None), None)


def filled(template: str, item: Mapping[str, Any], parameters: Mapping[str, str]) -> str | None:
    """The template with the item's members, or the request's parameters; None when one is missing."""
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        value: Any = item
        for step in found[1].split("|"):
            value = value.get(step) if isinstance(value, Mapping) else None
        value = parameters.get(found[1]) if value is None else value
        if value is None:
            missing.append(found[1])
        return str(value)

    text = FIELD.sub(fill, template)
    return None if missing else text


def _type(row: Row, item: Mapping[str, Any], name: str) -> str:
    if row.type:
        return row.type
    kind = type_of_kind(str(item.get("kind") or ""), name)
    return kind or type_of_collection(row.host, re.split(r"[/:]", row.path)[-1])
