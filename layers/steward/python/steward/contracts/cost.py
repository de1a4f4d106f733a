"""What the cost concern says to others: a bill came, a month was replaced, and what could cost less."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from steward.contracts.event import Event
from steward.contracts.lake import PartitionSwapped
from steward.contracts.metrics import QUERIES_AT_ONCE, MetricQuery


class BillsDue(Event):
    """It is time to look for bills of which no notification came, and at those that wait for their files."""

    type: ClassVar[str] = "cost.bills.due.v1"


class DeliveryDue(Event):
    """All files of a delivery are there: it is to be taken in."""

    type: ClassVar[str] = "cost.delivery.due.v1"

    delivery_id: str

    @property
    def subject(self) -> str:
        """The delivery."""
        return self.delivery_id


class CostPartitionSwapped(PartitionSwapped):
    """A source's month consists of another statement now, or was given to teams anew: source and month."""

    type: ClassVar[str] = "cost.partition.swapped.v1"


class AdviceDue(Event):
    """It is time to look at what could cost less: at the kept resources after ``cursor``.

    With ``prices`` those of the bill are to be read anew first; ``cursor`` counts the sheets that were.
    """

    type: ClassVar[str] = "cost.advice.due.v1"

    cursor: str = ""
    prices: bool = False


class MetricsDue(Event):
    """It is time to ask how resources are used: the kept ones after ``cursor``."""

    type: ClassVar[str] = "cost.metrics.due.v1"

    cursor: str = ""


class MetricsAsked(Event):
    """The checks need metrics of an account's resources, whole days before ``until``."""

    type: ClassVar[str] = "cost.metrics.asked.v1"

    provider: str
    account: str
    until: date
    queries: tuple[MetricQuery, ...] = Field(min_length=1, max_length=QUERIES_AT_ONCE)

    @property
    def subject(self) -> str:
        """Provider and account in one."""
        return f"{self.provider}/{self.account}"


class SavingsDue(Event):
    """It is time to look into the bill for what was promised: of recommendations after ``cursor``."""

    type: ClassVar[str] = "cost.savings.due.v1"

    cursor: str = ""


class RecommendationBrief(BaseModel):
    """What could cost less, in short: ``saving`` a month, in ``currency``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    check: str
    title: str
    resource_id: str
    resource_name: str
    resource_type: str
    provider: str
    account: str
    region: str
    tags: dict[str, str] = Field(default_factory=dict)
    saving: Decimal
    currency: str
    effort: str
    risk: str


class _RecommendationEvent(Event):
    """What these events share."""

    recommendation: RecommendationBrief

    @property
    def subject(self) -> str:
        """The recommendation."""
        return self.recommendation.id


class RecommendationOpened(_RecommendationEvent):
    """Something was found that could cost less."""

    type: ClassVar[str] = "cost.recommendation.opened.v1"


class RecommendationAccepted(_RecommendationEvent):
    """Somebody will do it."""

    type: ClassVar[str] = "cost.recommendation.accepted.v1"

    by: str


class RecommendationDismissed(_RecommendationEvent):
    """Nobody will do it, and why."""

    type: ClassVar[str] = "cost.recommendation.dismissed.v1"

    by: str
    reason: str


class RecommendationEnded(_RecommendationEvent):
    """It fits its resource no more; ``done`` where somebody had accepted it."""

    type: ClassVar[str] = "cost.recommendation.ended.v1"

    done: bool


class SavingVerified(_RecommendationEvent):
    """The bill says what became of a saving: ``verified``, ``partial`` or ``none``, and how much a month."""

    type: ClassVar[str] = "cost.saving.verified.v1"

    proof: str
    saved: Decimal


class RulesPublished(Event):
    """Costs are given to teams by other rules from now on, those of ``version``."""

    type: ClassVar[str] = "cost.rules.published.v1"

    version: int

    @property
    def subject(self) -> str:
        """The version."""
        return str(self.version)


class AllocationDue(Event):
    """The costs of a source's month are to be given to teams anew, by the rules that hold now."""

    type: ClassVar[str] = "cost.allocation.due.v1"

    partition: str

    @property
    def subject(self) -> str:
        """The month's partition."""
        return self.partition


class WatchDue(Event):
    """It is time to judge the days that were billed since, and the budgets."""

    type: ClassVar[str] = "cost.watch.due.v1"


class BudgetCrossed(Event):
    """A budget's threshold was crossed in its period from ``start`` on and before ``end``.

    ``basis`` is actual or forecast, ``percent`` the threshold's share of ``amount``.
    """

    type: ClassVar[str] = "cost.budget.crossed.v1"

    budget_id: str
    name: str
    start: date
    end: date
    basis: str
    percent: Decimal
    amount: Decimal
    spent: Decimal
    forecast: Decimal | None
    currency: str

    @property
    def subject(self) -> str:
        """The budget."""
        return self.budget_id


class AnomalyFound(BaseModel):
    """What stood out in a source's costs on a day, and ``at_stake``: the money beyond expectation.

    ``names`` are what all of it has in common, of service, account, region, team and usage; the resource,
    usage type and preceding change are those that moved most, as far as they are known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    source: str
    currency: str
    day: date
    names: dict[str, str]
    actual: float
    expected: float
    low: float
    high: float
    at_stake: float
    resource: str
    usage_type: str
    change_id: str | None
    changed_by: str | None


class AnomalyOpened(Event):
    """Costs moved as nobody expected, and nobody was told of it yet."""

    type: ClassVar[str] = "cost.anomaly.opened.v1"

    anomaly: AnomalyFound

    @property
    def subject(self) -> str:
        """The anomaly."""
        return self.anomaly.id
