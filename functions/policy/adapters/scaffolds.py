"""What ``steward policy new`` asks for: a rule on one field of a type, with its cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from functions.policy.adapters.known_fields import Path_, known, spelled, types
from functions.policy.adapters.rule_files import CASES
from functions.policy.model.case import read_cases, try_cases
from functions.policy.model.fields import ELEMENT
from functions.policy.model.rule_file import read_rule
from steward.errors import BadInput

Row: TypeAlias = dict[str, Any]
Scalar: TypeAlias = bool | int | float | str
MAX_LISTS = 3
MAX_TITLE = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new rule is to say: the field of the type must have the value."""

    rule_id: str
    kind: str
    field: str
    must: str
    severity: str = "medium"
    title: str | None = None


def fields(kind: str | None) -> list[Row]:
    """The known fields of a type with an example of each, or the types.

    Raises:
        BadInput: nothing is known of the type.
    """
    if kind is None:
        return [{"type": each} for each in types()]
    about = known(kind)
    configuration = (about.resource or {}).get("configuration") or {}
    return [
        {"field": spelled(path), "example": example(configuration, path)} for path in about.paths()
    ]


def scaffold(wish: Wish) -> tuple[str, str]:
    """The text of a rule file and of its cases, which hold.

    Raises:
        BadInput: nothing is known of the type, or it has no such field.
        RuleError: the id, the severity or the title breaks a rule of rule files.
    """
    path = known(wish.kind).path(wish.field)
    if path.count(ELEMENT) > MAX_LISTS:
        raise BadInput(f"{wish.field}: inside {path.count(ELEMENT)} lists; at most {MAX_LISTS}")
    must = yaml.safe_load(wish.must)
    if not isinstance(must, bool | int | float | str):
        raise BadInput(f"--must {wish.must!r}: no single value; give a text, a number, true, false")
    rule, cases = _rule(wish, path, must), _cases(wish, path, must)
    _try(wish.rule_id, rule, cases)
    return rule, cases


def write(wish: Wish, into: Path) -> tuple[Path, Path]:
    """Put a new rule and its cases into a folder; the paths of both.

    Raises:
        BadInput: there is a file of that name already, or see ``scaffold``.
    """
    rule, cases = scaffold(wish)
    at, beside = into / f"{wish.rule_id}.yaml", into / f"{wish.rule_id}{CASES}"
    for path in (at, beside):
        if path.exists():
            raise BadInput(f"{path}: is there already; choose another id or folder")
    into.mkdir(parents=True, exist_ok=True)
    at.write_text(rule, "utf-8")
    beside.write_text(cases, "utf-8")
    return at, beside


def _try(rule_id: str, rule: str, cases: str) -> None:
    """Never hand out what does not hold."""
    made = read_rule(rule, f"{rule_id}.yaml")
    for outcome in try_cases(made, read_cases(cases, f"{rule_id}{CASES}")):
        if outcome.problem is not None:
            raise BadInput(f"case {outcome.case!r}: {outcome.problem}; choose another value")


def _rule(wish: Wish, path: Path_, must: Scalar) -> str:
    name = spelled(path)
    document = {
        "id": wish.rule_id,
        "title": wish.title or f"{path[-1]} is not {_text(must)}"[:MAX_TITLE],
        "severity": wish.severity,
        "resources": [wish.kind],
        "when": differs("configuration", path, must),
        "message": f"{{resource.name}}: {name} is not {_braced(_text(must))}.",
        "remediation": f"Set {name} to {_text(must)}.",
    }
    return _yaml(document)


def differs(target: str, path: Path_, must: Scalar, depth: int = 0) -> str:
    """The field differs from what it must be; of lists, that of any element."""
    if ELEMENT not in path:
        return f"{_reached(target, path)} != {_text(must)}"
    at = path.index(ELEMENT)
    variable = ("each", "inner", "last")[depth]
    inside = differs(variable, path[at + 1 :], must, depth + 1)
    return f"{_reached(target, path[:at])}.exists({variable}, {inside})"


def _reached(target: str, path: Path_) -> str:
    return target + "".join(f".{s}" if s.isidentifier() else f"[{_text(s)}]" for s in path)


def _cases(wish: Wish, path: Path_, must: Scalar) -> str:
    document = known(wish.kind).resource
    resource = deepcopy(dict(document)) if document else {"name": "example"}
    resource["configuration"] = _with(resource.get("configuration"), path, must)
    pointer = "/configuration/" + "/".join(_escaped(step) for step in path)
    cases = [
        {"name": f"{path[-1]} is {_text(must)}", "expect": "pass"},
        {"name": f"{path[-1]} is not", "expect": "violation", "set": {pointer: _other(must)}},
        {"name": f"{path[-1]} is not known", "expect": "unknown", "remove": [pointer]},
    ]
    return _yaml({"resource": resource, "cases": cases})


def _with(here: Any, path: Path_, value: Scalar) -> Any:
    """A configuration with the field set, in each element of a list; what is missing is made."""
    if not path:
        return value
    step, *rest = path
    if step == ELEMENT:
        elements = here if isinstance(here, list) and here else [None]
        return [_with(each, tuple(rest), value) for each in elements]
    fields = dict(here) if isinstance(here, Mapping) else {}
    return fields | {step: _with(fields.get(step), tuple(rest), value)}


def example(here: Any, path: Path_) -> Any:
    """What a configuration holds at a path, in the first element of lists; None where there is nothing."""
    for step in path:
        if step == ELEMENT and isinstance(here, list) and here:
            here = here[0]
        elif isinstance(here, Mapping) and step in here:
            here = here[step]
        else:
            return None
    return here


def _other(must: Scalar) -> Scalar:
    if isinstance(must, bool):
        return not must
    return f"not-{must}" if isinstance(must, str) else must + 1


def _escaped(step: str) -> str:
    return "0" if step == ELEMENT else step.replace("~", "~0").replace("/", "~1")


def _text(value: Scalar) -> str:
    return json.dumps(value, ensure_ascii=False)


def _braced(text: str) -> str:
    """A text as messages write it: braces there stand for expressions."""
    return text.replace("{", "{{").replace("}", "}}")


def _yaml(document: Row) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
