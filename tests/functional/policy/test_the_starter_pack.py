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
from functions.policy.model.case import try_cases
from functions.policy.model.mutants import survivors

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


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_cases_of_a_rule_notice_every_mutant_of_it(path: Path) -> None:
    assert list(survivors(load(path), cases_of(path))) == []
