"""What looking for savings works with."""

from __future__ import annotations

from dataclasses import dataclass

from functions.cost.adapters.lake_spending import LakeBill
from functions.cost.model.recommendation import RECOMMENDATIONS
from functions.cost.ports import KEPT, SAMPLES, SHEETS
from functions.cost.service.advising import Advising
from functions.cost.service.pricing import Pricing
from functions.cost.service.recommendations import Advice
from functions.cost.service.verifying import Verifying
from functions.cost.wiring.tables import TABLE, lake_of
from steward.store.work import Work


def wire_advising(work: Work) -> Advising:
    """The dependencies of looking for what could cost less."""
    table = work.table(TABLE)
    return Advising(
        kept=table.of(KEPT),
        samples=table.of(SAMPLES),
        recommendations=table.of(RECOMMENDATIONS),
        sheets=table.of(SHEETS),
        post=work,
        now=work.now,
        bill=lambda: LakeBill(lake_of(work), now=work.now),
    )


@dataclass(frozen=True, slots=True)
class Advisers:
    """What looks for savings, and what looks whether they came."""

    advising: Advising
    verifying: Verifying


def wire_advisers(work: Work) -> Advisers:
    """The dependencies of a night's look."""
    verifying = Verifying(
        work.table(TABLE).of(RECOMMENDATIONS),
        work,
        work.now,
        lambda: LakeBill(lake_of(work), now=work.now),
    )
    return Advisers(wire_advising(work), verifying)


def wire_advice(work: Work) -> Advice:
    """The dependencies of deciding on recommendations, of prices and of metrics."""
    return Advice(
        work.table(TABLE).of(RECOMMENDATIONS),
        work,
        work.now,
        work.actor,
        wire_pricing(work),
        wire_advising(work),
    )


def wire_pricing(work: Work) -> Pricing:
    """The dependencies of asking for prices."""
    return Pricing(work.table(TABLE).of(SHEETS), work.now)
