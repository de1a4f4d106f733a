"""Templates and plans from files or folders, judged by the rules before anything is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from functions.policy.adapters.rule_files import load, rule_files, shipped
from functions.policy.model.facts import facts_of
from functions.policy.model.rule import Doubt, Pack, Violation
from steward.errors import BadInput
from steward.planned import arm, cloudformation, terraform
from steward.planned.shapes import Planned, Shape, Unmapped

Row: TypeAlias = dict[str, Any]
SHAPES = Path(__file__).parent.parent / "shapes"
MOST_BYTES = 50_000_000
_KINDS = (".yaml", ".yml", ".json", ".template")


class Judged(NamedTuple):
    """The rows of verdicts, and the resources of types that no rule was asked about."""

    rows: list[Row]
    left_out: list[Unmapped]


def is_planned(path: Path) -> bool:
    """Whether a path is a folder, or a file of something that is to be deployed."""
    return path.is_dir() or (path.is_file() and _found(path) is not None)


def check(path: Path, rules_at: Path | None, now: datetime) -> Judged:
    """A verdict for each rule of each resource in the templates at or below a path.

    Raises:
        BadInput: there is no template there, or one cannot be read.
        RuleError: a rule is broken.
    """
    pack = shipped() if rules_at is None else Pack(load(file) for file in rule_files(rules_at))
    found = [one for file in _files(path) for one in _in_file(file, alone=not path.is_dir())]
    if not found:
        raise BadInput(
            f"{path}: no template in it; give CloudFormation, cdk.out, 'terraform show -json', or ARM"
        )
    asked = [one for one in found if isinstance(one, Planned)]
    left_out = [one for one in found if isinstance(one, Unmapped)]
    left_out += [
        Unmapped(one.document["type"], one.address, one.file, one.line)
        for one in asked
        if not pack.of(one.document["type"])
    ]
    return Judged([row for one in asked for row in _judged(one, pack, now)], left_out)


def _judged(one: Planned, pack: Pack, now: datetime) -> Iterator[Row]:
    facts = facts_of(one.document)
    for rule in pack.of(one.document["type"]):
        row = {
            "resource": one.address,
            "file": one.file,
            "line": one.line,
            "rule": rule.id,
            "severity": rule.severity.value,
            "title": rule.title,
        }
        match rule.judge(facts, now, partial=True):
            case Violation(message=message):
                yield row | {"verdict": "violation", "message": message}
            case Doubt(missing=missing):
                yield row | {"verdict": "unknown", "message": f"{missing} is not known yet"}
            case None:
                yield row | {"verdict": "pass", "message": ""}


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in _KINDS and file.is_file())


def _in_file(file: Path, *, alone: bool) -> list[Planned | Unmapped]:
    """The resources of a file; one of a folder that cannot be read is left out, and said to be."""
    try:
        return _found(file) or []
    except BadInput as error:
        if alone:
            raise
        return [Unmapped(str(error), "-", str(file), 1)]


def _found(file: Path) -> list[Planned | Unmapped] | None:
    """The resources of a file; None where it is none of the kinds."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput(f"{file}: over {MOST_BYTES} bytes; give one template or plan at a time")
        text = file.read_text("utf-8")
        document = json.loads(text) if file.suffix == ".json" else None
        lines: dict[str, int] = {}
        if document is None or cloudformation.is_template(document):
            document, lines = cloudformation.read(text)
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error}); give a template or a plan") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise BadInput(f"{file}: neither YAML nor JSON ({told}); mend it") from error
    if terraform.is_plan(document):
        return list(terraform.planned(document, str(file), text, _shapes("terraform")))
    if arm.is_template(document):
        return list(arm.planned(document, str(file), text))
    if cloudformation.is_template(document):
        shapes = _shapes("cloudformation")
        return list(cloudformation.planned(document, lines, str(file), shapes))
    return None


@cache
def _shapes(name: str) -> dict[str, Shape]:
    read: dict[str, Shape] = yaml.safe_load((SHAPES / f"{name}.yaml").read_text("utf-8"))
    return read
