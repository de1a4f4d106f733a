"""What ``steward policy lint`` asks for: fields of rules that no resource of their type has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from functions.policy.adapters.rule_files import SHIPPED, load, rule_files
from functions.policy.model.fields import Shape, unknown_fields
from functions.policy.model.rule import Rule
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]

SHAPES = Path(__file__).parent / "shapes.json"
"""After botocore's shapes, by scripts/export_shapes.py; types that are not in it are not checked."""


def lint(path: Path | None) -> list[Row]:
    """A row for each field that a rule at or below a path reads and its type does not have.

    Raises:
        BadInput: there is no rule file there.
        RuleError: a rule is broken.
    """
    files = rule_files(path or SHIPPED)
    if not files or not files[0].is_file():
        raise BadInput(f"{path}: no rule file (*.yaml) there; name a file or a folder of them")
    return [row for file in files for row in warnings(load(file))]


def warnings(rule: Rule) -> list[Row]:
    """A row for each unknown field of one rule."""
    return [
        {"rule": rule.id, "type": kind, "warning": str(unknown)}
        for kind in rule.resources
        for unknown in unknown_fields(rule.tree, described().get(kind, {"*": 0}))
    ]


@cache
def described() -> Mapping[str, Shape]:
    """The fields of each type that is described, by type."""
    shapes: dict[str, Shape] = json.loads(SHAPES.read_text("utf-8"))
    return shapes
