"""What must hold of every template, beyond what nag and cfn-lint know: pure, on the templates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from cdk.grants import UNSCOPED

Template: TypeAlias = Mapping[str, Any]

_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


def problems(templates: Mapping[str, Template]) -> list[str]:
    """What is wrong, one sentence each; nothing when all is well."""
    return [
        f"{stack}: {problem}"
        for stack, template in templates.items()
        for check in (_actions, _resources, _principals, _roles, _dead_letters)
        for problem in check(template)
    ]


def _actions(template: Template) -> Iterator[str]:
    for name, statement in _allowances(template):
        for action in _listed(statement.get("Action")):
            if "*" in action:
                yield f"{name} allows {action!r}; name each action"


def _resources(template: Template) -> Iterator[str]:
    for name, statement in _allowances(template, kinds=_IDENTITIES):
        if "*" not in _listed(statement.get("Resource")):
            continue
        for action in _listed(statement.get("Action")):
            if action not in UNSCOPED:
                yield f"{name} allows {action!r} on everything; name the resource"


def _principals(template: Template) -> Iterator[str]:
    for name, statement in _allowances(template):
        anyone = "*" in _listed(statement.get("Principal")) or "*" in _listed(
            _mapping(statement.get("Principal")).get("AWS")
        )
        if anyone and not statement.get("Condition"):
            yield f"{name} lets anyone in; add a condition"


def _roles(template: Template) -> Iterator[str]:
    functions = _of(template, "AWS::Lambda::Function")
    users = Counter(json.dumps(body["Role"], sort_keys=True) for _, body in functions)
    for name, body in _of(template, "AWS::Lambda::Function"):
        if users[json.dumps(body["Role"], sort_keys=True)] > 1:
            yield f"{name} shares its role with another function; give it one of its own"


def _dead_letters(template: Template) -> Iterator[str]:
    redriven = {
        json.dumps({"Fn::GetAtt": [name, "Arn"]})
        for name, body in _of(template, "AWS::SQS::Queue")
        if body.get("FifoQueue") and "RedrivePolicy" in body
    }
    # Lambda keeps no dead letters in a FIFO queue; what such a queue feeds, the queue redrives.
    started = {
        json.dumps(body["FunctionName"], sort_keys=True)
        for _, body in _of(template, "AWS::Lambda::EventSourceMapping")
        if json.dumps(body.get("EventSourceArn")) not in redriven
    }
    for logical_id, body in _of(template, "AWS::Lambda::Function"):
        by_event = json.dumps({"Ref": logical_id}) in started
        if by_event and "DeadLetterConfig" not in body:
            yield f"{logical_id} is started by events and has no dead-letter queue"


def _allowances(
    template: Template, *, kinds: tuple[str, ...] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template.get("Resources", {}).items():
        if kinds is None or resource["Type"] in kinds:
            for statement in _statements(resource.get("Properties", {})):
                if statement.get("Effect") == "Allow":
                    yield name, statement


def _statements(node: object) -> Iterator[dict[str, Any]]:
    """Every policy statement below a resource's properties, wherever its kind keeps them."""
    if isinstance(node, dict):
        if "Effect" in node and "Action" in node:
            yield node
        for child in node.values():
            yield from _statements(child)
    elif isinstance(node, list):
        for child in node:
            yield from _statements(child)


def _of(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template.get("Resources", {}).items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
