"""The text of a rule file to a Rule, with one clear error that names file, line and field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeVar

import yaml

from functions.policy.model.action import Action, action
from functions.policy.model.documents import Plain, Unreadable
from functions.policy.model.language.check import Parameter, condition
from functions.policy.model.language.errors import Place, RuleError, Source
from functions.policy.model.language.parser import parse
from functions.policy.model.language.template import Template, template
from functions.policy.model.language.tree import Node, count
from functions.policy.model.rule import Rule, Severity, digest
from steward.planned.plain import SCALARS, Loader

REQUIRED = ("id", "title", "severity", "resources", "message", "remediation")
CONDITIONS = ("when", "filters")
OPTIONAL = ("parameters", "references", "controls", "action")
FRAMEWORKS = (
    "fsbp",
    "cis-aws-3.0",
    "cis-azure-3.0",
    "cis-gcp-3.0",
    "soc2",
    "gdpr",
    "pci-dss-4.0.1",
    "iso-27001-2022",
    "nist-800-53-r5",
)
MAX_FILE = 64_000
MAX_NODES = 500

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TYPE = re.compile(
    r"[A-Za-z0-9]+(::[A-Za-z0-9]+){2}"  # CloudFormation
    r"|[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+(/[A-Za-z0-9]+)+"  # Azure Resource Manager
    r"|[a-z0-9]+\.googleapis\.com/[A-Za-z0-9]+"  # Cloud Asset Inventory
)
PARAMETER = re.compile(r"[a-z][a-z0-9_]*")

T = TypeVar("T")


def read_rule(text: str, file: str) -> Rule:
    """The rule in a file's text.

    Raises:
        RuleError: the first thing wrong with it.
    """
    return _RuleReader(text, file).rule()


def compose(text: str, file: str, *, most: int = MAX_FILE) -> yaml.Node:
    """The YAML nodes of a text, with their places.

    Raises:
        RuleError: it is no YAML, empty or too long.
    """
    if len(text) > most:
        raise _refusal(file, None, "file", f"{len(text)} characters", f"use at most {most}")
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refusal(file, mark, "file", f"no YAML: {error.problem}", "mend the YAML") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _refusal(file, None, "file", f"no YAML: {error}", "mend the YAML") from error
    if node is None:
        raise _refusal(file, None, "file", "nothing in it", f"give {', '.join(REQUIRED)}")
    return node


def _refusal(
    file: str, mark: yaml.Mark | None, field: str, problem: str, allowed: str
) -> RuleError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return RuleError(problem, allowed=allowed, field=field, file=file, line=line, column=column)


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule's condition: its text, its tree, and the filters if it is made of some."""

    text: str
    tree: Node
    filters: tuple[Any, ...] = ()


