"""SQL as the API takes it, what it answers, and the tables as the API shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from functions.inventory.model.resource import Frozen
from functions.inventory.model.search.tables import TABLES


class Statement(Frozen):
    """One SELECT over the tables."""

    sql: str = Field(min_length=1, max_length=20_000)


class Answer(Frozen):
    """Rows in the order of ``columns``; ``cut`` says why not all of them are here."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: str | None
    seconds: float


class ColumnView(Frozen):
    """A column of a table."""

    name: str
    type: str
    about: str


class TableView(Frozen):
    """A table that can be asked."""

    name: str
    about: str
    columns: tuple[ColumnView, ...]


def described() -> tuple[TableView, ...]:
    """Every table, with its columns."""
    return tuple(
        TableView(
            name=table.name,
            about=table.about,
            columns=tuple(ColumnView(**column._asdict()) for column in table.columns),
        )
        for table in TABLES
    )
