"""What every concern with a dataset says when a part of it was replaced."""

from __future__ import annotations

from pydantic import AwareDatetime

from steward.contracts.event import Event


class PartitionSwapped(Event):
    """A partition of a dataset consists of other files now; each concern has its own subclass.

    ``segments`` are the keys of the files, below the dataset; ``rows`` and ``size`` (bytes) are theirs
    together. Without segments the partition is gone.
    """

    dataset: str
    partition: str
    snapshot: str
    at: AwareDatetime
    segments: tuple[str, ...]
    rows: int
    size: int

    @property
    def subject(self) -> str:
        """Dataset and partition in one."""
        return f"{self.dataset}/{self.partition}"