class _RuleReader:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = text.splitlines(keepends=True)
        self._root = compose(text, file)
        self._fields = self._mapping(self._root, "file", known=(*REQUIRED, *CONDITIONS, *OPTIONAL))

    def rule(self) -> Rule:
        for name in REQUIRED:
            if name not in self._fields:
                allowed = f"a rule has {', '.join(REQUIRED)}"
                raise self._error(self._root, name, "missing", allowed)
        parameters = self._parameters()
        written = self._written(parameters)
        return Rule(
            id=self._id(),
            title=self._plain("title", most=120),
            severity=self._severity(),
            resources=self._types(),
            when=written.text,
            filters=written.filters,
            parameters=parameters,
            message=self._message(parameters),
            remediation=self._plain("remediation", most=1_000),
            references=self._list("references", "https://...", lambda t: t.startswith("https://")),
            controls=self._controls(),
            tree=written.tree,
            action=self._action(),
            digest=digest(self._text),
        )

    def _written(self, parameters: Mapping[str, Parameter]) -> _Written:
        given = [name for name in CONDITIONS if name in self._fields]
        if len(given) != 1:
            problem = "given both" if given else "missing"
            raise self._error(self._root, "when", problem, "give either when or filters")
        name = given[0]
        made = self._expression(parameters) if name == "when" else self._filters(parameters)
        if (size := count(made.tree)) > MAX_NODES:
            problem = f"the expression has {size} parts"
            raise self._error(self._fields[name], name, problem, f"use at most {MAX_NODES}")
        return made

    def _expression(self, parameters: Mapping[str, Parameter]) -> _Written:
        source = self._source("when")
        tree = condition(parse(source), source, parameters=parameters)
        return _Written(source.text.strip(), tree)

    def _filters(self, parameters: Mapping[str, Parameter]) -> _Written:
        """Filters; ``{param: name}`` stands for a parameter's value."""
        # As in the rule itself: only a rule of filters waits for what reads them.
        from functions.policy.model.custodian.verdict import verdict

        node = self._fields["filters"]
        items = self._items(node, "filters")
        if not items:
            raise self._error(node, "filters", "none", "give at least one filter")
        read, document = self._plain_value(node, "filters")
        filled = self._filled(document, parameters, node)
        tree = verdict(filled, read.places(self._file))
        text = "".join(self._lines[node.start_mark.line : node.end_mark.line + 1]).strip()
        return _Written(text, tree, tuple(filled))

    def _plain_value(self, node: yaml.Node, name: str) -> tuple[Plain, Any]:
        read = Plain(SCALARS)
        try:
            return read, read.of(node)
        except Unreadable as error:
            allowed = "write plain texts, numbers, lists and mappings"
            raise self._error(error.node, name, error.problem, allowed) from error

    def _filled(self, value: Any, parameters: Mapping[str, Parameter], node: yaml.Node) -> Any:
        """The document with its parameters in place; containers stay the same ones."""
        if isinstance(value, dict) and set(value) == {"param"}:
            name = value["param"]
            if name not in parameters:
                allowed = f"use {', '.join(parameters) or 'none; the rule has none'}"
                raise self._error(node, "filters", f"unknown parameter {name!r}", allowed)
            return parameters[name]
        if isinstance(value, dict | list):
            for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
                value[key] = self._filled(inner, parameters, node)
        return value

    def _action(self) -> Action | None:
        node = self._fields.get("action")
        if node is None:
            return None
        _, document = self._plain_value(node, "action")
        document = {"type": document} if isinstance(document, str) else document
        try:
            return action(document)
        except (ValueError, AttributeError) as error:
            raise self._error(node, "action", str(error), "write it as {type: stop}") from error

    def _id(self) -> str:
        rule_id = self._plain("id", most=80)
        stem = PurePath(self._file).stem
        if not ID.fullmatch(rule_id) or (self._file != "<text>" and rule_id != stem):
            allowed = f"use the file's name, {stem!r}, in lower-case words joined by '-'"
            raise self._error(self._fields["id"], "id", repr(rule_id), allowed)
        return rule_id

    def _severity(self) -> Severity:
        text = self._plain("severity", most=20)
        if text not in set(Severity):
            allowed = f"use {', '.join(Severity)}"
            raise self._error(self._fields["severity"], "severity", repr(text), allowed)
        return Severity(text)

    def _types(self) -> tuple[str, ...]:
        example = (
            "the clouds' names, as in AWS::S3::Bucket, Microsoft.Storage/storageAccounts"
            " or storage.googleapis.com/Bucket"
        )
        types = self._list("resources", example, lambda text: bool(TYPE.fullmatch(text)))
        if not types:
            raise self._error(self._fields["resources"], "resources", "none", f"use {example}")
        return types

    def _message(self, parameters: Mapping[str, Parameter]) -> Template:
        return template(self._source("message"), parameters=parameters)

    def _parameters(self) -> dict[str, Parameter]:
        node = self._fields.get("parameters")
        if node is None:
            return {}
        declared = self._mapping(node, "parameters")
        return {name: self._parameter(name, value) for name, value in declared.items()}

    def _parameter(self, name: str, node: yaml.Node) -> Parameter:
        where = f"parameters.{name}"
        if not PARAMETER.fullmatch(name):
            raise self._error(node, where, repr(name), "use lower-case words joined by '_'")
        known = ("default", "description")
        fields = self._mapping(node, where, known=known)
        for wanted in known:
            if wanted not in fields:
                raise self._error(node, f"{where}.{wanted}", "missing", "give default, description")
        default = fields["default"]
        if isinstance(default, yaml.SequenceNode):
            return [self._scalar(item, f"{where}.default") for item in default.value]
        value: Parameter = self._scalar(default, f"{where}.default")
        return value

    def _controls(self) -> dict[str, tuple[str, ...]]:
        node = self._fields.get("controls")
        if node is None:
            return {}
        frameworks = self._mapping(node, "controls", known=FRAMEWORKS)
        return {
            name: tuple(
                self._control(item, f"controls.{name}") for item in self._items(value, name)
            )
            for name, value in frameworks.items()
        }

    def _control(self, node: yaml.Node, name: str) -> str:
        """A control's id as it is written: 1.10 is not 1.1."""
        self._scalar(node, name)
        return str(node.value)

    def _list(self, name: str, example: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
        node = self._fields.get(name)
        if node is None:
            return ()
        texts = []
        for item in self._items(node, name):
            text = self._scalar(item, name)
            if not isinstance(text, str) or not fits(text):
                raise self._error(item, name, repr(text), f"use {example}")
            texts.append(text)
        return tuple(texts)

    def _items(self, node: yaml.Node, name: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, name, "no list", "write it as [a, b] or one '- item' a line")
        items: list[yaml.Node] = node.value
        return items

    def _plain(self, name: str, *, most: int) -> str:
        node = self._fields[name]
        value = self._scalar(node, name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            problem = "empty" if not value else repr(value)[:60]
            raise self._error(node, name, problem, f"use a text of 1 to {most} characters")
        return value.strip()

    def _scalar(self, node: yaml.Node, name: str) -> Any:
        read = SCALARS.get(node.tag) if isinstance(node, yaml.ScalarNode) else None
        if read is None:
            raise self._error(node, name, "no single value", "use a text, a number, true or false")
        return read(node.value)

    def _source(self, name: str) -> Source:
        """An expression as it stands in the file, so that errors point into the file."""
        node = self._fields[name]
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self._error(node, name, "no expression", "use a text")
        start, end = node.start_mark, node.end_mark
        if node.style in ("|", ">"):
            text = "".join(self._lines[start.line + 1 : end.line])
            return Source(text, Place(self._file, name, start.line + 1, 0))
        if node.style is None:
            lines = self._lines[start.line : end.line + 1]
            lines[-1] = lines[-1][: end.column]
            lines[0] = lines[0][start.column :]
            return Source("".join(lines), Place(self._file, name, start.line, start.column))
        return Source(node.value, Place(self._file, name, start.line, start.column + 1))

    def _mapping(
        self, node: yaml.Node, where: str, *, known: tuple[str, ...] | None = None
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            wanted = f"give {', '.join(known)}" if known else "give names and values"
            raise self._error(node, where, "no mapping", wanted)
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(self._scalar(key, where))
            if known is not None and name not in known:
                raise self._error(key, name, f"unknown field of {where}", f"use {', '.join(known)}")
            if name in fields:
                raise self._error(key, name, "given twice", "give it once")
            fields[name] = value
        return fields

    def _error(self, node: yaml.Node, field: str, problem: str, allowed: str) -> RuleError:
        return _refusal(self._file, node.start_mark, field, problem, allowed)
