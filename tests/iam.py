"""IAM's decision over one identity's statements, as far as Steward's policies use its language.

What is not understood is an error rather than an allowance. Sources: the IAM user guide, "Policy evaluation
logic", "JSON policy elements: Condition operators", "Multivalued context keys" and "Policy elements:
Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Statement: TypeAlias = Mapping[str, Any]
Values: TypeAlias = tuple[str, ...]

_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*": r"\*", "?": r"\?", "$": r"\$"}


class NotUnderstood(Exception):
    """A policy that uses more of the language than this evaluator knows."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call: ``context`` holds each condition key's values; a key that is missing is not in it."""

    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)

    def values(self, key: str) -> Values | None:
        """The values of a condition key, whose name ignores case; None when it is missing."""
        for name, values in self.context.items():
            if name.lower() == key.lower():
                return values
        return None


def allowed(statements: Iterable[Statement], request: Request) -> bool:
    """Whether some statement allows the call and none denies it."""
    effects = {statement["Effect"] for statement in statements if _applies(statement, request)}
    return effects == {"Allow"}


def _applies(statement: Statement, request: Request) -> bool:
    unknown = statement.keys() - _ELEMENTS
    if unknown or statement["Effect"] not in {"Allow", "Deny"}:
        raise NotUnderstood(f"statement {statement.get('Sid')!r}: {sorted(unknown) or 'Effect'}")
    return (
        _any(statement["Action"], request.action.lower(), request, fold=str.lower)
        and ("Resource" not in statement or _any(statement["Resource"], request.resource, request))
        and all(
            _condition(operator, key, listed(wanted), request)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _any(
    patterns: str | Sequence[str],
    value: str,
    request: Request,
    fold: Callable[[str], str] = str,
) -> bool:
    return any(like(fold(pattern), value, request) for pattern in listed(patterns))


def listed(value: Any) -> Values:
    """One value or many, as many."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


# Conditions


def _condition(operator: str, key: str, wanted: Values, request: Request) -> bool:
    quantifier, _, name = operator.rpartition(":")
    held = request.values(key)
    if name.endswith("IfExists"):
        return held is None or _quantified(quantifier, name[:-8], wanted, held, request)
    if name == "Null":
        return (not held) == (wanted == ("true",))
    return _quantified(quantifier, name, wanted, held, request)


def _quantified(
    quantifier: str, name: str, wanted: Values, held: Values | None, request: Request
) -> bool:
    negated, meets = _operator(name)

    def fits(value: str) -> bool:
        return any(meets(each, value, request) for each in wanted) is not negated

    match quantifier:
        case "ForAllValues":
            # Documented so: it also holds where the request has no such key at all.
            return all(fits(value) for value in held or ())
        case "ForAnyValue":
            return any(fits(value) for value in held or ())
        case "":
            # A missing key meets no operator but a negated one.
            return negated if not held else len(held) == 1 and fits(held[0])
    raise NotUnderstood(f"quantifier {quantifier!r}")


Meets: TypeAlias = Callable[[str, str, Request], bool]


def _operator(name: str) -> tuple[bool, Meets]:
    """Whether the operator is negated, and how one wanted value meets one held value."""
    match name:
        case "StringEquals" | "StringNotEquals":
            return name != "StringEquals", equals
        case "StringLike" | "StringNotLike":
            return name != "StringLike", like
        case "ArnEquals" | "ArnLike":
            return False, like
        case "Bool":
            return False, lambda wanted, held, _: wanted.lower() == held.lower()
    raise NotUnderstood(f"operator {name!r}")


def equals(wanted: str, held: str, request: Request) -> bool:
    """Equal once the policy's variables are filled in."""
    return re.fullmatch(_pattern(wanted, request, wild=False), held, re.DOTALL) is not None


def like(pattern: str, held: str, request: Request) -> bool:
    """Alike, with ``*`` for any characters and ``?`` for one."""
    return re.fullmatch(_pattern(pattern, request, wild=True), held, re.DOTALL) is not None


def _pattern(text: str, request: Request, *, wild: bool) -> str:
    """A regular expression; a variable without a value meets nothing.

    A wildcard in a variable's value counts as one here. AWS does not promise that it does not: what holds
    under the laxer reading holds under both.
    """
    parts, end = [], 0
    for found in _VARIABLE.finditer(text):
        parts += [
            _wild(text[end : found.start()], wild=wild),
            _filled(found[1], request, wild=wild),
        ]
        end = found.end()
    return "".join((*parts, _wild(text[end:], wild=wild)))


def _filled(name: str, request: Request, *, wild: bool) -> str:
    if name in _LITERALS:
        return _LITERALS[name]
    values = request.values(name)
    if values is None or len(values) != 1:
        return r"(?!)"
    return _wild(values[0], wild=wild)


def _wild(text: str, *, wild: bool) -> str:
    escaped = re.escape(text)
    return escaped.replace(r"\*", ".*").replace(r"\?", ".") if wild else escaped
