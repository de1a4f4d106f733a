"""Small wrong versions of a rule: what its cases must be able to tell from the rule itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.policy.model.case import Case, Cases, facts_in
from functions.policy.model.language.check import Parameter, condition
from functions.policy.model.language.convert import duration
from functions.policy.model.language.errors import RuleError, Source
from functions.policy.model.language.interpret import interpret
from functions.policy.model.language.parser import parse
from functions.policy.model.language.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Constant,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Negative,
    Node,
    Not,
    Select,
    changed,
)
from functions.policy.model.rule import Rule

_FLIPPED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_OTHER_MACRO = {"exists": "all", "all": "exists"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to a rule: its untyped condition and its parameters after it."""

    what: str
    tree: Node
    parameters: Mapping[str, Parameter]

    def typed(
        self, source: Source, *, tuned: Mapping[str, Parameter], partial: bool = False
    ) -> Node:
        """The condition as it is checked, with some parameters set by the user.

        Raises:
            RuleError: it makes no sense.
        """
        parameters = {**self.parameters, **tuned}
        return condition(self.tree, source, parameters=parameters, partial=partial)


@dataclass(frozen=True, slots=True)
class _Change:
    what: str
    node: Node


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every mutant of a rule that still makes sense as a rule.

    The condition negated; each clause of ``&&`` and ``||`` and each ``orElse`` dropped; each
    comparison and macro flipped; each constant and parameter changed.
    """
    source = Source(rule.when)
    tree = parse(source)
    yield from _checked("negated", Not(at=0, operand=tree), source, rule.parameters)
    for change in _changes(tree):
        yield from _checked(change.what, change.node, source, rule.parameters)
    for what, parameters in _parameters(rule.parameters):
        yield from _checked(what, tree, source, parameters)


def survivors(rule: Rule, cases: Cases) -> Iterator[str]:
    """What was changed in each mutant that gets the expected verdict in every case."""
    source = Source(rule.when)
    trials = [
        (case, facts_in(case, cases, resource_type=rule.resources[0])) for case in cases.cases
    ]
    for mutant in mutants(rule):
        if all(_verdict(mutant, source, case, facts) == case.expect for case, facts in trials):
            yield mutant.what


def _verdict(mutant: Mutant, source: Source, case: Case, facts: Mapping[str, Any]) -> str:
    tree = mutant.typed(source, tuned=case.parameters, partial=case.partial)
    value = interpret(tree, facts, case.now, partial=case.partial)
    if not isinstance(value, bool):
        return "unknown"
    return "violation" if value else "pass"


def _checked(
    what: str, tree: Node, source: Source, parameters: Mapping[str, Parameter]
) -> Iterator[Mutant]:
    mutant = Mutant(what, tree, parameters)
    try:
        mutant.typed(source, tuned={})
    except RuleError:
        return  # A rule like that would be refused; no case needs to notice it.
    yield mutant


def _changes(node: Node) -> Iterator[_Change]:
    """The node with one change in it, for each change there is."""
    yield from _own(node)
    for child, rebuilt in _parts(node):
        for change in _changes(child):
            yield _Change(change.what, rebuilt(change.node))


def _own(node: Node) -> Iterator[_Change]:
    match node:
        case Logical():
            yield from _dropped(node)
        case Compare(operator="in"):
            yield _Change(f"'in' negated at {node.at}", Not(at=node.at, operand=node))
        case Compare(operator=sign) | Arithmetic(operator=sign) if sign in _FLIPPED:
            flipped = _FLIPPED[sign]
            yield _Change(f"{sign} for {flipped} at {node.at}", changed(node, operator=flipped))
        case Has():
            yield _Change(f"has() negated at {node.at}", Not(at=node.at, operand=node))
        case Macro(macro=macro) if macro in _OTHER_MACRO:
            other = _OTHER_MACRO[macro]
            yield _Change(f"{macro} for {other} at {node.at}", changed(node, macro=other))
        case Call(function="orElse", arguments=(value, _)):
            yield _Change(f"orElse dropped at {node.at}", value)
        case ListOf() if len(node.items) > 1:
            yield from _shortened(node)
        case Literal():
            yield from _changed(node)


def _shortened(node: ListOf) -> Iterator[_Change]:
    for at, item in enumerate(node.items):
        rest = (*node.items[:at], *node.items[at + 1 :])
        yield _Change(f"item {at + 1} dropped at {item.at}", changed(node, items=rest))


def _changed(node: Literal) -> Iterator[_Change]:
    for other in _others(node.value):
        yield _Change(f"{node.value!r} for {other!r} at {node.at}", changed(node, value=other))


def _dropped(node: Logical) -> Iterator[_Change]:
    for at, operand in enumerate(node.operands):
        rest = (*node.operands[:at], *node.operands[at + 1 :])
        left = rest[0] if len(rest) == 1 else changed(node, operands=rest)
        yield _Change(f"clause {at + 1} dropped at {operand.at}", left)


def _others(value: Constant) -> Iterator[Constant]:
    """The values that stand closest to a constant."""
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
            yield value - 1
        case str() if duration(value) is not None:
            yield f"{value}1s"
        case str() if value:
            yield f"{value}~"


def _parameters(
    parameters: Mapping[str, Parameter],
) -> Iterator[tuple[str, Mapping[str, Parameter]]]:
    """The defaults with one of them changed; a list loses all that it has."""
    for name, value in parameters.items():
        changed: list[Parameter] = list(_others(value)) if not isinstance(value, list) else []
        changed += [[]] if isinstance(value, list) and value else []
        for other in changed:
            yield f"params.{name} is {other!r}", {**parameters, name: other}


Rebuilt = Callable[[Node], Node]


def _parts(node: Node) -> Iterator[tuple[Node, Rebuilt]]:
    """Each expression inside a node, and the node with another in its place."""
    match node:
        case Select() | Has():
            yield node.target, _field(node, "target")
        case Not() | Negative():
            yield node.operand, _field(node, "operand")
        case Index():
            yield from ((getattr(node, name), _field(node, name)) for name in ("target", "key"))
        case Compare() | Arithmetic():
            yield from ((getattr(node, name), _field(node, name)) for name in ("left", "right"))
        case Choice():
            for name in ("condition", "then", "otherwise"):
                yield getattr(node, name), _field(node, name)
        case Macro():
            for name in ("target", "body", "transform"):
                if getattr(node, name) is not None:
                    yield getattr(node, name), _field(node, name)
        case _:
            yield from _elements(node)


def _elements(node: Node) -> Iterator[tuple[Node, Rebuilt]]:
    match node:
        case ListOf(items=items):
            yield from _each(node, "items", items)
        case Logical(operands=operands):
            yield from _each(node, "operands", operands)
        case Call(function="orElse", arguments=(value, default)):
            yield value, lambda new: changed(node, arguments=(new, default))
            # A text that stands for absence may be any text that nothing is compared with.
            if not (isinstance(default, Literal) and isinstance(default.value, str)):
                yield default, lambda new: changed(node, arguments=(value, new))
        case Call(arguments=arguments):
            yield from _each(node, "arguments", arguments)
        case MapOf(entries=entries):
            for at, (key, value) in enumerate(entries):
                yield value, _entry(node, at, key)


def _field(node: Any, name: str) -> Rebuilt:
    return lambda new: changed(node, **{name: new})


def _each(node: Any, name: str, items: tuple[Node, ...]) -> Iterator[tuple[Node, Rebuilt]]:
    for at, item in enumerate(items):
        yield item, _element(node, name, items, at)


def _element(node: Any, name: str, items: tuple[Node, ...], at: int) -> Rebuilt:
    return lambda new: changed(node, **{name: (*items[:at], new, *items[at + 1 :])})


def _entry(node: MapOf, at: int, key: str) -> Rebuilt:
    entries = node.entries
    return lambda new: changed(node, entries=(*entries[:at], (key, new), *entries[at + 1 :]))
