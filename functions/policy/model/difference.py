"""How two versions of a rule differ in what they mean, rather than in how they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from functions.policy.model.language.tree import Logical, Node, children
from functions.policy.model.language.writing import written
from functions.policy.model.rule import Rule

_FIELDS = ("severity", "title", "remediation", "references", "controls", "parameters", "mode")


class Changed(NamedTuple):
    """One thing that differs; ``before`` or ``after`` is None where there is none."""

    what: str
    before: str | None
    after: str | None


def differences(old: Rule, new: Rule) -> Iterator[Changed]:
    """What differs between two versions of a rule; nothing where only spaces or brackets do."""
    if old.id != new.id:
        yield Changed("id", old.id, new.id)
    for name in _FIELDS:
        before, after = _shown(getattr(old, name, None)), _shown(getattr(new, name, None))
        if before != after:
            yield Changed(name, before, after)
    yield from _sets("resources", set(old.resources), set(new.resources))
    if not alike(old.tree, new.tree):
        yield Changed("condition", old.when, new.when)
        yield from _clauses(old, new)
    if [_part(part) for part in old.message.parts] != [_part(part) for part in new.message.parts]:
        yield Changed("message", None, "says something else")
    yield from _sets("reads", set(old.reads), set(new.reads))


def alike(left: Node, right: Node) -> bool:
    """Whether two expressions are the same but for where they stand."""
    return meaning(left) == meaning(right)


def meaning(node: Node) -> str:
    """An expression as a text that tells apart all that differ, whatever their spaces."""
    own = {
        name: value
        for name, value in vars(node).items()
        if name not in ("at", "total") and not _holds_nodes(value)
    }
    inner = ",".join(meaning(child) for child in children(node))
    return f"{type(node).__name__}{sorted(own.items(), key=lambda each: each[0])!r}({inner})"


def _holds_nodes(value: object) -> bool:
    if isinstance(value, tuple):
        return any(_holds_nodes(each) for each in value)
    return isinstance(value, Node)


def _clauses(old: Rule, new: Rule) -> Iterator[Changed]:
    """The operands of the outermost ``&&`` or ``||`` that only one of the two has."""
    before, after = dict(_operands(old)), dict(_operands(new))
    if len(before) + len(after) > len(("one", "each")):
        yield from (Changed("clause", before[key], None) for key in before if key not in after)
        yield from (Changed("clause", None, after[key]) for key in after if key not in before)


def _operands(rule: Rule) -> Iterator[tuple[str, str]]:
    tree = rule.tree
    operands = tree.operands if isinstance(tree, Logical) else (tree,)
    for operand in operands:
        yield meaning(operand), written(operand)


def _sets(what: str, before: set[str], after: set[str]) -> Iterator[Changed]:
    yield from (Changed(what, one, None) for one in sorted(before - after))
    yield from (Changed(what, None, one) for one in sorted(after - before))


def _part(part: str | Node) -> str:
    return part if isinstance(part, str) else meaning(part)


def _shown(value: object) -> str | None:
    return None if value in (None, (), {}) else str(value)
