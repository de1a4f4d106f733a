"""The datasets of a tenant, and the collections that they are made of."""

from __future__ import annotations

from typing import Any

from functions.inventory.adapters.lake_feed import StoredFeed
from functions.inventory.adapters.lake_rows import CHANGE_ROWS, RESOURCE_ROWS, Kind
from functions.inventory.adapters.lake_search import LakeSnapshot, Source
from functions.inventory.model.collections import CHANGES, RESOURCES
from steward.contracts.inventory import InventoryPartitionSwapped
from steward.edge.resources import current
from steward.lake.lake import Lake
from steward.lake.pointer import PARTITIONS
from steward.store.collection import Collection
from steward.store.work import Work

TABLE = "inventory"


def sources_of(work: Work) -> tuple[Source, Source]:
    """The datasets of a Work's tenant, and what they are made of: resources, and their changes."""
    table = work.table(TABLE)
    partitions = table.of(PARTITIONS)

    def source(kind: Kind, collection: Collection[Any]) -> Source:
        dataset = f"{TABLE}-{kind.table.name}"
        lake = Lake(
            dataset=dataset,
            tenant=work.tenant,
            objects=current().buckets(dataset, work.tenant),
            partitions=partitions,
            publish=work.publish,
            swapped=InventoryPartitionSwapped,
            now=work.now,
        )
        return Source(kind, lake, StoredFeed(table.of(collection), work.now))

    return source(RESOURCE_ROWS, RESOURCES), source(CHANGE_ROWS, CHANGES)


def snapshot_of(work: Work) -> LakeSnapshot:
    """What is known of the tenant's resources as of now."""
    return LakeSnapshot(*sources_of(work))
