"""Several discoveries of one account as one."""

from __future__ import annotations

from collections.abc import Iterator

from functions.inventory.model.discovery import Found, Part
from functions.inventory.ports import Discovery


class Together:
    """`Discovery` that leaves the groups it is given to ``others`` and the rest to ``first``."""

    def __init__(self, first: Discovery, **others: Discovery) -> None:
        self._first = first
        self._others = others

    def parts(self) -> Iterator[Part]:
        """The parts of all of them."""
        for discovery in (self._first, *self._others.values()):
            yield from discovery.parts()

    def pages(self, part: Part, cursor: str | None = None) -> Iterator[Found]:
        """The pages of a part, from whoever lists its group."""
        return self._others.get(part.group, self._first).pages(part, cursor)
