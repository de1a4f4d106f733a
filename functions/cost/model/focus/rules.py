"""The rules of FOCUS that a row can break, each with an id made of what the specification's model says.

An id is the dataset (CAU, Cost and Usage), the column and the demand: ``CAU-BilledCost-NotNull``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from functions.cost.model.focus.columns import BY_NAME, COLUMNS, Column, Kind

DATASET: Final = "CAU"


class Demand(StrEnum):
    """What is asked of a value."""

    PRESENT = "Present"
    """The file has the column at all."""
    NOT_NULL = "NotNull"
    ALLOWED = "AllowedValues"
    CURRENCY = "Currency"
    """A code of ISO 4217: three capital letters."""
    NOT_NEGATIVE = "NotNegative"
    TYPE = "Type"
    """It is of the column's type, and its digits fit."""
    OBJECT = "JSONObject"
    PARENT = "Parent"
    """The subcategory is one of its category's."""
    AFTER_START = "AfterStart"
    """A period ends after it starts."""


class Rule(NamedTuple):
    """A demand on a column."""

    column: str
    demand: Demand

    @property
    def id(self) -> str:
        """How reports name it."""
        return f"{DATASET}-{self.column}-{self.demand.value}"


def rules_for(given: Collection[str], version: str) -> tuple[Rule, ...]:
    """What is asked of the rows of a file that gives these columns, as its version of FOCUS has them."""
    return tuple(
        rule
        for column in COLUMNS
        if column.name in given and column.since <= version
        for rule in _of(column, given)
    )


def missing_for(given: Collection[str], version: str) -> tuple[Rule, ...]:
    """The mandatory columns of that version that a file does not give, as rules it breaks."""
    return tuple(
        Rule(column.name, Demand.PRESENT)
        for column in COLUMNS
        if column.mandatory and column.since <= version and column.name not in given
    )


def _of(column: Column, given: Collection[str]) -> Iterator[Rule]:
    if not column.nullable:
        yield Rule(column.name, Demand.NOT_NULL)
    if column.name == "ServiceSubcategory" and "ServiceCategory" in given:
        yield Rule(column.name, Demand.PARENT)
    elif column.allowed:
        yield Rule(column.name, Demand.ALLOWED)
    if column.currency:
        yield Rule(column.name, Demand.CURRENCY)
    if column.positive:
        yield Rule(column.name, Demand.NOT_NEGATIVE)
    if column.kind in {Kind.DECIMAL, Kind.TIME}:
        yield Rule(column.name, Demand.TYPE)
    if column.kind is Kind.JSON:
        yield Rule(column.name, Demand.OBJECT)
    start = column.name.replace("End", "Start")
    if column.name.endswith("PeriodEnd") and start in given and start in BY_NAME:
        yield Rule(column.name, Demand.AFTER_START)
