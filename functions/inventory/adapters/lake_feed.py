"""What the store keeps and has lately recorded, as the lake's builder and readers take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.inventory.model.collections import day_of, moment_of
from steward.store.work import Entities


@dataclass(frozen=True, slots=True)
class StoredFeed:
    """A collection with an index ``by_recorded``."""

    entities: Entities[Any]
    now: datetime

    def everything(self) -> Iterator[str]:
        """All items, in the order of their ids."""
        return self.entities.bodies()

    def since(self, position: datetime) -> Iterator[str]:
        """The items recorded from then on, once each, in that order."""
        day = position.astimezone(UTC)
        # Clocks of other machines may be ahead of this one, and over midnight.
        last = self.now.astimezone(UTC) + timedelta(hours=1)
        while day.date() <= last.date():
            yield from self.entities.bodies(
                index="by_recorded", key=day_of(day), low=moment_of(position)
            )
            day += timedelta(days=1)
