"""Where each value of a document stands in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from functions.policy.model.language.errors import Place, RuleError, Source

Spot: TypeAlias = tuple[int, str | int | None]


class Places(NamedTuple):
    """The place of each value of a document, by the container that holds it and its key."""

    file: str = "<filters>"
    spots: Mapping[Spot, tuple[int, int]] = MappingProxyType({})
    held: Sequence[Any] = ()
    """The containers, so that no other takes the identity of one that is gone."""

    def error(self, container: Any, key: str | int | None, problem: str, allowed: str) -> RuleError:
        """The error to raise about a value; ``key`` None means the container itself."""
        line, column = self.of(container, key)
        name = "filters" if key is None or isinstance(key, int) else key
        return RuleError(
            problem, allowed=allowed, field=name, file=self.file, line=line + 1, column=column + 1
        )

    def of(self, container: Any, key: str | int | None) -> tuple[int, int]:
        """The 0-based line and column of a value."""
        whole = self.spots.get((id(container), None), (0, 0))
        return self.spots.get((id(container), key), whole)

    def source(self, container: Any, key: str, text: str) -> Source:
        """A text of the document as the source of an expression."""
        line, column = self.of(container, key)
        return Source(text, Place(self.file, key, line, column))
