"""What a resource's own policy says of strangers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from functions.inventory.model.exposure.answers import ExposureVerdict
from functions.inventory.model.exposure.network import dicts
from functions.inventory.model.patch import Json

# Conditions that keep strangers out. Source: AWS global condition context keys.
_NARROWING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
    }
)
# Denied over these keys, strangers may be kept out; the other keys are of how they ask, not who they are.
_OF_WHERE = _NARROWING | {"aws:sourceip", "aws:vpcsourceip"}


def statements(policy: Json) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy, given as an object, as JSON, or as Config keeps a bucket's."""
    text = policy.get("policyText", policy) if isinstance(policy, dict) else policy
    if isinstance(text, str):
        text = _read(text)
    listed = text.get("Statement") if isinstance(text, dict) else None
    yield from dicts(listed if isinstance(listed, list) else [listed])


def judged(statement: Mapping[str, Any]) -> ExposureVerdict:
    """Whether one statement lets strangers in; unknown where a condition decides."""
    keys = condition_keys(statement)
    if statement.get("Effect") != "Allow" or not for_anyone(statement) or keys & _NARROWING:
        return ExposureVerdict.BLOCKED
    return ExposureVerdict.UNKNOWN if keys else ExposureVerdict.REACHABLE


def weighed(found: Iterable[Mapping[str, Any]]) -> ExposureVerdict:
    """Whether statements together let strangers in: what one denies them, no other allows."""
    listed = tuple(found)
    denied = [one for one in listed if one.get("Effect") == "Deny" and for_anyone(one)]
    if any(not one.get("Condition") for one in denied):
        return ExposureVerdict.BLOCKED
    verdicts = {judged(one) for one in listed}
    if not verdicts - {ExposureVerdict.BLOCKED}:
        return ExposureVerdict.BLOCKED
    doubtful = any(condition_keys(one) & _OF_WHERE for one in denied)
    if doubtful or ExposureVerdict.REACHABLE not in verdicts:
        return ExposureVerdict.UNKNOWN
    return ExposureVerdict.REACHABLE


def for_anyone(statement: Mapping[str, Any]) -> bool:
    """Whether a statement is about everybody."""
    principal = statement.get("Principal")
    inner = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in (inner if isinstance(inner, list) else [inner])


def condition_keys(statement: Mapping[str, Any]) -> frozenset[str]:
    """The keys that a statement's conditions test, in lower case."""
    tests = (statement.get("Condition") or {}).values()
    return frozenset(str(key).lower() for test in tests if isinstance(test, dict) for key in test)


def _read(text: str) -> Any:
    # API Gateway hands a policy out as the inside of a JSON string.
    for candidate in (text, text.replace('\\"', '"')):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    return None
