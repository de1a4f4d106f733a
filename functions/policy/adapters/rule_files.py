"""Rules from the files that ship with the concern, or from any folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from functions.policy.adapters.shelf import Shelf
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule import Pack, Rule
from functions.policy.model.rule_file import read_rule

SHIPPED = Path(__file__).parent.parent / "rules"
CASES = ".cases.yaml"


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
    return read_rule(text_of(path), shown(path))


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        RuleError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise broken(path, f"cannot be read: {error}", "give a file of UTF-8 text") from error


def shown(path: Path) -> str:
    """A path as errors name it."""
    root = SHIPPED.parents[2]
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def broken(path: Path, problem: str, allowed: str) -> RuleError:
    """The error of a whole file."""
    return RuleError(problem, allowed=allowed, field="file", file=shown(path), line=1, column=1)
