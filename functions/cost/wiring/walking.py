"""What the cost concern keeps of tenants and persons."""

from __future__ import annotations

from functions.cost.manifest import BILLS, COSTS
from functions.cost.model.allocation.untagged import OWNERS
from functions.cost.model.budgets.budget import BUDGETS, CROSSED
from functions.cost.model.explore.views import DIMENSIONS, VIEWS
from functions.cost.model.rates.book import BOOKS, EDITIONS, PARTS
from functions.cost.model.recommendation import RECOMMENDATIONS
from functions.cost.model.units.usage import USAGE
from functions.cost.model.watching.anomaly import ANOMALIES, WATCHED
from functions.cost.ports import DELIVERIES, INTAKES, KEPT, SAMPLES, SHEETS
from functions.cost.service.allocation import RULE_SETS
from functions.cost.wiring.tables import TABLE
from steward.edge.walk import Ground
from steward.lake.pointer import PARTITIONS
from steward.privacy import Holding


def ground() -> Ground:
    """What the cost concern holds; bills and costs are of accounts and not of persons."""
    return Ground(
        TABLE,
        (
            Holding(TABLE, DELIVERIES),
            Holding(TABLE, INTAKES),
            Holding(TABLE, PARTITIONS),
            Holding(TABLE, VIEWS, named={"saved_by": "saved_by"}),
            Holding(TABLE, DIMENSIONS),
            Holding(TABLE, RULE_SETS, named={"published_by": "published_by"}),
            Holding(TABLE, OWNERS, named={"owner": "owner", "change.by": "changed_by"}),
            Holding(TABLE, USAGE),
            Holding(TABLE, BUDGETS, named={"saved_by": "saved_by"}),
            Holding(TABLE, CROSSED),
            Holding(TABLE, ANOMALIES, named={"said_by": "said_by", "change.by": "changed_by"}),
            Holding(TABLE, WATCHED),
            Holding(TABLE, KEPT),
            Holding(TABLE, SAMPLES),
            Holding(TABLE, SHEETS),
            Holding(TABLE, RECOMMENDATIONS, named={"by": "by"}),
            Holding(TABLE, BOOKS),
            Holding(TABLE, EDITIONS, named={"by": "by"}),
            Holding(TABLE, PARTS),
        ),
        buckets=(BILLS.name, COSTS.name),
    )
