"""One broken rule, said in one line."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Where a rule is broken, in which field, and what to do about it."""

    where: str
    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.where}: {self.field}: {self.rule}"
