"""What commitments were used for, and what they could have covered, from the rows of the lake.

A row is covered by whatever its CommitmentDiscountId names; Google Cloud's own export has the discount as a
credit beside the usage, under its name alone. What no commitment covers counts as eligible where the bill
says so (FOCUS 1.4); a provider whose bill does not is taken to sell commitments for machines and for the
services that some commitment was used for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from functions.cost.adapters.lake_answers import LakeAnswers
from functions.cost.adapters.lake_hours import POOL
from functions.cost.adapters.lake_rows import Place, all_of
from functions.cost.model.commitments.views import CommitmentPart, CommitmentSums
from functions.cost.model.explore.conditions import Condition
from functions.cost.model.explore.sight import Seen
from functions.cost.model.explore.span import Span
from functions.cost.service.taking import ROWS
from steward.lake.reading import identifier, quoted

MOST: Final = 20_000
_HELD: Final = (
    """coalesce(nullif("CommitmentDiscountId", ''), nullif("CommitmentDiscountName", ''))"""
)
_USED: Final = (
    "held IS NOT NULL AND \"ChargeCategory\" = 'Usage' AND "
    "\"CommitmentDiscountStatus\" IS DISTINCT FROM 'Unused'"
)
_UNUSED: Final = "held IS NOT NULL AND \"CommitmentDiscountStatus\" = 'Unused'"
_CREDITED: Final = "held IS NOT NULL AND \"ChargeCategory\" = 'Credit'"
_WORTH: Final = """coalesce(nullif("ContractedCost", 0), nullif("ListCost", 0))"""
_PROGRAMS: Final = "['FlexibleSpendPlan', 'ResourceReservation']"
_OPEN: Final = "held IS NULL AND \"ChargeCategory\" = 'Usage' AND fits"
_TEXTS: Final = {
    CommitmentPart.PROVIDER: '"ServiceProviderName"',
    CommitmentPart.COMMITMENT: "held",
    CommitmentPart.KIND: '"CommitmentDiscountType"',
    CommitmentPart.SERVICE: '"ServiceName"',
    CommitmentPart.ACCOUNT: '"SubAccountId"',
    CommitmentPart.REGION: '"RegionId"',
    CommitmentPart.MONTH: "strftime(\"ChargePeriodStart\", '%Y-%m')",
}


@dataclass(frozen=True, slots=True)
class LakeCommitments:
    """The commitments of a tenant."""

    answers: LakeAnswers

    def sums(
        self,
        within: Span,
        by: Sequence[CommitmentPart],
        *,
        where: Sequence[Condition],
        seen: Seen | None,
    ) -> list[CommitmentSums]:
        """What each combination sums up to, of the rows that meet all conditions and may be seen."""
        source = self.answers.rows(within, seen)
        if source is None:
            return []
        place = Place(ROWS, self.answers.own())
        rows = self.answers.run(_statement(source.sql, within, by, all_of(where, place)), source)
        names = [one.value for one in by]
        return [
            _sums(dict(zip(names, row[: len(by)], strict=True)), row[len(by) :]) for row in rows
        ]


def earnings(source: str) -> str:
    """When commitments that are new since ``day`` were first billed, what they cost, and their worth."""
    return f"""
        WITH rows AS (SELECT *, {_HELD} AS held FROM {source}
            WHERE lower("ServiceProviderName") IN (SELECT unnest($providers))
            AND "BillingCurrency" = $currency),
        fresh AS (SELECT held FROM rows WHERE {_USED} OR {_UNUSED} GROUP BY held
            HAVING CAST(min("ChargePeriodStart") AS DATE) >= $day)
        SELECT min("ChargePeriodStart"),
            coalesce(sum("EffectiveCost"), 0), coalesce(sum({_WORTH}) FILTER ({_USED}), 0)
        FROM rows SEMI JOIN fresh USING (held)
        WHERE ({_USED} OR {_UNUSED}) AND "ChargePeriodStart" < $until"""


def _sums(values: dict[str, str], row: Sequence[Any]) -> CommitmentSums:
    currency, used, unused, worth, open_, worthless = row
    return CommitmentSums(values, currency or "", used, unused, worth, open_, worthless)


def _statement(source: str, within: Span, by: Sequence[CommitmentPart], where: str) -> str:
    chosen = [f"coalesce({_TEXTS[one]}, '') AS {identifier(one.value)}" for one in by]
    begin, end = (f"DATE {quoted(one.isoformat())}" for one in within)
    cost = '"EffectiveCost"'
    return f"""
        WITH rows AS (SELECT *, {_HELD} AS held FROM {source}
            WHERE "ChargePeriodStart" >= {begin} AND "ChargePeriodStart" < {end}),
        telling AS (SELECT DISTINCT "ServiceProviderName" AS provider FROM rows
            WHERE "CommitmentProgramEligibilityDetails" IS NOT NULL),
        covering AS (SELECT DISTINCT "ServiceProviderName" AS provider, "ServiceName" AS service
            FROM rows WHERE held IS NOT NULL),
        judged AS (SELECT *, CASE
            WHEN "PricingCategory" = 'Dynamic' THEN false
            WHEN "ServiceProviderName" IN (SELECT provider FROM telling) THEN
                list_has_any(json_extract_string("CommitmentProgramEligibilityDetails",
                    '$.CommitmentPrograms[*].ProgramType'), {_PROGRAMS})
            ELSE {POOL} IS NOT NULL OR ("ServiceProviderName", "ServiceName") IN (FROM covering)
            END AS fits FROM rows)
        SELECT {", ".join([*chosen, '"BillingCurrency"'])},
            coalesce(sum({cost}) FILTER ({_USED}), 0),
            coalesce(sum({cost}) FILTER ({_UNUSED}), 0),
            coalesce(sum({_WORTH}) FILTER ({_USED}), 0)
                - coalesce(sum({cost}) FILTER ({_CREDITED}), 0),
            coalesce(sum({cost}) FILTER ({_OPEN} OR {_CREDITED}), 0),
            count(*) FILTER ({_USED} AND {_WORTH} IS NULL AND {cost} <> 0)
        FROM judged WHERE {where} GROUP BY ALL ORDER BY ALL LIMIT {MOST}"""
