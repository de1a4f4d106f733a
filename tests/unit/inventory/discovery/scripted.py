"""A cloud that answers what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.model.discovery import (
    PASSING,
    Call,
    Found,
    Interrupted,
    Kind,
    Part,
    Problem,
    Refused,
)

ACCOUNT = "111122223333"
REGION = "eu-west-1"
Answer = Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]] | Exception


def fault(kind: Kind, code: str = "Code", operation: str = "Operation") -> Refused | Interrupted:
    """What a cloud raises."""
    problem = Problem(kind=kind, service="ec2", region=REGION, operation=operation, code=code)
    return Interrupted(problem) if kind in PASSING else Refused(problem)


class ScriptedCloud:
    """`Cloud` that gives each operation's answers in turn, the last one for ever."""

    def __init__(self, **answers: Answer | Sequence[Answer]) -> None:
        self.answers: dict[str, list[Any]] = {
            name: [*one] if isinstance(one, list) else [one] for name, one in answers.items()
        }
        self.calls: list[Call] = []

    def ask(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        answers = self.answers.get(call.operation)
        if not answers:
            raise fault(Kind.DENIED, "AccessDenied", call.operation)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        made: Mapping[str, Any] = answer(call.parameters) if callable(answer) else answer
        return made

    def regions_of(self, service: str) -> frozenset[str]:
        return frozenset({"eu-west-1", "us-east-1"})

    def asked(self, operation: str) -> list[Mapping[str, Any]]:
        return [call.parameters for call in self.calls if call.operation == operation]


def discovery(cloud: ScriptedCloud, *services: str) -> AwsDiscovery:
    return AwsDiscovery(cloud, account=ACCOUNT, regions=[REGION], services=services)


def part(service: str, region: str = REGION) -> Part:
    return Part(account=ACCOUNT, region=region, group=service)


def found(
    cloud: ScriptedCloud, service: str, type_name: str, *, region: str = REGION
) -> list[Found]:
    """The pages of one type."""
    start = f'["{type_name}",[],false]'
    pages = []
    for page in discovery(cloud).pages(part(service, region), start):
        if page.type != type_name:
            break
        pages.append(page)
        if page.ended:
            break
    return pages
