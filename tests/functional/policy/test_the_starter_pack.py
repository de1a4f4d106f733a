from __future__ import annotations

from pathlib import Path

import pytest

from functions.policy.adapters.rule_files import (
    CASES,
    SHIPPED,
    cases_of,
    duplicates,
    load,
    rule_files,
    shipped,
)
from functions.policy.model.case import Cases, try_cases
from functions.policy.model.language.check import condition
from functions.policy.model.language.errors import Source
from functions.policy.model.language.parser import parse
from functions.policy.model.language.tree import Logical, Node, Not
from functions.policy.model.rule import Rule

FILES = rule_files(SHIPPED)
SERVICES = {
    "AWS::S3",
    "AWS::EC2",
    "AWS::RDS",
    "AWS::IAM",
    "AWS::KMS",
    "AWS::CloudTrail",
    "AWS::Lambda",
}


def named(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_case_of_a_rule_gets_its_verdict(path: Path) -> None:
    problems = [
        f"{outcome.case}: {outcome.problem}"
        for outcome in try_cases(load(path), cases_of(path))
        if outcome.problem is not None
    ]
    assert problems == []


def test_the_pack_has_at_least_thirty_rules_over_all_its_services() -> None:
    assert len(shipped().all()) >= 30
    types = {kind.rsplit("::", 1)[0] for rule in shipped().all() for kind in rule.resources}
    assert types >= SERVICES


def test_every_rule_has_a_case_that_cannot_be_told() -> None:
    silent = [
        path.stem
        for path in FILES
        if all(case.expect != "unknown" for case in cases_of(path).cases)
    ]
    assert silent == []


def test_no_two_files_share_an_id_and_no_cases_stand_alone() -> None:
    assert list(duplicates(FILES)) == []
    rules = {path.stem for path in FILES}
    assert {path.name.removesuffix(CASES) for path in SHIPPED.rglob(f"*{CASES}")} == rules


def mutants(tree: Node) -> list[tuple[str, Node]]:
    found: list[tuple[str, Node]] = [("negated", Not(at=0, operand=tree))]
    if isinstance(tree, Logical):
        for dropped in range(len(tree.operands)):
            left = [operand for at, operand in enumerate(tree.operands) if at != dropped]
            rest = (
                left[0]
                if len(left) == 1
                else Logical(at=tree.at, operator=tree.operator, operands=tuple(left))
            )
            found.append((f"without clause {dropped + 1}", rest))
    return found


def survives(rule: Rule, cases: Cases, mutant: Node) -> bool:
    source = Source(rule.when)
    tree = condition(mutant, source, parameters=rule.parameters)
    changed = Mutant(**{**rule.__dict__, "tree": tree, "mutant": mutant})
    return all(outcome.problem is None for outcome in try_cases(changed, cases))


class Mutant(Rule):
    """A rule with another condition than its text says."""

    def __init__(self, *, mutant: Node, **fields: object) -> None:
        kept = {name: fields[name] for name in Rule.__dataclass_fields__}
        super().__init__(**kept)  # type: ignore[arg-type]
        self.__dict__["partial_tree"] = condition(
            mutant, Source(self.when), parameters=self.parameters, partial=True
        )


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_cases_notice_every_dropped_clause_and_every_negation(path: Path) -> None:
    rule, cases = load(path), cases_of(path)
    alive = [
        what for what, mutant in mutants(parse(Source(rule.when))) if survives(rule, cases, mutant)
    ]
    assert alive == []
