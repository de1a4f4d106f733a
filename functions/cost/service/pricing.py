"""Prices as they are asked for, and lists of them as they are handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.prices.book import IN_A_SHEET, Origin, Price, PriceSheet, place
from steward.store.collection import Page
from steward.store.work import Entities

SHEETS = 500


class PriceListPart(BaseModel):
    """Part ``number`` of the ``parts`` of a published list of prices of a region."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$")]
    provider: Literal["aws", "azure", "gcp"]
    region: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    number: int = Field(ge=0, lt=SHEETS)
    parts: int = Field(ge=1, le=SHEETS)
    prices: tuple[Price, ...] = Field(max_length=IN_A_SHEET)


@dataclass(frozen=True, slots=True)
class Pricing:
    """What the use cases take, within one Work."""

    sheets: Entities[PriceSheet]
    now: datetime


def listed(
    provider: str, region: str, *, at: Pricing, cursor: str | None, limit: int
) -> Page[PriceSheet]:
    """The prices of a provider in a region, on their sheets."""
    return at.sheets.query(index="by_place", key=place(provider, region), after=cursor, limit=limit)


def hand_in(part: PriceListPart, *, at: Pricing) -> PriceSheet:
    """Keep a part of a list; with the last one, what the list had more of before is gone."""
    sheet = PriceSheet(
        origin=Origin.LIST,
        provider=part.provider,
        region=part.region,
        number=part.number,
        source=part.source,
        prices=tuple(one.model_copy(update={"origin": Origin.LIST}) for one in part.prices),
        made_at=at.now,
    )
    at.sheets.get(sheet.id)
    at.sheets.put(sheet)
    if part.number == part.parts - 1:
        _drop_beyond(sheet, at=at)
    return sheet


def _drop_beyond(last: PriceSheet, *, at: Pricing) -> None:
    page = at.sheets.query(index="by_place", key=last.place, limit=SHEETS)
    for one in page.items:
        same = (one.origin, one.source) == (last.origin, last.source)
        if same and one.number > last.number:
            at.sheets.delete(one.id)
