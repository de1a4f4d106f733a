"""What the cost concern says to others: a bill came, a month was replaced."""

from __future__ import annotations

from typing import ClassVar

from steward.contracts.event import Event
from steward.contracts.lake import PartitionSwapped


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
    """A source's month consists of another statement now; the partition is source and month."""

    type: ClassVar[str] = "cost.partition.swapped.v1"
