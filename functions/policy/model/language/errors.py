"""What is wrong with a rule file, and where."""

from __future__ import annotations

from typing import NamedTuple

from steward.errors import BadInput


class Place(NamedTuple):
    """Where a text begins in a file: 0-based line and column, and the field it is the value of."""

    file: str = "<expression>"
    field: str = "when"
    line: int = 0
    column: int = 0

    def shifted(self, text: str, offset: int) -> tuple[int, int]:
        """The 1-based line and column in the file of a character of ``text``."""
        above = text.count("\n", 0, offset)
        if above == 0:
            return self.line + 1, self.column + offset + 1
        return self.line + above + 1, offset - text.rfind("\n", 0, offset)


class RuleError(BadInput):
    """A rule that cannot be used: names file, line, column, field and what is allowed."""

    def __init__(
        self, problem: str, *, allowed: str, field: str, file: str, line: int, column: int
    ) -> None:
        super().__init__(f"{file}:{line}:{column}: {field}: {problem}; {allowed}")
        self.problem = problem
        self.allowed = allowed
        self.field = field
        self.file = file
        self.line = line
        self.column = column


class Source(NamedTuple):
    """An expression's text and where it stands."""

    text: str
    place: Place = Place()

    def error(self, offset: int, problem: str, allowed: str) -> RuleError:
        """The error to raise about the character at ``offset``."""
        line, column = self.place.shifted(self.text, offset)
        return RuleError(
            problem,
            allowed=allowed,
            field=self.place.field,
            file=self.place.file,
            line=line,
            column=column,
        )
