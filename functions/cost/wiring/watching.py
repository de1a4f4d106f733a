"""What judging costs works with: anomalies, budgets and forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.cost.model.allocation.untagged import OWNERS
from functions.cost.model.budgets.budget import BUDGETS, CROSSED
from functions.cost.model.watching.anomaly import ANOMALIES, WATCHED
from functions.cost.service.rates import RateDesk
from functions.cost.wiring.tables import TABLE, answers_of, rates_of
from functions.cost.wiring.teams import AllottingDeps, wire_allotting
from steward.store.work import Work

if TYPE_CHECKING:
    from functions.cost.service.budgets import Purse
    from functions.cost.service.watching import Watch


@dataclass(frozen=True, slots=True)
class WatchDeps:
    """What judging costs takes: anomalies, budgets, and the months that other rules gave out."""

    watch: Watch
    purse: Purse
    allotting: AllottingDeps
    rates: RateDesk


def wire_watch(work: Work) -> WatchDeps:
    """The dependencies of judging costs, or of one request about what was judged."""
    # They count with numpy, which the functions that only receive bills are not given.
    from functions.cost.adapters.lake_series import LakeSeries
    from functions.cost.service.budgets import Purse
    from functions.cost.service.watching import Watch

    table, allotting = work.table(TABLE), wire_allotting(work)
    lake = allotting.allotting.lake
    watch = Watch(
        series=LakeSeries(lake),
        anomalies=table.of(ANOMALIES),
        watched=table.of(WATCHED),
        owners=table.of(OWNERS),
        publish=work.publish,
        actor=work.actor,
        now=work.now,
    )
    purse = Purse(
        budgets=table.of(BUDGETS),
        crossed=table.of(CROSSED),
        costs=answers_of(work, lake),
        publish=work.publish,
        new_id=work.new_id,
        actor=work.actor,
        now=work.now,
    )
    return WatchDeps(watch, purse, allotting, rates_of(work))
