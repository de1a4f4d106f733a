"""Run every rule, compare every derived file, and on request write what is stale."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator

from steward.check import contracts, generated, manifests, openapi, routes
from steward.check.problem import Problem
from steward.check.repository import Repository

RULE_FILES = "functions.policy.adapters.case_files"
"""The policy concern's own reader; its ``problems()`` names each rule file that does not load."""


def problems(repository: Repository) -> list[Problem]:
    """Everything that breaks a rule, generated files aside."""
    return [
        *manifests.problems(repository),
        *contracts.problems(repository),
        *routes.problems(repository),
        *openapi.problems(repository),
        *_rule_files(repository),
    ]


def stale(repository: Repository) -> list[Problem]:
    """Every derived file that is not what the manifests and contracts say now."""
    found = []
    for path, text in generated.files(repository):
        if not path.is_file() or path.read_text("utf-8") != text:
            found.append(Problem(repository.shown(path), "stale", "run `make generate`"))
    return found


def write(repository: Repository) -> list[str]:
    """Write what is stale; the paths written.

    A schema that would break its readers stays as it was published.
    """
    published = {path for path, _ in contracts.broken_schemas(repository)}
    written = []
    for path, text in generated.files(repository):
        if path in published:
            continue
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written.append(repository.shown(path))
    return written


def _rule_files(repository: Repository) -> Iterator[Problem]:
    if "policy" in repository.concerns and importlib.util.find_spec(RULE_FILES) is not None:
        for line in importlib.import_module(RULE_FILES).problems():
            yield Problem("policy", "rules", line)
