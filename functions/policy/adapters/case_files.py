"""The cases beside rule files, and what comes of trying them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import (
    CASES,
    SHIPPED,
    broken,
    load,
    rule_files,
    shown,
    text_of,
)
from functions.policy.model.case import Cases, Outcome, read_cases, try_cases
from functions.policy.model.controls import unknown_controls
from functions.policy.model.language.errors import RuleError

FILE = "file"
"""The case that stands for the file itself."""


def cases_of(path: Path) -> Cases:
    """The cases beside a rule file.

    Raises:
        RuleError: there are none, or they are broken.
    """
    beside = path.with_name(path.stem + CASES)
    if not beside.is_file():
        raise broken(
            beside, "missing", "give every rule cases, at least one passing and one failing"
        )
    return read_cases(text_of(beside), shown(beside))


def duplicates(files: list[Path]) -> Iterator[RuleError]:
    """An error for each file whose name another folder has already given."""
    seen: dict[str, Path] = {}
    for path in files:
        first = seen.setdefault(path.stem, path)
        if first is not path:
            yield broken(path, f"{shown(first)} has the same id", "give each rule its own id")


def tried(path: Path = SHIPPED) -> Iterator[Outcome]:
    """Every case at or below a path; what does not load is an outcome of the case ``file``."""
    files = rule_files(path)
    for error in duplicates(files):
        yield Outcome(Path(error.file).stem, FILE, str(error))
    for file in files:
        try:
            rule = load(file)
            yield from list(try_cases(rule, cases_of(file)))
            for problem in unknown_controls(rule, frameworks()):
                yield Outcome(file.stem, FILE, f"{shown(file)}: {problem}")
        except RuleError as error:
            yield Outcome(file.stem, FILE, str(error))


def problems(path: Path = SHIPPED) -> Iterator[str]:
    """One line for each file that does not load and each case that fails; the others go on."""
    for outcome in tried(path):
        if outcome.problem is not None:
            where = "" if outcome.case == FILE else f"{outcome.rule_id}: case {outcome.case!r}: "
            yield f"{where}{outcome.problem}"
