"""The page about the rules that ship, written from their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import SHIPPED, load, rule_files
from functions.policy.model.controls import Coverage, coverage
from functions.policy.model.rule import Rule, Severity

_EXTRA = "/configuration/supplementary/"
_HEAD = """# Rules

Written by `make generate` from `functions/policy/rules` and `functions/policy/controls`; do not edit.
How to write a rule, and what its fields mean: `docs/runbooks/policy-rules.md`. What a rule says of a
resource, and how to mend it, shows `steward policy rules -o yaml`.
"""


def rules_page() -> str:
    """A Markdown page: rules by severity, controls by framework, and a table of rules per area.

    Raises:
        RuleError: a rule or a framework is broken.
    """
    found = [(path, load(path)) for path in rule_files(SHIPPED)]
    rules = [rule for _, rule in found]
    lines = [_HEAD, *_severities(rules), "", *_frameworks(rules)]
    areas = sorted({path.parent.name for path, _ in found})
    for area in areas:
        lines += ["", *_area(area, [rule for path, rule in found if path.parent.name == area])]
    lines += ["", *_enrichments(rules)]
    return "\n".join(lines) + "\n"


def _severities(rules: list[Rule]) -> Iterator[str]:
    counts = Counter(rule.severity for rule in rules)
    yield "| " + " | ".join([*Severity, "all"]) + " |"
    yield "|" + "---|" * (len(Severity) + 1)
    yield "| " + " | ".join(str(counts[each]) for each in Severity) + f" | {len(rules)} |"


def _frameworks(rules: list[Rule]) -> Iterator[str]:
    yield "A control that no rule bears on is *not evaluated*: it never counts as passed."
    yield ""
    yield "| framework | title | controls | with rules |"
    yield "|---|---|---|---|"
    covered: dict[str, list[Coverage]] = {}
    for one in coverage(rules, frameworks().values()):
        covered.setdefault(one.framework, []).append(one)
    for name, framework in frameworks().items():
        with_rules = sum(bool(one.rules) for one in covered[name])
        title = f"[{framework.title}]({framework.source})"
        yield f"| `{name}` | {title} | {len(covered[name])} | {with_rules} |"


def _enrichments(rules: list[Rule]) -> Iterator[str]:
    """What rules read that a resource's own description does not hold."""
    wanted: dict[str, set[str]] = {}
    for rule in rules:
        parts = {
            path[len(_EXTRA) :].split("/")[0] for path in rule.reads if path.startswith(_EXTRA)
        }
        for resource_type in rule.resources if parts else ():
            wanted.setdefault(resource_type, set()).update(parts)
    yield "## What rules read under `configuration.supplementary`"
    yield ""
    yield "| type | parts |"
    yield "|---|---|"
    for resource_type, parts in sorted(wanted.items()):
        yield f"| `{resource_type}` | {', '.join(f'`{part}`' for part in sorted(parts))} |"


def _area(area: str, rules: list[Rule]) -> Iterator[str]:
    yield f"## {area}"
    yield ""
    yield "| rule | severity | says | controls |"
    yield "|---|---|---|---|"
    for rule in sorted(rules, key=lambda one: (list(Severity).index(one.severity), one.id)):
        controls = "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.controls.items())
        yield f"| `{rule.id}` | {rule.severity} | {rule.title} | {controls or '-'} |"
