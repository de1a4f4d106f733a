"""Which of the rates are meant, and how currencies are written."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import Field

CODE: Final = r"^[A-Z]{3}$"
CurrencyCode: TypeAlias = Annotated[str, Field(pattern=CODE)]
"""As ISO 4217 has it."""


class RateBasis(StrEnum):
    """Which rate a day's costs take: the day's own, its month's average, or that of its month's end."""

    DAY = "day"
    AVERAGE = "average"
    END = "end"
