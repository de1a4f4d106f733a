"""In which currency costs are asked for: a named one, each in its own, or the tenant's reporting currency."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from functions.cost.model.rates.basis import RateBasis

OWN: Final = "own"


class InCurrency(BaseModel):
    """A currency, or ``own`` to keep each amount in its own; without either the tenant's wishes count.

    ``basis`` is which rate is taken, ``edition`` as of which the rates are, and ``priced`` takes what a bill
    states itself in that currency, if it prices in another than it bills in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: Annotated[str | None, Field(pattern=r"^([A-Z]{3}|own)$")] = None
    basis: RateBasis | None = None
    edition: Annotated[int | None, Field(ge=0)] = None
    priced: bool = False

    def asked(self, reporting: str | None) -> dict[str, object]:
        """These wishes as a question has them."""
        currency = reporting if self.currency is None else self.currency
        return {**dict(self), "currency": None if currency == OWN else currency}
