"""A question about costs as SQL, over the rollups where they can answer it, else over the rows."""

from __future__ import annotations

from datetime import date
from typing import Final

from functions.cost.adapters.lake_rows import Place, all_of, value
from functions.cost.model.explore.dimensions import Own
from functions.cost.model.explore.question import CostQuestion, Per
from functions.cost.service.taking import ROLLUP, ROWS
from steward.lake.reading import identifier, quoted

PERIOD: Final = "period"
COST: Final = "cost"


def statement(question: CostQuestion, source: str, *, own: Own, kind: str | None = None) -> str:
    """What answers the question from ``source``, a table expression of rollups or rows as it needs.

    ``kind`` says which they are where rows are read for what the rollups could answer, too.
    """
    place = Place(kind or (ROLLUP if question.rolled else ROWS), own)
    when, metric = moment(place), _metric(question, place)
    named = [f"{value(one, place)} AS {identifier(one.name)}" for one in question.dimensions()]
    chosen = [*stretch(question.per, when), *named, f"sum({metric}) AS {COST}"]
    first = [PERIOD] if question.per else []
    names = [identifier(one.name) for one in question.dimensions()]
    return (
        f"SELECT {', '.join(chosen)} FROM {source} WHERE {spanned(question, when)} AND "
        f"{all_of(question.conditions(), place)} GROUP BY ALL "
        f"ORDER BY {', '.join([*first, f'{COST} DESC NULLS LAST', *names])} LIMIT {question.limit + 1}"
    )


def movement(question: CostQuestion, before: date, source: str, *, place: Place) -> str:
    """What answers how costs moved: their sums from ``before`` to the question's first day, and since."""
    when, metric = moment(place), _metric(question, place)
    named = [f"{value(one, place)} AS {identifier(one.name)}" for one in question.dimensions()]
    turn = f"{when} {{}} DATE {quoted(question.since.isoformat())}"
    sums = [
        f"coalesce(sum({metric}) FILTER ({turn.format(sign)}), 0) AS {name}"
        for sign, name in (("<", "before"), (">=", "after"))
    ]
    within = spanned(question.model_copy(update={"since": before}), when)
    names = [identifier(one.name) for one in question.dimensions()]
    return (
        f"SELECT {', '.join([*named, *sums])} FROM {source} WHERE {within} AND "
        f"{all_of(question.conditions(), place)} GROUP BY ALL HAVING before <> after "
        f"ORDER BY {', '.join(['abs(after - before) DESC', *names])} LIMIT {question.limit + 1}"
    )


def moment(place: Place) -> str:
    """The column of a row's day, or of when it was charged."""
    return "day" if place.kind == ROLLUP else '"ChargePeriodStart"'


def _metric(question: CostQuestion, place: Place) -> str:
    if place.kind == ROLLUP:
        return question.metric.value
    return identifier(question.metric.column)


def stretch(per: Per | None, when: str) -> list[str]:
    """The column of the stretch of time a row is in; none where costs are not told apart by time."""
    if per is None:
        return []
    kind = "TIMESTAMP" if per is Per.HOUR else "DATE"
    return [f"CAST(date_trunc({quoted(per.value)}, {when}) AS {kind}) AS {PERIOD}"]


def spanned(question: CostQuestion, when: str) -> str:
    """The condition that a row is of the question's days."""
    return (
        f"{when} >= DATE {quoted(question.since.isoformat())} AND "
        f"{when} < DATE {quoted(question.until.isoformat())}"
    )
