"""Dimensions of one's own, such as account groups, environments and products: values with conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.cost.model.explore.conditions import Condition, conditions
from functions.cost.model.explore.fields import own_name
from steward.errors import BadInput


class Value(BaseModel):
    """A value that rows have which meet all conditions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[str, Field(min_length=1, max_length=200)]
    when: Annotated[tuple[str, ...], Field(min_length=1, max_length=32)]

    def conditions(self) -> tuple[Condition, ...]:
        """What a row must meet."""
        return conditions(self.when)


class OwnDimension(BaseModel):
    """Values in an order, of which the first that fits a row is the row's; rows that none fits have none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            own_name(self.name)
            fields = [one.field for value in self.values for one in value.conditions()]
        except BadInput as error:
            raise ValueError(str(error)) from error
        for field in fields:
            if field.column is None and field.tag is None:
                raise ValueError(
                    f"dimension {self.name!r}: rests on {field.name!r}; name columns and tags"
                )
        return self


Own: TypeAlias = Mapping[str, OwnDimension]
"""The dimensions of one's own by their names."""
