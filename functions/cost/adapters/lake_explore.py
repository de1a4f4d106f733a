"""A question about costs as SQL, over the rollups where they can answer it, else over the rows."""

from __future__ import annotations

from typing import Final

from functions.cost.adapters.lake_rows import ROLLUPS, ROWS, Place, all_of, value
from functions.cost.model.explore.dimensions import Own
from functions.cost.model.explore.question import Per, Question
from steward.lake.reading import identifier, quoted

PERIOD: Final = "period"
COST: Final = "cost"


def statement(question: Question, source: str, *, own: Own) -> str:
    """What answers the question from ``source``, a table expression of rollups or rows as it needs."""
    place = Place(ROLLUPS if question.rolled else ROWS, own)
    when = "day" if question.rolled else '"ChargePeriodStart"'
    named = [f"{value(one, place)} AS {identifier(one.name)}" for one in question.dimensions()]
    metric = question.metric.value if question.rolled else identifier(question.metric.column)
    chosen = [*_period(question.per, when), *named, f"sum({metric}) AS {COST}"]
    first = [PERIOD] if question.per else []
    names = [identifier(one.name) for one in question.dimensions()]
    return (
        f"SELECT {', '.join(chosen)} FROM {source} WHERE {_within(question, when)} AND "
        f"{all_of(question.conditions(), place)} GROUP BY ALL "
        f"ORDER BY {', '.join([*first, f'{COST} DESC NULLS LAST', *names])} LIMIT {question.limit + 1}"
    )


def _period(per: Per | None, when: str) -> list[str]:
    if per is None:
        return []
    kind = "TIMESTAMP" if per is Per.HOUR else "DATE"
    return [f"CAST(date_trunc({quoted(per.value)}, {when}) AS {kind}) AS {PERIOD}"]


def _within(question: Question, when: str) -> str:
    return (
        f"{when} >= DATE {quoted(question.since.isoformat())} AND "
        f"{when} < DATE {quoted(question.until.isoformat())}"
    )
