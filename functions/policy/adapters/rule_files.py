"""Rules and their cases from the files that ship with the concern, or from any folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.shelf import Shelf
from functions.policy.model.case import Cases, Outcome, read_cases, try_cases
from functions.policy.model.controls import unknown_controls
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Pack, Rule
from functions.policy.model.rule_file import read_rule

SHIPPED = Path(__file__).parent.parent / "rules"
CASES = ".cases.yaml"
FILE = "file"
"""The case that stands for the file itself."""


@cache
def shipped() -> Pack:
    """The pack that ships with the concern; each rule is read at its first use and then kept.

    A broken file raises a RuleError when a rule of its type is asked for; ``problems`` names all.
    """
    return Shelf(rule_files(SHIPPED), load)


def rule_files(path: Path) -> list[Path]:
    """The rule files at or below a path, in order."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*.yaml") if not file.name.endswith(CASES))


def load(path: Path) -> Rule:
    """The rule of a file.

    Raises:
        RuleError: the first thing wrong with it.
    """
    return read_rule(_text(path), _shown(path))


def cases_of(path: Path) -> Cases:
    """The cases beside a rule file.

    Raises:
        RuleError: there are none, or they are broken.
    """
    beside = path.with_name(path.stem + CASES)
    if not beside.is_file():
        raise _error(
            beside, "missing", "give every rule cases, at least one passing and one failing"
        )
    return read_cases(_text(beside), _shown(beside))


def duplicates(files: list[Path]) -> Iterator[RuleError]:
    """An error for each file whose name another folder has already given."""
    seen: dict[str, Path] = {}
    for path in files:
        first = seen.setdefault(path.stem, path)
        if first is not path:
            yield _error(path, f"{_shown(first)} has the same id", "give each rule its own id")


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
                yield Outcome(file.stem, FILE, f"{_shown(file)}: {problem}")
        except RuleError as error:
            yield Outcome(file.stem, FILE, str(error))


def problems(path: Path = SHIPPED) -> Iterator[str]:
    """One line for each file that does not load and each case that fails; the others go on."""
    for outcome in tried(path):
        if outcome.problem is not None:
            where = "" if outcome.case == FILE else f"{outcome.rule_id}: case {outcome.case!r}: "
            yield f"{where}{outcome.problem}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _error(path, f"cannot be read: {error}", "give a file of UTF-8 text") from error


def _shown(path: Path) -> str:
    root = SHIPPED.parents[2]
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _error(path: Path, problem: str, allowed: str) -> RuleError:
    return RuleError(problem, allowed=allowed, field="file", file=_shown(path), line=1, column=1)
