"""What ``steward policy import`` asks for: policy files of Cloud Custodian's as rule files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from functions.policy.model.custodian.importing import Imported, import_policies
from functions.policy.model.documents import Plain, Unreadable
from functions.policy.model.language.errors import RuleError
from functions.policy.model.rule_file import compose, read_rule
from steward.errors import BadInput
from steward.planned.plain import SCALARS

Row: TypeAlias = dict[str, Any]

MAX_FILE = 2_000_000


def import_file(file: Path, into: Path | None) -> tuple[list[Row], list[str]]:
    """A row for each policy and for each thing without an equivalent; the rule files' texts.

    With ``into`` the texts are written there, one file a rule.

    Raises:
        BadInput: the file cannot be read, is no policy file, or a rule file is there already.
    """
    made = _imported(file)
    texts = [one.text for one in made if one.text is not None]
    for one in made:
        if one.text is not None:
            read_rule(one.text, f"{one.rule}.yaml")
    if into is not None:
        _write(made, into)
    return [row for one in made for row in _rows(file, one)], texts


def _imported(file: Path) -> list[Imported]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read ({error}); name a file of policies") from error
    node = compose(text, str(file), most=MAX_FILE)
    read = Plain(SCALARS, most=MAX_FILE // 10)
    try:
        document = read.of(node)
    except Unreadable as error:
        mark = error.node.start_mark
        raise RuleError(
            error.problem,
            allowed="write plain texts, numbers, lists and mappings",
            field="policies",
            file=str(file),
            line=mark.line + 1,
            column=mark.column + 1,
        ) from error
    return import_policies(
        document, read.places(str(file)), resolve=lambda told: _values(told, file.parent)
    )


def _rows(file: Path, one: Imported) -> list[Row]:
    first = {"file": str(file), "policy": one.name, "rule": one.rule, "line": None}
    outcome = "imported" if one.rule else "not imported"
    rows: list[Row] = [{**first, "outcome": outcome, "what": None, "why": None}]
    for note in one.notes:
        told = {"line": note.line, "outcome": "no equivalent", "what": note.what, "why": note.why}
        rows.append({**first, **told})
    return rows


def _write(made: list[Imported], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    names = [one.rule for one in made if one.rule]
    for name in names:
        if names.count(name) > 1 or (into / f"{name}.yaml").exists():
            raise BadInput(f"{into / name}.yaml: there already; name another folder or rename it")
    for one in made:
        if one.text is not None:
            (into / f"{one.rule}.yaml").write_text(one.text, "utf-8")


def _values(told: Mapping[str, Any], folder: Path) -> list[Any]:
    """The values of a file beside the policies: JSON, CSV or one a line.

    Raises:
        BadInput: it is not a file beside them, or cannot be read.
    """
    url = str(told.get("url", ""))
    path = (folder / url.removeprefix("file:").removeprefix("//")).resolve()
    if "://" in url.removeprefix("file://") or not path.is_relative_to(folder.resolve()):
        raise BadInput(
            f"value_from {url!r}: only files beside the policies are read; copy it there"
        )
    kind = str(told.get("format") or path.suffix.removeprefix("."))
    try:
        text = path.read_text("utf-8")
        return _parsed(text, kind, told.get("expr"))
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise BadInput(f"value_from {url!r}: cannot be read ({error}); mend the file") from error


def _parsed(text: str, kind: str, expr: Any) -> list[Any]:
    if kind == "json" and expr is None:
        found = json.loads(text)
        return found if isinstance(found, list) else [found]
    if kind == "csv" and isinstance(expr, int | None):
        rows = [row for row in csv.reader(text.splitlines()) if row]
        return [value for row in rows for value in (row if expr is None else [row[expr]])]
    if kind == "txt":
        return [line.strip() for line in text.splitlines() if line.strip()]
    raise ValueError(f"format {kind!r} with expr {expr!r}; use json, a csv column, or txt")
