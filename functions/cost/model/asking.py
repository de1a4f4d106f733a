"""SQL over costs as the API takes it, and what it answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class CostStatement(BaseModel):
    """One SELECT over the tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sql: str = Field(min_length=1, max_length=20_000)


class CostAnswer(BaseModel):
    """Rows in the order of ``columns``; ``cut`` says why not all of them are here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: str | None
    seconds: float


class CostColumn(BaseModel):
    """A column of a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str


class CostTable(BaseModel):
    """A table that can be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    columns: tuple[CostColumn, ...]
