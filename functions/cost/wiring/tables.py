"""What several kinds of handlers open of a Work's tenant: its costs, rates, rules and usage."""

from __future__ import annotations

from functions.cost.adapters.lake_allocation import LakeAllotting
from functions.cost.adapters.lake_answers import LakeAnswers
from functions.cost.manifest import COSTS
from functions.cost.model.explore.views import DIMENSIONS, VIEWS
from functions.cost.model.rates.book import BOOKS, EDITIONS, PARTS
from functions.cost.model.units.usage import USAGE
from functions.cost.service.allocation import RULE_SETS, Rules
from functions.cost.service.rates import RateDesk
from functions.cost.service.usage import Meters
from functions.cost.service.views import Shelf
from steward.contracts.cost import CostPartitionSwapped
from steward.edge.resources import current
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.store.work import Work

TABLE = "cost"


def shelf_of(work: Work) -> Shelf:
    """The saved views and own dimensions of a Work's tenant."""
    table = work.table(TABLE)
    return Shelf(table.of(VIEWS), table.of(DIMENSIONS), work.new_id, work.actor, work.now)


def rules_of(work: Work) -> Rules:
    """The rules of a Work's tenant."""
    return Rules(work.table(TABLE).of(RULE_SETS), work.publish, work.actor, work.now)


def meters_of(work: Work) -> Meters:
    """The usage of a Work's tenant."""
    return Meters(work.table(TABLE).of(USAGE))


def allotting_of(work: Work) -> LakeAllotting:
    """What gives the costs of a Work's tenant to teams."""
    return LakeAllotting(lake_of(work), meters_of(work).by_team)


def rates_of(work: Work) -> RateDesk:
    """The rates between currencies of a Work's tenant."""
    table = work.table(TABLE)
    return RateDesk(table.of(BOOKS), table.of(EDITIONS), table.of(PARTS), work.actor, work.now)


def answers_of(work: Work, lake: Lake) -> LakeAnswers:
    """What answers questions about a Work's tenant's costs."""
    return LakeAnswers(lake, shelf_of(work).own, rates_of(work).of)


def lake_of(work: Work) -> Lake:
    """The dataset of costs of a Work's tenant."""
    return Lake(
        dataset=COSTS.name,
        tenant=work.tenant,
        objects=current().buckets(COSTS.name, work.tenant),
        partitions=work.table(TABLE).of(PARTITIONS),
        publish=work.publish,
        swapped=CostPartitionSwapped,
        now=work.now,
    )
