"""Feeds mutated rule files to the reader, and what it takes for rules to made-up resources.

Anything but a rule or a RuleError ends it, as does a single input that takes over five seconds.
Arguments: those of libFuzzer, the folder of the first inputs last.
"""

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["functions.policy.model"]):
    from functions.policy.model.facts import facts_of
    from functions.policy.model.language.errors import RuleError
    from functions.policy.model.rule_file import read_rule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = (
    "id: fuzzed\ntitle: T\nseverity: low\nresources: [AWS::S3::Bucket]\n"
    "message: '{resource.name}'\nremediation: R\n"
)
NESTED = {"a": {"b": [1, "x", None, {"c": True}]}, "d": 1.5, "e": "2026-01-01T00:00:00Z"}
RESOURCES = [
    facts_of({"configuration": configuration, "tags": {"Owner": "ana"}})
    for configuration in ({}, NESTED, {"a": [NESTED, NESTED], "b": "[1]", "c": None})
]


def texts(data: bytes) -> str:
    text = data[1:].decode("utf-8", "surrogateescape").replace("\udc80", "")
    text = text.encode("utf-8", "replace").decode("utf-8")
    match data[0] % 3:
        case 0:
            return text
        case 1:
            return f"{HEAD}when: |\n  " + text.replace("\n", "\n  ") + "\n"
        case _:
            return f"{HEAD}filters:\n{text}\n"


def one(data: bytes) -> None:
    if not data:
        return
    try:
        rule = read_rule(texts(data), "<text>")
    except RuleError:
        return
    for resource in RESOURCES:
        for partial in (False, True):
            rule.judge(resource, NOW, partial=partial)


atheris.Setup(sys.argv, one)
atheris.Fuzz()
