"""AWS policy documents as statements, with every short form written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from functions.policy.model.language.convert import as_list, from_json

_QUANTIFIERS = ("forallvalues:", "foranyvalue:")
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a condition block; operator, quantifier and key are in lower case.

    ``quantifier`` is ``forallvalues``, ``foranyvalue`` or nothing.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Who: the kind is ``AWS``, ``Service``, ``Federated`` or ``CanonicalUser``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; of each pair with ``not_`` at most one side is filled."""

    allows: bool
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def statements(document: Any) -> tuple[Statement, ...] | None:
    """The statements of a document, or of a list of documents; None for what is no document.

    A document may be a map or its JSON text, percent-encoded or not.
    """
    decoded = from_json(document)
    if isinstance(decoded, list):
        parts = [statements(one) for one in decoded]
        if any(part is None for part in parts):
            return None
        return tuple(statement for part in parts for statement in part or ())
    if not isinstance(decoded, dict) or "Statement" not in decoded:
        return None
    found = [_statement(one) for one in as_list(decoded["Statement"])]
    return None if any(one is None for one in found) else tuple(one for one in found if one)


def _statement(raw: Any) -> Statement | None:
    if not isinstance(raw, dict) or raw.get("Effect") not in ("Allow", "Deny"):
        return None
    return Statement(
        allows=raw["Effect"] == "Allow",
        principals=tuple(_principals(raw.get("Principal"))),
        not_principals=tuple(_principals(raw.get("NotPrincipal"))),
        actions=_texts(raw.get("Action"), lower=True),
        not_actions=_texts(raw.get("NotAction"), lower=True),
        resources=_texts(raw.get("Resource")),
        not_resources=_texts(raw.get("NotResource")),
        conditions=tuple(_conditions(raw.get("Condition"))),
    )


def _principals(raw: Any) -> Iterator[Principal]:
    if isinstance(raw, str):
        yield Principal("AWS", raw)
    elif isinstance(raw, dict):
        for kind, names in raw.items():
            yield from (Principal(kind, name) for name in _texts(names))


def _conditions(raw: Any) -> Iterator[Condition]:
    if not isinstance(raw, dict):
        return
    for written, keys in raw.items():
        operator, quantifier, if_exists = _operator(str(written).lower())
        for key, values in (keys if isinstance(keys, dict) else {}).items():
            texts = _texts(values)
            yield Condition(operator, str(key).lower(), texts, quantifier, if_exists)


def _operator(written: str) -> tuple[str, str, bool]:
    quantifier = next((each for each in _QUANTIFIERS if written.startswith(each)), "")
    operator = written.removeprefix(quantifier)
    if_exists = operator.endswith(_IF_EXISTS)
    return operator.removesuffix(_IF_EXISTS), quantifier.removesuffix(":"), if_exists


def _texts(raw: Any, *, lower: bool = False) -> tuple[str, ...]:
    texts = [_text(one) for one in as_list(raw)]
    return tuple(text.lower() if lower else text for text in texts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
